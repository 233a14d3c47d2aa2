// A random mix of everything, in runs of their own seeds: HEDDLE_SEED repeats the first of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mixUp } from "../support/mix.ts";
import { Random } from "../support/random.ts";

const first = new Random();

for (let run = 0; run < 5; run++) {
  const seed = first.seed + run;
  test(`a random mix of locks, events, nested threads, interrupts and kills stays whole: HEDDLE_SEED=${seed}`, () => {
    assert.doesNotThrow(() => mixUp(1000, new Random(seed), 3 + run * 2));
  });
}
