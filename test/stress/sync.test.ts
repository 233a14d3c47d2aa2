// 16 threads on each thing that threads wait with, then on all of them with interrupts and kills: HEDDLE_SEED repeats those.
import assert from "node:assert/strict";
import { test } from "node:test";
import { crowds, harass } from "../support/crowd-sync.ts";
import { Random } from "../support/random.ts";

for (const [name, crowd] of Object.entries(crowds)) {
  test(`${name}: 16 threads take 300 turns each, and all ends whole`, () => {
    assert.doesNotThrow(() => crowd(16, 300));
  });
}

const first = new Random();
for (let run = 0; run < 4; run++) {
  const seed = first.seed + run;
  test(`random interrupts and terminates over all of sync leave it whole: HEDDLE_SEED=${seed}`, () => {
    assert.doesNotThrow(() => harass(600, new Random(seed), 4 + 4 * run));
  });
}
