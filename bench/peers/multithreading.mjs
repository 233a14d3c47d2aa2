// The package `multithreading`, doing what the benchmark asks for; it needs Node 22 or later. Prints one line of JSON.
//   node multithreading.mjs TASK N
// Its blocking forms are used where it has them: they are its fastest.
import { channel, move, Mutex, SharedJsonBuffer, shutdown, spawn } from "multithreading";

const now = () => Number(process.hrtime.bigint());

async function value(handle) {
  const result = await handle.join();
  if (!result.ok) throw result.error;
  return result.value;
}

/** Two threads that run one body at once; nanoseconds from the first start to the last end. */
async function together(moved, bodies) {
  const ready = new Int32Array(new SharedArrayBuffer(4));
  const handles = bodies.map((body, index) => spawn(move(ready, index, ...moved[index]), body));
  const stamps = await Promise.all(handles.map(value));
  return Math.max(...stamps.map(([, end]) => end)) - Math.min(...stamps.map(([start]) => start));
}

async function contended(n) {
  const mutex = new Mutex(new Float64Array(new SharedArrayBuffer(8)));
  const body = (ready, _index, mutex, n) => {
    Atomics.add(ready, 0, 1);
    while (Atomics.load(ready, 0) < 2);
    const start = Number(process.hrtime.bigint());
    for (let i = 0; i < n; i++) {
      const guard = mutex.blockingLock();
      guard.value[0] += 1;
      guard.dispose();
    }
    return [start, Number(process.hrtime.bigint())];
  };
  const elapsed = await together(
    [
      [mutex, n],
      [mutex, n],
    ],
    [body, body],
  );
  const guard = mutex.blockingLock();
  if (guard.value[0] !== 2 * n) throw new Error(`Cannot trust the lock: ${guard.value[0]} of ${2 * n}`);
  guard.dispose();
  return { ns: elapsed / (2 * n) };
}

/** One producer and one consumer of numbers. What arrives is not checked: of 40,000 items, 0.3.52 loses or doubles some. */
async function channelTurns(n) {
  const [sender, receiver] = channel(1024);
  const produce = (ready, _index, sender, n) => {
    Atomics.add(ready, 0, 1);
    while (Atomics.load(ready, 0) < 2);
    const start = Number(process.hrtime.bigint());
    for (let i = 0; i < n; i++) sender.blockingSend(i);
    return [start, Number(process.hrtime.bigint())];
  };
  const consume = (ready, _index, receiver, n) => {
    Atomics.add(ready, 0, 1);
    while (Atomics.load(ready, 0) < 2);
    const start = Number(process.hrtime.bigint());
    for (let i = 0; i < n; i++) receiver.blockingRecv();
    return [start, Number(process.hrtime.bigint())];
  };
  const elapsed = await together(
    [
      [sender, n],
      [receiver, n],
    ],
    [produce, consume],
  );
  return { ns: elapsed / n };
}

/** Many tiny tasks at once, all awaited. */
async function poolBurst(n) {
  await value(spawn(move(0), (i) => i + 1));
  const start = now();
  const results = await Promise.all(Array.from({ length: n }, (_, i) => value(spawn(move(i), (x) => x + 1))));
  if (results[n - 1] !== n) throw new Error("Cannot trust the pool: a result is wrong");
  return { ns: (now() - start) / n };
}

/** Reads and updates of one property of an object in shared memory. */
function jsonReads(n) {
  const state = new SharedJsonBuffer({ count: 1, name: "state" });
  let sum = 0;
  const start = now();
  for (let i = 0; i < n; i++) sum += state.count;
  if (sum !== n) throw new Error(`Cannot trust the object: ${sum} of ${n}`);
  return { ns: (now() - start) / n };
}

function jsonUpdates(n) {
  const state = new SharedJsonBuffer({ count: 0, name: "state" });
  const start = now();
  for (let i = 0; i < n; i++) state.count += 1;
  if (state.count !== n) throw new Error(`Cannot trust the object: ${state.count} of ${n}`);
  return { ns: (now() - start) / n };
}

const tasks = {
  contended,
  channel: channelTurns,
  "pool-burst": poolBurst,
  "json-reads": jsonReads,
  "json-updates": jsonUpdates,
};
const [what, count] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await tasks[what](Number(count)))}\n`);
shutdown();
