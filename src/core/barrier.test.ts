import assert from "node:assert/strict";
import { test } from "node:test";
import { type Passage, barrierWait, openBarrier, pass, resetBarrier } from "./barrier.ts";
import { allocateRecord } from "./heap.ts";
import { BARRIER, blockingWaiterAt, field } from "./layout.ts";
import type { Wait } from "./park.ts";
import { self } from "./self.ts";
import { type Addr, store } from "./word.ts";

const waiter = blockingWaiterAt(self.isolate);

function make(parties: number): Addr {
  const record = allocateRecord();
  store(field(record, BARRIER.WORD), 0);
  openBarrier(record, parties);
  return record;
}
/** One arrival, and what it is told at once: nothing, if it has to wait. */
function come(record: Addr): { wait: Wait<Passage>; told: Passage | undefined } {
  const wait = barrierWait(record);
  return { wait, told: wait.poll(waiter, false) };
}
/** A whole generation of two. */
function meet(record: Addr): Passage | undefined {
  const { wait } = come(record);
  const { told } = come(record);
  assert.ok(typeof told === "object" && "last" in told);
  assert.equal(pass(record, told.last), true);
  return wait.poll(waiter, false);
}

test("barrier: a waiter that looks after up to 7 more resets learns that its generation was reset", () => {
  for (let more = 0; more < 8; more++) {
    const record = make(2);
    const { wait } = come(record);
    for (let i = 0; i <= more; i++) {
      if (i > 0) come(record);
      resetBarrier(record);
    }
    assert.equal(wait.poll(waiter, false), "broken", `${more} more`);
  }
});

test("barrier: a waiter that looks late learns that its generation passed, whatever was reset before and after", () => {
  const record = make(2);
  come(record);
  resetBarrier(record);
  const { wait } = come(record);
  const { told } = come(record);
  assert.ok(typeof told === "object" && "last" in told && pass(record, told.last));
  for (let i = 0; i < 5; i++) {
    come(record);
    resetBarrier(record);
  }
  assert.deepEqual(wait.poll(waiter, false), { index: 0 });
});

test("barrier: a reset is not remembered when its number comes round, after 32,768 generations", () => {
  const record = make(2);
  come(record);
  resetBarrier(record);
  for (let i = 0; i < 2 ** 15 + 10; i++) assert.deepEqual(meet(record), { index: 0 });
});

test("barrier: one whose generation is over cannot let the next one pass", () => {
  const record = make(2);
  come(record);
  const { told } = come(record);
  assert.ok(typeof told === "object" && "last" in told);
  resetBarrier(record);
  come(record);
  come(record);
  assert.equal(pass(record, told.last), false);
});
