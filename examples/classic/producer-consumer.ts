// A bounded buffer: producers wait while it is full, consumers while it is empty, on two conditions of one lock.
import assert from "node:assert/strict";
import { Condition, Lock, sharedArray, spawn } from "heddle";

const SIZE = 4;
const ITEMS = 500;
const slots = sharedArray(Int32Array, SIZE);
const state = sharedArray(Int32Array, 2); // [items put so far, items taken so far]
const lock = new Lock({ name: "buffer" });
const notFull = new Condition(lock);
const notEmpty = new Condition(lock);

function put(item: number): void {
  lock.with(() => {
    notFull.waitFor(() => state[0]! - state[1]! < SIZE);
    slots[state[0]!++ % SIZE] = item;
    notEmpty.notify();
  });
}

function take(): number {
  return lock.with(() => {
    notEmpty.waitFor(() => state[0]! > state[1]!);
    const item = slots[state[1]!++ % SIZE]!;
    notFull.notify();
    return item;
  });
}

const producers = [1, 2].map(() =>
  spawn(() => {
    for (let i = 1; i <= ITEMS; i++) put(i);
  }),
);
const consumers = [1, 2].map(() =>
  spawn(() => {
    let sum = 0;
    for (let i = 0; i < ITEMS; i++) sum += take();
    return sum;
  }),
);
for (const producer of producers) producer.result();
const sum = consumers.reduce((total, consumer) => total + consumer.result(), 0);
assert.equal(sum, ITEMS * (ITEMS + 1), "every item was taken once");
assert.deepEqual([...state], [2 * ITEMS, 2 * ITEMS]);
console.log(`${2 * ITEMS} items through ${SIZE} slots`);
