// Two threads add to one shared object, each addition under a lock: none is lost.
import assert from "node:assert/strict";
import { Lock, shared, Thread } from "heddle";

const N = 1_000_000;
const state = shared({ count: 0 });
const lock = new Lock();

function increment(): void {
  for (let i = 0; i < N; i++) {
    lock.acquire();
    state.count += 1;
    lock.release();
  }
}

const threads = [1, 2].map(() => new Thread({ target: increment }).start());
for (const thread of threads) thread.join();

console.log(`expected ${2 * N}, found ${state.count}`);
assert.equal(state.count, 2 * N);
