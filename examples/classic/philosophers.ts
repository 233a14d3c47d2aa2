// Five philosophers, five forks, two forks to eat. First each takes the left fork, then the right one: when all hold
// their left fork nobody can go on, and one of them is told so. Then they take the lower fork first: no circle, no error.
import assert from "node:assert/strict";
import { AtomicInt, Barrier, DeadlockError, Lock, spawn } from "heddle";

const SEATS = 5;
const forks = Array.from({ length: SEATS }, (_, i) => new Lock({ name: `fork ${i}` }));
const meals = new AtomicInt(0);

function eat(first: number, second: number, seated?: Barrier): void {
  forks[first]!.with(() => {
    seated?.wait(); // everybody holds a fork now
    forks[second]!.with(() => meals.increment());
  });
}

const seated = new Barrier(SEATS);
const naive = forks.map((_, seat) =>
  spawn(() => {
    try {
      eat(seat, (seat + 1) % SEATS, seated);
      return undefined;
    } catch (error) {
      return error;
    }
  }),
);
const told = naive.map((philosopher) => philosopher.result()).filter((error) => error !== undefined);
assert.equal(told.length, 1, "one gave up its fork, the four others ate");
assert.ok(told[0] instanceof DeadlockError);
assert.equal(meals.load(), SEATS - 1);

const ordered = forks.map((_, seat) => {
  const [low, high] = [seat, (seat + 1) % SEATS].sort() as [number, number];
  return spawn(() => {
    for (let i = 0; i < 100; i++) eat(low, high);
  });
});
for (const philosopher of ordered) philosopher.result();
assert.equal(meals.load(), SEATS - 1 + SEATS * 100);
console.log(`naive: ${told[0].message}\nordered: everybody ate 100 times`);
