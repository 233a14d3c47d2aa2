// Building H2O: two threads of hydrogen and one of oxygen bond, all three together, and only then come the next three.
import assert from "node:assert/strict";
import { Barrier, Semaphore, sharedArray, spawn } from "heddle";

const MOLECULES = 20;
const hydrogen = new Semaphore(2);
const oxygen = new Semaphore(1);
const bond = new Barrier(3);
const atoms = sharedArray(Int32Array, 2); // [hydrogen, oxygen] bonded so far

function atom(kind: number): void {
  const places = kind === 0 ? hydrogen : oxygen;
  places.with(() => {
    const index = bond.wait(); // waits for the other two
    Atomics.add(atoms, kind, 1);
    bond.wait(); // nobody leaves, so nobody takes its place, before all three have bonded
    if (index === 0) assert.deepEqual([atoms[0]! % 2, atoms[0]! / 2], [0, atoms[1]!]);
    bond.wait();
  });
}

const elements = [0, 0, 1].map((kind) =>
  spawn(() => {
    for (let i = 0; i < MOLECULES; i++) atom(kind);
  }),
);
for (const element of elements) element.result();
assert.deepEqual([...atoms], [2 * MOLECULES, MOLECULES]);
console.log(`${MOLECULES} molecules of water`);
