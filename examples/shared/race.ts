// BROKEN ON PURPOSE. Two threads add to one shared object without a lock: `count += 1` reads, adds and writes,
// and what the other thread wrote in between is lost. How many are lost is for the scheduler to say.
import assert from "node:assert/strict";
import { shared, Thread } from "heddle";

const N = 1_000_000;
const state = shared({ count: 0 });

function increment(): void {
  for (let i = 0; i < N; i++) state.count += 1;
}

const threads = [1, 2].map(() => new Thread({ target: increment }).start());
for (const thread of threads) thread.join();

console.log(`expected ${2 * N}, found ${state.count}: ${2 * N - state.count} updates lost`);
assert.ok(state.count <= 2 * N);
