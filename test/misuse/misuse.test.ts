import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { activeCount, dumpThreads, setExcepthook, spawn } from "../../src/api/index.ts";
import { resultOf } from "../support/threads.ts";
import { until } from "../support/until.ts";
import { badCalls } from "./calls.ts";
import { badQueueCalls } from "./queue-calls.ts";
import { badSyncCalls } from "./sync-calls.ts";

before(() => setExcepthook(() => {})); // what fails in a thread is told by its result() too
after(() => setExcepthook(null));

for (const { what, call, error } of badCalls) {
  test(`misuse: ${what} is a ${error.name}`, async () => {
    await assert.rejects(async () => call(), error);
  });
}

for (const { what, call, error, sound } of [...badSyncCalls, ...badQueueCalls]) {
  test(`misuse: ${what} is a ${error.name}, and nothing is changed`, async () => {
    await assert.rejects(async () => call(), error);
    assert.equal(sound(), true);
  });
}

test("misuse: nothing is left running or blocked afterwards, and everything still works", async () => {
  await until(() => activeCount() === 1, { what: `all threads to end:\n${dumpThreads()}` });
  assert.equal(resultOf(spawn((n: number) => n + 1, 41)), 42);
});
