// What a dead thread had of each thing that threads wait with: the holder's share, the waiter's, and that of one woken
// and not yet run. The small form of test/stress/sync.test.ts comes first.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AtomicInt, Barrier, Condition, Event, Lock, Semaphore, sleep, spawn } from "../../src/api/index.ts";
import { crowds, harass } from "../support/crowd-sync.ts";
import { Random } from "../support/random.ts";
import { PATIENCE_MS, resultOf, results, untilState, untilWaiting } from "../support/threads.ts";

for (const [name, crowd] of Object.entries(crowds)) {
  test(`${name}: 8 threads take 30 turns each, and all ends whole`, () => {
    assert.doesNotThrow(() => crowd(8, 30));
  });
}

test("random interrupts and terminates over all of sync leave it whole, in small", () => {
  assert.doesNotThrow(() => harass(60, new Random(11), 6));
});

test("Semaphore: a holder's permits die with it; a dead waiter's place and a woken one's permit go on", () => {
  const taken = new Semaphore(1);
  resultOf(spawn(() => void taken.acquire()));
  assert.equal(taken.statistics().value, 0, "permits have no owner");
  for (let round = 0; round < 8; round++) {
    const semaphore = new Semaphore(0);
    const doomed = spawn(() => void semaphore.acquire());
    untilWaiting(semaphore, 1);
    const next = spawn(() => semaphore.acquire(PATIENCE_MS));
    untilWaiting(semaphore, 2);
    if (round % 2 === 0) {
      doomed.terminate();
      assert.equal(doomed.join(PATIENCE_MS), true);
      semaphore.release();
    } else {
      semaphore.release();
      doomed.terminate();
      assert.equal(doomed.join(PATIENCE_MS), true);
      // The doomed one may have had its permit, and be dead by its kill or by its end. Then there is none for the next.
      if (semaphore.statistics().value === 0) semaphore.release();
    }
    assert.equal(resultOf(next), true);
    assert.equal(semaphore.statistics().waiting, 0);
    assert.ok(semaphore.statistics().value <= round % 2, "doubled");
  }
});

test("Condition: a notify that meets one who dies before it has the lock again goes to the next", () => {
  for (let round = 0; round < 4; round++) {
    const condition = new Condition(new Lock());
    const threads = [0, 1].map((index) => {
      const thread = spawn(() => condition.with(() => condition.wait(PATIENCE_MS)));
      untilWaiting(condition, index + 1);
      return thread;
    });
    condition.with(() => {
      condition.notify();
      untilWaiting(condition, 1); // the first has taken it, and waits for the lock
      threads[0]?.terminate();
      untilState(threads[0]!, "terminated");
    });
    assert.equal(resultOf(threads[1]!), true);
  }
});

test("Condition: when one dies holding its lock, all who wait are told, also those that nobody notified", () => {
  const condition = new Condition(new Lock({ name: "db" }));
  const waiters = [0, 1, 2].map((index) => {
    const thread = spawn(async () => {
      try {
        condition.acquire();
        return index === 2 ? await condition.waitAsync() : condition.wait();
      } catch (error) {
        return (error as Error).name;
      }
    });
    untilWaiting(condition, index + 1);
    return thread;
  });
  const held = new AtomicInt();
  const holder = spawn(() => {
    condition.acquire();
    held.store(1);
    for (;;);
  });
  while (held.load() === 0) sleep(1);
  holder.terminate();
  assert.deepEqual(results(waiters), Array(3).fill("AbandonedLockError"));
});

test("Barrier: who comes while the action runs waits asleep, and is served by the next generation", () => {
  const go = new Event();
  const barrier = new Barrier(2, { action: () => go.wait() });
  const pair = [0, 1].map(() => spawn(() => barrier.wait()));
  untilWaiting(go, 1);
  const late = spawn(() => barrier.wait());
  untilState(late, "blocked");
  assert.equal(late.state, "blocked");
  go.set();
  assert.deepEqual(results(pair).sort(), [0, 1]);
  const [place, other] = [barrier.wait(PATIENCE_MS), resultOf(late)];
  assert.deepEqual([place, other].sort(), [0, 1]);
});

test("Barrier: a waiter that sleeps through several resets is told that it was broken", () => {
  const barrier = new Barrier(2);
  for (let round = 0; round < 20; round++) {
    const waiter = spawn(() => {
      try {
        return barrier.wait();
      } catch (error) {
        return (error as Error).name;
      }
    });
    untilWaiting(barrier, 1);
    barrier.reset();
    assert.equal(resultOf(waiter), "BrokenBarrierError");
  }
});
