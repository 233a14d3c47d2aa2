// Workers compute in steps: each step needs what all others did in the step before. One barrier, used again and again.
import assert from "node:assert/strict";
import { Barrier, sharedArray, spawn } from "heddle";

const WORKERS = 4;
const STEPS = 10;
const old = sharedArray(Float64Array, WORKERS);
const next = sharedArray(Float64Array, WORKERS);
old.set([1, 0, 0, 0]);
const step = new Barrier(WORKERS, { action: () => old.set(next) }); // by the last to arrive, before anybody goes on

const workers = Array.from({ length: WORKERS }, (_, me) =>
  spawn(() => {
    for (let i = 0; i < STEPS; i++) {
      next[me] = (old[(me + WORKERS - 1) % WORKERS]! + old[(me + 1) % WORKERS]!) / 2;
      step.wait();
    }
  }),
);
for (const worker of workers) worker.result();
assert.deepEqual([...old], [0.5, 0, 0.5, 0], "the heat swings between even and odd places");
console.log([...old].join(" "));
