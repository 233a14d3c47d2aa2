// Everybody waits, for longer than it takes to be reported; but each wait can still end.
import { Event, sleepAsync, spawn, Timer } from "heddle";

const LONG_MS = 1300;

const byTimer = new Event();
new Timer(LONG_MS, () => byTimer.set()).start();
spawn(() => byTimer.wait()).join();
console.log("timer");

const byTimeout = new Event();
const setter = spawn(() => {
  new Event().wait(LONG_MS);
  byTimeout.set();
});
byTimeout.wait();
setter.join();
console.log("timeout");

const awaited = new Event();
const waiter = spawn(() => awaited.wait());
await sleepAsync(LONG_MS); // main is blocked in nothing
awaited.set();
await waiter.resultAsync();
console.log("awaited");
