// Readers and writers: many may read a table at the same time, a writer must be alone, and nobody is starved.
import assert from "node:assert/strict";
import { AtomicInt, RWLock, sharedArray, spawn } from "heddle";

const READERS = 5;
const WRITERS = 2;
const ROUNDS = 100;
const table = sharedArray(Int32Array, 16); // all its numbers are equal, except while somebody writes
const lock = new RWLock({ name: "table" });
const inside = new AtomicInt(0);
const together = new AtomicInt(0); // the most readers that were inside at the same time

function read(): number {
  return lock.read.with(() => {
    const here = inside.increment();
    together.update((most) => Math.max(most, here));
    const [first] = table;
    assert.ok(
      table.every((number) => number === first),
      "a reader saw half of an update",
    );
    inside.decrement();
    return first!;
  });
}

function write(): void {
  lock.write.with(() => {
    assert.equal(inside.load(), 0, "a writer is alone");
    for (let i = 0; i < table.length; i++) table[i]! += 1;
  });
}

const readers = Array.from({ length: READERS }, () =>
  spawn(() => {
    let last = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const now = read();
      assert.ok(now >= last, "the table never goes back");
      last = now;
    }
  }),
);
const writers = Array.from({ length: WRITERS }, () =>
  spawn(() => {
    for (let i = 0; i < ROUNDS; i++) write();
  }),
);
for (const thread of [...readers, ...writers]) thread.result();
assert.ok(
  table.every((number) => number === WRITERS * ROUNDS),
  "every update counts",
);

// And they really read together: each waits inside until all have come.
const meeting = Array.from({ length: READERS }, () =>
  spawn(() =>
    lock.read.with(() => {
      inside.increment();
      while (inside.load() < READERS);
    }),
  ),
);
for (const reader of meeting) reader.result();
console.log(`${WRITERS * ROUNDS} updates; ${READERS} readers were inside at once`);
