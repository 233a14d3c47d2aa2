// One thread at a time: the suite that every lock-like class with one permit passes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { activeCount, AtomicInt, sharedArray, sleep, spawn } from "../../../src/api/index.ts";
import { crew, resultOf, results, untilWaiting, untilWaitingAsync } from "../../support/threads.ts";
import type { LockFactory } from "./lock-like.ts";

function basics({ kind, make }: LockFactory): void {
  test(`LK01 ${kind}: is created with no arguments, free`, () => {
    assert.equal(make().locked(), false);
  });

  test(`LK06 ${kind}.acquire() then release() by one thread, again and again`, () => {
    const lock = make();
    for (let round = 0; round < 3; round++) {
      assert.equal(lock.acquire(), true);
      assert.equal(lock.locked(), true);
      lock.release();
      assert.equal(lock.locked(), false);
    }
  });

  test(`LK07 ${kind}: each form that does not wait takes a free lock`, () => {
    const lock = make();
    for (const attempt of [
      () => lock.tryAcquire(),
      () => lock.acquire(false),
      () => lock.acquire({ blocking: false }),
      () => lock.acquire(0),
      () => lock.acquire(true, 0),
      () => lock.acquire({ timeoutMs: 0 }),
    ]) {
      assert.equal(attempt(), true);
      lock.release();
    }
  });

  test(`LK08 ${kind}: each form that does not wait returns false in a second thread while it is held`, () => {
    const lock = make();
    lock.acquire();
    const attempts = spawn(() => [
      lock.tryAcquire(),
      lock.acquire(false),
      lock.acquire({ blocking: false }),
      lock.acquire(0),
      lock.acquire(true, 0),
      lock.acquire({ timeoutMs: 0 }),
    ]);
    assert.deepEqual(
      resultOf(attempts),
      Array.from({ length: 6 }, () => false),
    );
    assert.equal(lock.statistics().waiting, 0);
    lock.release();
  });
}

function contended({ kind, make }: LockFactory): void {
  test(`LK09 ${kind}.release() once lets 5 blocked threads through, one after another`, () => {
    const lock = make();
    const passed = new AtomicInt();
    lock.acquire();
    const threads = crew(5, () => {
      lock.acquire();
      passed.increment();
      lock.release();
    });
    untilWaiting(lock, 5);
    assert.equal(passed.load(), 0);
    lock.release();
    results(threads);
    assert.equal(passed.load(), 5);
    assert.equal(lock.locked(), false);
    assert.equal(lock.statistics().waiting, 0);
  });

  test(`${kind}: no two threads are inside at once, and no increment is lost`, () => {
    const lock = make();
    const count = sharedArray(Int32Array, 1);
    const inside = new AtomicInt();
    const overlaps = new AtomicInt();
    const threads = crew(4, () => {
      for (let i = 0; i < 2000; i++) {
        lock.acquire();
        if (inside.increment() !== 1) overlaps.increment();
        count[0]! += 1;
        inside.decrement();
        lock.release();
      }
    });
    results(threads);
    assert.equal(overlaps.load(), 0);
    assert.equal(count[0], 8000);
  });

  test(`${kind}: a thread that has waited over 1 ms is handed it next, however greedy the holder`, () => {
    const lock = make();
    const stop = new AtomicInt();
    const rounds = new AtomicInt();
    const greedy = spawn(() => {
      while (stop.load() === 0) {
        lock.acquire();
        rounds.increment();
        sleep(2);
        lock.release();
      }
    });
    const modest = spawn(() => {
      const at: number[] = [];
      for (let i = 0; i < 5; i++) {
        lock.acquire();
        at.push(rounds.load());
        lock.release();
      }
      stop.store(1);
      return at;
    });
    const at = resultOf(modest);
    resultOf(greedy);
    // Between two of its turns the greedy thread has had at most the turn during which it waited, and the one before.
    for (let i = 1; i < at.length; i++) assert.ok(at[i]! - at[i - 1]! <= 2, `turns: ${at.join()}`);
  });
}

function leavesNothing({ kind, make }: LockFactory): void {
  test(`LK11 ${kind}: 15 threads that use it leave no threads behind`, () => {
    const lock = make();
    const before = activeCount();
    results(
      crew(15, () => {
        lock.acquire();
        lock.release();
      }),
    );
    assert.equal(activeCount(), before);
    assert.equal(lock.locked(), false);
  });
}

function scoped({ kind, make, owned }: LockFactory): void {
  test(`LK10 ${kind}: with() and hold() release at the end, also when the body throws, and the error goes on`, () => {
    const lock = make();
    const oops = new Error("oops");
    const held = (): boolean => !resultOf(spawn(() => lock.tryAcquire() && (lock.release(), true)));
    assert.equal(
      lock.with(() => held()),
      true,
    );
    assert.equal(lock.locked(), false);
    assert.throws(
      () =>
        lock.with(() => {
          throw oops;
        }),
      (error) => error === oops,
    );
    assert.equal(lock.locked(), false);
    const scope = (): boolean => {
      using _ = lock.hold();
      return held();
    };
    assert.equal(scope(), true);
    assert.equal(lock.locked(), false);
    const failing = (): void => {
      using _ = lock.hold();
      throw oops;
    };
    assert.throws(failing, (error) => error === oops);
    assert.equal(lock.locked(), false);
  });

  test(`LK10 ${kind}: withAsync() and holdAsync() do the same`, async () => {
    const lock = make();
    const oops = new Error("oops");
    const inside = await lock.withAsync(async () => {
      await Promise.resolve();
      return lock.locked();
    });
    assert.equal(inside, true);
    await assert.rejects(
      lock.withAsync(() => Promise.reject(oops)),
      (error) => error === oops,
    );
    assert.equal(lock.locked(), false);
    const scope = async (): Promise<boolean> => {
      await using _ = await lock.holdAsync();
      return lock.locked();
    };
    assert.equal(await scope(), true);
    assert.equal(lock.locked(), false);
  });

  if (owned) {
    test(`${kind}: what hold() returned releases once; disposing of it again does nothing`, () => {
      const lock = make();
      const held = lock.hold();
      held[Symbol.dispose]();
      lock.acquire();
      held[Symbol.dispose]();
      assert.equal(lock.locked(), true);
      lock.release();
    });
  }
}

function oneLine({ kind, make }: LockFactory): void {
  test(`${kind}: blocked threads and pending acquireAsync() calls stand in one line, in order`, async () => {
    const lock = make();
    const order = sharedArray(Int32Array, 6);
    const turn = new AtomicInt();
    const step = new AtomicInt();
    const holder = spawn(() => {
      lock.acquire(); // not this thread: where the holder may acquire again, it would not wait
      step.store(1);
      while (step.load() === 1) sleep(1);
      lock.release();
    });
    while (step.load() === 0) sleep(1);
    const threads = [];
    const promises: Promise<void>[] = [];
    for (let i = 0; i < 6; i++) {
      if (i % 2 === 0) {
        threads.push(
          spawn(() => {
            lock.acquire();
            order[turn.add(1)] = i;
            lock.release();
          }),
        );
      } else {
        const pass = async (): Promise<void> => {
          await lock.acquireAsync();
          order[turn.add(1)] = i;
          lock.release();
        };
        promises.push(pass());
      }
      await untilWaitingAsync(lock, i + 1);
    }
    // Each has waited far over 1 ms: whoever releases hands over.
    step.store(2);
    await Promise.all(promises);
    results([holder, ...threads]);
    assert.deepEqual([...order], [0, 1, 2, 3, 4, 5]);
    assert.equal(lock.locked(), false);
  });

  test(`${kind}.acquireAsync(): a thread's release() wakes it, and this isolate's release() wakes a thread`, async () => {
    const lock = make();
    const step = new AtomicInt();
    const thread = spawn(() => {
      lock.acquire();
      step.store(1);
      while (lock.statistics().waiting === 0) sleep(1);
      lock.release();
      while (step.load() === 1) sleep(1); // or it would barge in before main has woken
      lock.acquire();
      lock.release();
    });
    while (step.load() === 0) sleep(1);
    assert.equal(await lock.acquireAsync(), true);
    step.store(2);
    untilWaiting(lock, 1);
    lock.release();
    resultOf(thread);
    assert.equal(lock.locked(), false);
  });
}

/** Registers the suite for one class. */
export function exclusion(factory: LockFactory): void {
  basics(factory);
  contended(factory);
  leavesNothing(factory);
  scoped(factory);
  oneLine(factory);
}
