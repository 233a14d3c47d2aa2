// Thread-local data: one object, and each thread sees its own attributes of it.
import assert from "node:assert/strict";
import { Barrier, currentThread, local, spawn } from "heddle";

const threadData = local<{ x: number; seen: string[] }>();
threadData.x = 10;

const together = new Barrier(2);

function work(x: number): string {
  assert.equal(threadData.x, undefined, "main's attributes are main's");
  threadData.x = x;
  together.wait(); // both have written
  return `${currentThread().name} sees ${threadData.x}`;
}

const threads = [spawn(work, 1), spawn(work, 2)];
assert.deepEqual(
  threads.map((thread) => thread.result()),
  ["Thread-1 (work) sees 1", "Thread-2 (work) sees 2"],
);
assert.equal(threadData.x, 10);
console.log(`main still sees ${threadData.x}`);
