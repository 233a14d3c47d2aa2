// A condition joins a lock with waiting and notifying: consume one item, produce one item.
import assert from "node:assert/strict";
import { AtomicInt, Condition, spawn } from "heddle";

const cond = new Condition();
const available = new AtomicInt(); // only touched while the condition's lock is held

const isItemAvailable = (): boolean => available.load() > 0;
const getAnAvailableItem = (): number => available.decrement();
const makeAnItemAvailable = (): number => available.increment();

function consume(count: number): number {
  for (let i = 0; i < count; i++) {
    cond.acquire();
    while (!isItemAvailable()) cond.wait(); // gives the lock up while it waits, and has it again after
    getAnAvailableItem();
    cond.release();
  }
  return count;
}

function produce(count: number): void {
  for (let i = 0; i < count; i++) {
    cond.acquire();
    makeAnItemAvailable();
    cond.notify();
    cond.release();
  }
}

const consumers = [spawn(consume, 300), spawn(consume, 200)];
const producer = spawn(produce, 500);
producer.join();
const consumed = consumers.map((consumer) => consumer.result());

assert.deepEqual(consumed, [300, 200]);
assert.equal(available.load(), 0);
console.log(`produced 500, consumed ${consumed.join(" + ")}`);
