// 10,000 starts and joins: what is held afterwards is what was held before.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStartsLeaveNothing } from "../support/starts.ts";

test("start() and join() of 10,000 short threads leave memory, handles and descriptors where they were", async () => {
  await assert.doesNotReject(assertStartsLeaveNothing(2_000, 10_000, 96));
});
