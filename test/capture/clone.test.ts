// structuredClone, which heddle replaces, is the same function to a closure in whatever thread.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isMainThread } from "node:worker_threads";
import { shared, spawn } from "heddle";

test("structuredClone crosses as the thread's own, kept in a variable or not", () => {
  const state = shared({ a: [1] });
  const clone = structuredClone;
  const inThread = spawn(() => [
    isMainThread,
    clone === structuredClone,
    clone(state),
    structuredClone({ state }),
  ]).result();
  assert.deepStrictEqual(inThread, [false, true, { a: [1] }, { state: { a: [1] } }]);
});
