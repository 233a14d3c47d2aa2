// A random mix of everything. test/stress has the long version.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mixUp } from "../support/mix.ts";
import { Random } from "../support/random.ts";

test("a random mix of locks, events, nested threads, interrupts and kills stays whole", (t) => {
  const random = new Random();
  t.diagnostic(`HEDDLE_SEED=${random.seed}`);
  assert.doesNotThrow(() => mixUp(150, random), `HEDDLE_SEED=${random.seed} repeats the choices`);
});
