// A pending Async wait keeps the process alive as a timer would; nothing else is pending here.
import { Event, Lock, sleep, Thread } from "heddle";

const event = new Event();
const lock = new Lock();
const daemon = new Thread({
  daemon: true,
  target: () => {
    lock.acquire();
    while (event.statistics().waiting === 0) sleep(1);
    sleep(30);
    event.set();
    while (lock.statistics().waiting === 0) sleep(1);
    sleep(30);
    lock.release();
    sleep(30);
  },
}).start();
console.log(await event.waitAsync());
console.log(await lock.acquireAsync());
lock.release();
console.log(await daemon.joinAsync());
console.log(await event.waitAsync(10));
