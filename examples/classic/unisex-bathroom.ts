// The unisex bathroom: at most three people inside, never women and men together, and neither waits for ever: they take
// turns as groups while both wait.
import assert from "node:assert/strict";
import { Condition, Lock, sharedArray, spawn } from "heddle";

const PLACES = 3;
const PEOPLE = 4; // of each sex
const VISITS = 30;
const lock = new Lock({ name: "bathroom" });
const turn = [new Condition(lock), new Condition(lock)]; // by sex
const inside = sharedArray(Int32Array, 2); // by sex
const waiting = sharedArray(Int32Array, 2); // by sex
const admitted = sharedArray(Int32Array, 2); // by sex: how many since the others began to wait
const visits = sharedArray(Int32Array, 2);

function mayEnter(sex: number): boolean {
  const other = 1 - sex;
  if (inside[other]! > 0 || inside[sex]! >= PLACES) return false;
  return waiting[other] === 0 || admitted[sex]! < PLACES; // a group of three, then it is the others' turn
}

function enter(sex: number): void {
  lock.with(() => {
    waiting[sex]! += 1;
    turn[sex]!.waitFor(() => mayEnter(sex));
    waiting[sex]! -= 1;
    admitted[1 - sex] = 0;
    admitted[sex]! += 1;
    inside[sex]! += 1;
    assert.ok(inside[sex]! <= PLACES, "three places");
    assert.equal(inside[1 - sex], 0, "never together");
  });
}

function leave(sex: number): void {
  lock.with(() => {
    inside[sex]! -= 1;
    visits[sex]! += 1;
    for (const condition of turn) condition.notifyAll();
  });
}

const people = Array.from({ length: 2 * PEOPLE }, (_, i) =>
  spawn(() => {
    for (let visit = 0; visit < VISITS; visit++) {
      enter(i % 2);
      leave(i % 2);
    }
  }),
);
for (const person of people) person.result();
assert.deepEqual([...visits], [PEOPLE * VISITS, PEOPLE * VISITS]);
assert.deepEqual([...inside, ...waiting], [0, 0, 0, 0]);
console.log(`${visits[0]} visits of women, ${visits[1]} of men`);
