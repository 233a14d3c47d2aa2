// Cigarette smokers: three smokers each have one of tobacco, paper and matches; an agent lays out the two others for one
// of them. Waiting for the two things one by one would deadlock: two smokers take one each. One condition solves it.
import assert from "node:assert/strict";
import { Condition, Lock, sharedArray, spawn } from "heddle";

const THINGS = ["tobacco", "paper", "matches"] as const;
const ROUNDS = 60;
const lock = new Lock({ name: "table" });
const changed = new Condition(lock);
const onTable = sharedArray(Int32Array, 3); // by thing: is it there
const state = sharedArray(Int32Array, 2); // [cigarettes smoked, the agent has gone home]
const empty = (): boolean => onTable.every((there) => there === 0);

/** One smoker's life: `mine` is what it has plenty of. Returns how often it smoked. */
function smoker(mine: number): number {
  const others = [0, 1, 2].filter((thing) => thing !== mine);
  for (let smoked = 0; ; smoked++) {
    using _ = lock.hold();
    changed.waitFor(() => state[1] === 1 || others.every((thing) => onTable[thing] === 1));
    if (others.some((thing) => onTable[thing] === 0)) return smoked;
    assert.equal(onTable[mine], 0, "what it has itself is not on the table");
    for (const thing of others) onTable[thing] = 0; // both at once, or none
    state[0]! += 1;
    changed.notifyAll();
  }
}

const smokers = THINGS.map((_, mine) => spawn(smoker, mine));
const agent = spawn(() => {
  for (let round = 0; round < ROUNDS; round++) {
    using _ = lock.hold();
    changed.waitFor(empty);
    for (const thing of [0, 1, 2]) onTable[thing] = thing === round % 3 ? 0 : 1;
    changed.notifyAll();
  }
  lock.with(() => {
    changed.waitFor(empty);
    state[1] = 1;
    changed.notifyAll();
  });
});
agent.result();
assert.deepEqual(
  smokers.map((smoker) => smoker.result()),
  [ROUNDS / 3, ROUNDS / 3, ROUNDS / 3],
);
assert.equal(state[0], ROUNDS);
console.log(`${ROUNDS} cigarettes`);
