// 2,000 random kills, in 4 runs of their own seeds: HEDDLE_SEED repeats the first of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { killThreads } from "../support/kills.ts";
import { Random } from "../support/random.ts";

const first = new Random();

for (let run = 0; run < 4; run++) {
  const seed = first.seed + run;
  test(`terminate() of 500 threads at random moments loses no lock and leaves nobody waiting: HEDDLE_SEED=${seed}`, async () => {
    await assert.doesNotReject(killThreads(500, new Random(seed), 4 + run * 2));
  });
}
