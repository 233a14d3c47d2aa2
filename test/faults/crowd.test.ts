// More threads than cores: nobody starves, nobody is forgotten. test/stress has the long version.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertFair, blockAndRelease, shareLock } from "../support/crowd.ts";

test("16 threads on one lock: each gets its turns, nobody waits for ever", () => {
  const shares = shareLock(16, 700, 500);
  assert.doesNotThrow(() => assertFair(shares, 700));
});

test("30 threads blocked at once are all let go, 5 times", () => {
  assert.doesNotThrow(() => blockAndRelease(30, 5));
});
