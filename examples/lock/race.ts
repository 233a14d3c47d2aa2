// BROKEN ON PURPOSE. Two threads add to one counter without a lock, and updates get lost:
// `count[0] += 1` reads, adds and writes, and the other thread writes in between.
import assert from "node:assert/strict";
import { AtomicInt, sharedArray, Thread } from "heddle";

const N = 1_000_000;
const count = sharedArray(Float64Array, 1);
const ready = new AtomicInt(0);

function increment(): void {
  ready.increment();
  while (ready.load() < 2); // so that both run at the same time
  for (let i = 0; i < N; i++) count[0]! += 1;
}

const threads = [1, 2].map(() => new Thread({ target: increment }).start());
for (const t of threads) t.join();

console.log(`expected ${2 * N}, found ${count[0]}: ${2 * N - count[0]!} updates lost`);
assert.ok(count[0]! <= 2 * N);
