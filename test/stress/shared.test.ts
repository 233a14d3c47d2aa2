// 2,000 kills of threads that change shared objects, in 4 runs of their own seeds: HEDDLE_SEED repeats the first of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../support/random.ts";
import { churn } from "../support/shared-churn.ts";
import { killSharers } from "../support/shared-kills.ts";

const first = new Random();

for (let run = 0; run < 4; run++) {
  const seed = first.seed + run;
  test(`terminate() of 500 threads that change shared objects leaves every one whole: HEDDLE_SEED=${seed}`, (t) => {
    const left = killSharers(500, new Random(seed), 2 + run);
    t.diagnostic(`${left} things stayed`);
    assert.equal(left, 0, `${left} things stayed though nothing refers to them`);
  });
}

test("a million shared things, circles among them, come and go in bounded memory", (t) => {
  const { claimed, objects, used } = churn(1_000_000, 1000);
  t.diagnostic(`${claimed} bytes more are claimed, ${used} are in use`);
  assert.ok(claimed < 64 * 2 ** 20, `${claimed} bytes more are claimed`);
  assert.ok(objects <= 1 + 2 * 1000, `${objects} shared things are there`);
});
