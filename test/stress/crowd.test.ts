// Crowds: many more threads than cores, on one lock, at one door.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertFair, blockAndRelease, shareLock } from "../support/crowd.ts";

for (const [name, work] of [
  ["next to nothing", 10],
  ["some 20 µs", 20_000],
] as const) {
  test(`16 threads on one lock, held for ${name}: each gets its turns, nobody waits for ever`, (t) => {
    const shares = shareLock(16, 5000, work);
    t.diagnostic(`turns ${shares.turns.join(" ")}; longest wait ${shares.longestMs.toFixed(1)} ms`);
    assert.doesNotThrow(() => assertFair(shares, 2000));
  });
}

test("100 threads blocked at once are all let go, 20 times", () => {
  assert.doesNotThrow(() => blockAndRelease(100, 20));
});
