// A holder or a waiter that dies: nothing hangs, nothing is lost. For lock-like classes that know their owner.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AtomicInt, setExcepthook, sleep, spawn, type Thread } from "../../../src/api/index.ts";
import { crew, PATIENCE_MS, resultOf, results, untilState, untilWaiting } from "../../support/threads.ts";
import type { LockFactory, LockLike } from "./lock-like.ts";

/** A lock-like class whose holder can die. */
export interface MortalFactory extends LockFactory {
  make(options?: { name?: string; onAbandon?: "throw" | "acquire" }): MortalLock;
}

/** What such a class has beside the others. */
export interface MortalLock extends LockLike {
  recover(): boolean;
  statistics(): { readonly name: string | undefined; readonly waiting: number; readonly abandoned: boolean };
}

const abandonedError = { name: "AbandonedLockError", code: "ERR_HEDDLE_ABANDONED_LOCK" } as const;

/** The ways to die while holding a lock; each starts the thread, and it is certain to die. */
const deaths: Record<string, (lock: LockLike, held: AtomicInt) => Thread<[], void>> = {
  "terminate() while it sleeps": (lock, held) =>
    killed(
      held,
      spawn(() => {
        lock.acquire();
        held.store(1);
        sleep(PATIENCE_MS);
      }),
    ),
  "terminate() while it spins": (lock, held) =>
    killed(
      held,
      spawn(() => {
        lock.acquire();
        held.store(1);
        for (;;);
      }),
    ),
  "an error": (lock) =>
    spawn(() => {
      lock.acquire();
      throw new Error("out of yarn");
    }),
  "process.exit() in it": (lock) =>
    spawn(() => {
      lock.acquire();
      process.exit(3);
    }),
  "a body that returns and keeps it": (lock) =>
    spawn(() => {
      lock.acquire();
    }),
};

function killed(held: AtomicInt, thread: Thread<[], void>): Thread<[], void> {
  while (held.load() === 0) sleep(1);
  thread.terminate();
  return thread;
}

function throwing({ kind, make }: MortalFactory): void {
  for (const [how, die] of Object.entries(deaths)) {
    test(`${kind} abandoned by ${how}: acquire() throws AbandonedLockError until recover() takes it`, () => {
      const lock = make({ name: "db" });
      const thread = die(lock, new AtomicInt());
      assert.equal(thread.join(PATIENCE_MS), true);
      const text = new RegExp(`^Cannot acquire .*'db'.*: it was abandoned by ${thread.name}, which died`);
      const refused = { ...abandonedError, message: text };
      assert.throws(() => lock.acquire(), refused);
      assert.throws(() => lock.acquire(1000), refused);
      assert.throws(() => lock.tryAcquire(), refused);
      assert.throws(() => lock.with(() => 1), refused);
      assert.match(String(lock), new RegExp(`'db' abandoned by ${thread.name}`));
      assert.equal(lock.statistics().abandoned, true);
      assert.equal(lock.recover(), true);
      assert.equal(lock.locked(), true);
      assert.equal(lock.recover(), false);
      lock.release();
      assert.equal(lock.statistics().abandoned, false);
      assert.equal(lock.acquire(), true);
      lock.release();
    });
  }

  test(`${kind}: those who wait when its holder dies get AbandonedLockError too, blocked or awaiting`, async () => {
    const lock = make({ name: "db" });
    const held = new AtomicInt();
    const holder = spawn(() => {
      lock.acquire();
      held.store(1);
      for (;;);
    });
    while (held.load() === 0) sleep(1);
    const waiters = crew(3, () => {
      try {
        lock.acquire();
        return "acquired";
      } catch (error) {
        return (error as Error).name;
      }
    });
    const pending = assert.rejects(lock.acquireAsync(), abandonedError);
    untilWaiting(lock, 4);
    holder.terminate();
    await pending;
    assert.deepEqual(
      results(waiters),
      Array.from({ length: 3 }, () => "AbandonedLockError"),
    );
    assert.equal(lock.statistics().waiting, 0);
    assert.equal(lock.recover(), true);
    lock.release();
  });

  test(`${kind}.recover() in a thread: one of many takes it, the others see it held`, () => {
    const lock = make();
    assert.equal(deaths["an error"]?.(lock, new AtomicInt()).join(PATIENCE_MS), true);
    const taken = results(
      crew(5, () => {
        const mine = lock.recover();
        if (mine) sleep(20);
        if (mine) lock.release();
        return mine;
      }),
    );
    assert.equal(taken.filter(Boolean).length, 1);
    assert.equal(lock.acquire(), true);
    lock.release();
  });

  test(`${kind}.recover() of one that is free or held returns false and changes nothing`, () => {
    const lock = make();
    assert.equal(lock.recover(), false);
    assert.equal(lock.locked(), false);
    lock.acquire();
    assert.equal(lock.recover(), false);
    assert.equal(lock.locked(), true);
    lock.release();
  });
}

function handingOver({ kind, make }: MortalFactory): void {
  test(`${kind}({ onAbandon: "acquire" }): the next one gets it, and statistics() says so`, () => {
    const lock = make({ onAbandon: "acquire" });
    const held = new AtomicInt();
    const holder = spawn(() => {
      lock.acquire();
      held.store(1);
      sleep(PATIENCE_MS);
    });
    while (held.load() === 0) sleep(1);
    assert.equal(lock.statistics().abandoned, false);
    const waiters = crew(3, () => {
      lock.acquire();
      lock.release();
      return true;
    });
    untilWaiting(lock, 3);
    holder.terminate();
    assert.deepEqual(results(waiters), [true, true, true]);
    assert.equal(lock.statistics().abandoned, true);
    assert.equal(lock.acquire(false), true);
    lock.release();
  });
}

function waiters({ kind, make }: MortalFactory): void {
  test(`${kind}: a waiter that is terminated leaves the line; those behind it are served`, () => {
    const lock = make();
    lock.acquire();
    const threads = Array.from({ length: 5 }, (_, index) => {
      const thread = spawn(() => {
        lock.acquire();
        lock.release();
        return true;
      });
      untilWaiting(lock, index + 1);
      return thread;
    });
    threads[0]?.terminate();
    threads[2]?.terminate();
    untilWaiting(lock, 3);
    lock.release();
    for (const index of [1, 3, 4]) assert.equal(resultOf(threads[index]!), true);
    for (const index of [0, 2]) untilState(threads[index]!, "terminated");
    assert.equal(lock.locked(), false);
  });

  test(`${kind}: a waiter that is killed around the moment of its wake-up does not take the wake-up with it`, () => {
    for (let round = 0; round < 20; round++) {
      const lock = make();
      lock.acquire();
      const doomed = spawn(() => {
        lock.acquire();
        lock.release();
      });
      untilWaiting(lock, 1);
      const next = spawn(() => {
        try {
          return lock.acquire();
        } catch (error) {
          return (error as Error).name; // the doomed one held it when it died
        } finally {
          if (lock.locked()) lock.release();
        }
      });
      untilWaiting(lock, 2);
      if (round % 2 === 0) doomed.terminate();
      lock.release();
      doomed.terminate();
      const outcome = resultOf(next);
      assert.ok(outcome === true || outcome === "AbandonedLockError", String(outcome));
      assert.equal(doomed.join(PATIENCE_MS), true);
    }
  });
}

/** Registers the suite for one class. */
export function death(factory: MortalFactory): void {
  before(() => setExcepthook(() => {})); // some die of errors; nothing of it on stderr
  after(() => setExcepthook(null));
  throwing(factory);
  handingOver(factory);
  waiters(factory);
}
