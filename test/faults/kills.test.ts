// Random kills of threads that hold, wait for or release a lock or an event: no hang, nothing lost, a sound heap.
import assert from "node:assert/strict";
import { test } from "node:test";
import { killThreads } from "../support/kills.ts";
import { Random } from "../support/random.ts";

test("terminate() of 200 threads at random moments loses no lock and leaves nobody waiting", async (t) => {
  const random = new Random();
  t.diagnostic(`HEDDLE_SEED=${random.seed}`);
  await assert.doesNotReject(killThreads(200, random), `HEDDLE_SEED=${random.seed} repeats the choices`);
});
