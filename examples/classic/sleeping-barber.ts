// The sleeping barber: a barber sleeps until a customer wakes him; who finds all chairs taken goes away. The customer and
// the barber wait for each other twice: to begin and to end.
import assert from "node:assert/strict";
import { AtomicInt, Lock, Semaphore, sharedArray, spawn, Thread } from "heddle";

const CHAIRS = 3;
const CUSTOMERS = 6;
const VISITS = 10;
const door = new Lock({ name: "door" }); // guards the number of those who are in the shop
const inShop = sharedArray(Int32Array, 1);
const customers = new Semaphore(0); // customers that wait for the barber
const barber = new Semaphore(0); // the barber is ready for one
const done = new Semaphore(0); // the hair is cut
const seen = new Semaphore(0); // the customer agrees, and leaves
const inChair = new AtomicInt(0);
const cuts = new AtomicInt(0);
const away = new AtomicInt(0);

/** Whether the hair was cut. */
function visit(): boolean {
  const place = door.with(() => inShop[0]! < CHAIRS && ++inShop[0]!);
  if (place === false) return false;
  assert.ok(place <= CHAIRS);
  customers.release(); // wakes the barber, if he sleeps
  barber.acquire();
  assert.equal(inChair.increment(), 1, "one chair, one customer");
  done.acquire();
  inChair.decrement();
  seen.release();
  door.with(() => inShop[0]!--);
  return true;
}

function work(): void {
  for (;;) {
    customers.acquire(); // sleeps while the shop is empty
    barber.release();
    cuts.increment();
    done.release();
    seen.acquire();
  }
}

new Thread({ target: work, daemon: true }).start(); // he sleeps when the program ends

const heads = Array.from({ length: CUSTOMERS }, () =>
  spawn(() => {
    for (let i = 0; i < VISITS; i++) if (!visit()) away.increment();
  }),
);
for (const head of heads) head.result();
assert.equal(cuts.load() + away.load(), CUSTOMERS * VISITS, "everybody was served or went away");
assert.deepEqual([inShop[0], inChair.load()], [0, 0]);
console.log(`${cuts.load()} haircuts, ${away.load()} went away`);
