// The race of race.ts, mended: the lock lets one thread at a time change the counter.
import assert from "node:assert/strict";
import { Lock, sharedArray, Thread } from "heddle";

const N = 1_000_000;
const count = sharedArray(Float64Array, 1);
const lock = new Lock({ name: "count" });

function increment(): void {
  for (let i = 0; i < N; i++) {
    lock.acquire();
    try {
      count[0]! += 1;
    } finally {
      lock.release();
    }
  }
}

const t1 = new Thread({ target: increment }).start();
const t2 = new Thread({ target: increment }).start();
t1.join();
t2.join();

assert.equal(count[0], 2 * N);
console.log(`exactly ${count[0]}`);
