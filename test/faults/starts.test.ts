// Many short threads, one after the other: what each took comes back. test/stress has the long version.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStartsLeaveNothing } from "../support/starts.ts";

test("start() and join() of 500 short threads leave memory, handles and descriptors where they were", async () => {
  await assert.doesNotReject(assertStartsLeaveNothing(200, 500, 96));
});
