// process.exit() in main while 20 threads are blocked, in every kind of call.
import { Event, Lock, sleep, spawn } from "heddle";

const never = new Event();
const lock = new Lock();
lock.acquire();
const other = spawn(() => never.wait());
const threads = [other];
for (let i = 0; i < 19; i++) {
  const kind = i % 4;
  threads.push(
    spawn(() => {
      try {
        if (kind === 0) never.wait();
        else if (kind === 1) lock.acquire();
        else if (kind === 2) other.join();
        else sleep(60_000);
      } finally {
        console.log("a thread went on");
      }
    }),
  );
}
for (const thread of threads) while (thread.state !== "blocked") sleep(1);
console.log("leaving");
process.exit(7);
