// Two threads at the same time: numbers and letters come out interleaved, not in strict order.
import assert from "node:assert/strict";
import { AtomicInt, sharedArray, sleep, Thread } from "heddle";

const NUMBER = 1;
const LETTER = 2;
const order = sharedArray(Int32Array, 20);
const next = new AtomicInt(0);
const present = new AtomicInt(0);

/** So that they begin together: on a busy machine the first could be done before the second is up. */
function awaitBoth(): void {
  present.increment();
  while (present.load() < 2) sleep(1);
}

function printNumbers(): void {
  awaitBoth();
  for (let i = 1; i <= 10; i++) {
    order[next.add(1)] = NUMBER;
    console.log(`Number: ${i}`);
    sleep(5);
  }
}

function printLetters(): void {
  awaitBoth();
  for (const letter of "ABCDEFGHIJ") {
    order[next.add(1)] = LETTER;
    console.log(`Letter: ${letter}`);
    sleep(5);
  }
}

const t1 = new Thread({ target: printNumbers });
const t2 = new Thread({ target: printLetters });
t1.start();
t2.start();
t1.join();
t2.join();

const kinds = Array.from(order);
const turns = kinds.filter((kind, i) => i > 0 && kind !== kinds[i - 1]).length;
assert.equal(kinds.filter((kind) => kind === NUMBER).length, 10);
assert.equal(kinds.filter((kind) => kind === LETTER).length, 10);
assert.ok(turns > 1, "one thread ran after the other instead of beside it");
console.log(`the turn changed ${turns} times`);
