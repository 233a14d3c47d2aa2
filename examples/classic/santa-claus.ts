// Santa Claus sleeps until all nine reindeer are back, or three of the ten elves have a question. Reindeer come first.
// While three elves are with him the others wait outside.
import assert from "node:assert/strict";
import { AtomicInt, Barrier, Condition, Lock, Semaphore, sharedArray, spawn } from "heddle";

const REINDEER = 9;
const ELVES = 10;
const GROUP = 3;
const YEARS = 5;
const CONSULTATIONS = 20;

const lock = new Lock({ name: "workshop" });
const bell = new Condition(lock); // Santa waits here
const counts = sharedArray(Int32Array, 2); // [reindeer that are back, elves at the door]
const harness = new Semaphore(0);
const office = new Semaphore(0);
const questions = new Semaphore(GROUP); // a group at a time
const sleigh = new Barrier(REINDEER + 1); // Santa and his reindeer
const table = new Barrier(GROUP + 1); // Santa and three elves
const flying = new AtomicInt(0);
const asking = new AtomicInt(0);
const asked = new AtomicInt(0);

function reindeer(): void {
  for (let year = 0; year < YEARS; year++) {
    lock.with(() => {
      if (++counts[0]! === REINDEER) bell.notify();
    });
    harness.acquire();
    flying.increment();
    sleigh.wait(); // all are harnessed
    sleigh.wait(); // the toys are delivered
  }
}

/** Asks until there are no more questions to ask. */
function elf(): void {
  for (;;) {
    questions.acquire();
    if (asked.add(1) >= CONSULTATIONS * GROUP) return questions.release();
    lock.with(() => {
      if (++counts[1]! === GROUP) bell.notify();
    });
    office.acquire();
    asking.increment();
    table.wait(); // three are in
    table.wait(); // three have an answer
    questions.release();
  }
}

/** Works until the last year's toys are delivered and the last question is answered. */
function santa(): readonly number[] {
  let [years, consultations] = [0, 0];
  while (years < YEARS || consultations < CONSULTATIONS) {
    const sleighIsFull = lock.with(() => {
      bell.waitFor(() => counts[0] === REINDEER || counts[1] === GROUP);
      const full = counts[0] === REINDEER; // reindeer first
      counts[full ? 0 : 1] = 0;
      return full;
    });
    const [gate, count, meeting, present] = sleighIsFull
      ? ([harness, REINDEER, sleigh, flying] as const)
      : ([office, GROUP, table, asking] as const);
    gate.release(count);
    meeting.wait();
    assert.equal(present.exchange(0), count, "all of the group, nobody else");
    assert.equal((sleighIsFull ? asking : flying).load(), 0, "one group at a time");
    meeting.wait();
    if (sleighIsFull) years++;
    else consultations++;
  }
  return [years, consultations];
}

const threads = [
  ...Array.from({ length: REINDEER }, () => spawn(reindeer)),
  ...Array.from({ length: ELVES }, () => spawn(elf)),
];
const done = spawn(santa).result();
for (const thread of threads) thread.result();
assert.deepEqual(done, [YEARS, CONSULTATIONS]);
console.log(`${done[0]} years of toys, ${done[1]} consultations of ${GROUP} elves`);
