// Memory of shared things is bounded however many there were. test/stress has the long version.
import assert from "node:assert/strict";
import { test } from "node:test";
import { churn } from "../support/shared-churn.ts";

test("50,000 shared things, circles among them, that come and go take no more memory than those that are there", () => {
  const { claimed, objects, used } = churn(50_000, 100);
  assert.ok(claimed < 16 * 2 ** 20, `${claimed} bytes more are claimed`);
  assert.ok(objects <= 1 + 2 * 100, `${objects} shared things are there`);
  assert.ok(used < 256 * 1024, `${used} bytes are in use`);
});
