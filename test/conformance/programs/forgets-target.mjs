// TH21 LK05 LK14 LK45 (with --expose-gc): target, arguments and a lock or semaphore, held, that nobody has any more are collected.
import { Lock, Semaphore, spawn, Thread } from "heddle";

const kept = [];
function start(exit) {
  const big = { list: Array.from({ length: 1000 }, () => ({})) };
  const target = (given) => {
    if (exit) process.exit();
    return given.list.length;
  };
  const thread = new Thread({ target, args: [big] }).start();
  thread.join();
  kept.push(thread);
  return [new WeakRef(big), new WeakRef(target)];
}
function lock() {
  const lock = new Lock();
  spawn(() => lock.with(() => {})).join();
  const held = new Lock();
  const taken = new Semaphore(2);
  spawn(() => held.acquire(0) && held.release()).join();
  held.acquire();
  taken.acquire();
  return [lock, held, taken].map((thing) => new WeakRef(thing));
}
const refs = [...start(false), ...start(true), ...lock()];
for (let i = 0; i < 10 && refs.some((ref) => ref.deref() !== undefined); i++) {
  await new Promise((resolve) => setImmediate(resolve));
  gc();
}
console.log(refs.map((ref) => ref.deref() === undefined).join());
