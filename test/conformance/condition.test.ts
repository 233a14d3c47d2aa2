import assert from "node:assert/strict";
import { test } from "node:test";
import { AtomicInt, Condition, Lock, RLock, sharedArray, sleep, spawn } from "../../src/api/index.ts";
import {
  crew,
  PATIENCE_MS,
  resultOf,
  results,
  untilState,
  untilWaiting,
  untilWaitingAsync,
} from "../support/threads.ts";
import { badTimeouts } from "./suites/bad-timeouts.ts";
import { exclusion } from "./suites/exclusion.ts";
import type { LockLike } from "./suites/lock-like.ts";
import { ownership } from "./suites/ownership.ts";
import { assertTook, timeouts } from "./suites/timeouts.ts";

type Arguments = Parameters<LockLike["acquire"]>;

/** A condition seen as the lock that it has: `statistics()` counts those who wait for the lock. */
class AsLock implements LockLike {
  readonly condition: Condition;
  readonly lock: RLock;
  constructor(options?: { name?: string }) {
    this.lock = new RLock(options);
    this.condition = new Condition(this.lock, options);
  }
  get name(): string | undefined {
    return this.condition.name;
  }
  acquire(...args: Arguments): boolean {
    return this.condition.acquire(...(args as Parameters<Condition["acquire"]>));
  }
  tryAcquire(): boolean {
    return this.condition.tryAcquire();
  }
  acquireAsync(...args: Parameters<LockLike["acquireAsync"]>): Promise<boolean> {
    return this.condition.acquireAsync(...args);
  }
  release(): void {
    this.condition.release();
  }
  locked(): boolean {
    return this.condition.locked();
  }
  hold(): Disposable {
    return this.condition.hold();
  }
  holdAsync(...args: Parameters<LockLike["holdAsync"]>): Promise<AsyncDisposable> {
    return this.condition.holdAsync(...args);
  }
  with<R>(body: () => R): R {
    return this.condition.with(body);
  }
  withAsync<R>(body: () => R | Promise<R>): Promise<R> {
    return this.condition.withAsync(body);
  }
  statistics(): { readonly name: string | undefined; readonly waiting: number } {
    return this.lock.statistics();
  }
  toString(): string {
    return this.condition.toString();
  }
}

const asLock = {
  kind: "Condition",
  make: (options?: { name?: string }): AsLock => new AsLock(options),
  owned: true,
  reentrant: true,
} as const;
exclusion(asLock);
timeouts(asLock);
ownership(asLock);

/** What a thread that waits inside the lock of a condition returns. */
function waitingThread(condition: Condition, timeoutMs?: number): () => boolean {
  return () => condition.with(() => condition.wait(timeoutMs));
}

test("LK35 Condition: the default lock is re-entrant; one that is given is really the one that is locked", () => {
  const condition = new Condition();
  assert.deepEqual([condition.acquire(), condition.acquire()], [true, true]);
  condition.release();
  condition.release();
  assert.throws(() => condition.release(), { name: "NotOwnerError" });
  const lock = new Lock();
  const over = new Condition(lock);
  over.acquire();
  assert.deepEqual([lock.acquire(false), lock.locked()], [false, true]);
  over.release();
  lock.acquire();
  assert.deepEqual([over.acquire(false), over.locked()], [false, true]);
  lock.release();
});

test("LK24 LK36 LK37 Condition: wait and notify without the lock throw NotOwnerError, over each kind of lock", async () => {
  for (const condition of [new Condition(), new Condition(new Lock()), new Condition(new RLock())]) {
    const refused = { name: "NotOwnerError", code: "ERR_HEDDLE_NOT_OWNER" };
    for (const call of [
      () => condition.wait(),
      () => condition.wait(0),
      () => condition.waitFor(() => false, 0),
      () => condition.notify(),
      () => condition.notifyAll(),
    ]) {
      assert.throws(call, refused);
      const holder = spawn(() => {
        condition.acquire();
        condition.wait(); // and gives it up meanwhile
        condition.release();
      });
      untilWaiting(condition, 1);
      assert.throws(call, refused);
      condition.with(() => condition.notify());
      resultOf(holder);
    }
    await assert.rejects(condition.waitAsync(), refused);
    assert.equal(condition.statistics().waiting, 0);
  }
});

test("LK38 Condition.notify(n) wakes exactly n, the oldest first; notifyAll the rest", () => {
  const condition = new Condition();
  const order = sharedArray(Int32Array, 6);
  const woken = new AtomicInt();
  for (let round = 0; round < 2; round++) {
    woken.store(0);
    const threads = Array.from({ length: 6 }, (_, index) => {
      const thread = spawn(() =>
        condition.with(() => {
          const notified = condition.wait();
          order[woken.add(1)] = index;
          return notified;
        }),
      );
      untilWaiting(condition, index + 1);
      return thread;
    });
    condition.with(() => condition.notify(0));
    condition.with(() => condition.notify(-1));
    assert.equal(condition.statistics().waiting, 6);
    condition.with(() => condition.notify(3));
    assert.deepEqual(results(threads.slice(0, 3)), [true, true, true]);
    assert.deepEqual(new Set(order.slice(0, 3)), new Set([0, 1, 2]));
    assert.equal(condition.statistics().waiting, 3);
    condition.with(() => condition.notify());
    assert.equal(resultOf(threads[3]!), true);
    assert.equal(condition.statistics().waiting, 2);
    condition.with(() => (round === 0 ? condition.notifyAll() : condition.notify(5)));
    assert.deepEqual(results(threads.slice(4)), [true, true]);
    assert.deepEqual([woken.load(), condition.statistics().waiting], [6, 0]);
  }
});

test("LK38 Condition.notify() is lost when nobody waits, and releases no lock", () => {
  const condition = new Condition();
  condition.acquire();
  condition.notify();
  condition.notifyAll();
  assert.equal(condition.locked(), true);
  assert.equal(condition.wait(10), false);
  condition.release();
});

test("LK39 Condition.wait(200): 5 waiters time out, each returns false holding the lock", () => {
  const condition = new Condition();
  const threads = crew(5, () => {
    condition.acquire();
    const startedAt = performance.now();
    const notified = condition.wait(200);
    const ms = performance.now() - startedAt;
    condition.release(); // throws if it were not held
    return { notified, ms };
  });
  for (const { notified, ms } of results(threads)) {
    assert.equal(notified, false);
    assertTook(ms, 200);
  }
  assert.equal(condition.statistics().waiting, 0);
});

test("LK40 Condition: every bad timeout is refused at once, and no waiter is left", async () => {
  const condition = new Condition();
  condition.acquire();
  for (const { value, error } of badTimeouts) {
    const bad = value as number;
    assert.throws(() => condition.wait(bad), error);
    assert.throws(() => condition.waitFor(() => true, bad), error);
    await assert.rejects(condition.waitAsync(bad), error);
    await assert.rejects(
      condition.waitForAsync(() => true, bad),
      error,
    );
  }
  assert.throws(() => condition.notify("1" as never), { name: "TypeError" });
  assert.deepEqual([condition.locked(), condition.statistics().waiting], [true, 0]);
  condition.release();
});

test("LK41 Condition.waitFor() returns when its predicate holds, with its value, after useless notifies", () => {
  const condition = new Condition();
  const state = new AtomicInt();
  const thread = spawn(() => condition.with(() => condition.waitFor(() => state.load() === 4 && "four")));
  for (let i = 1; i <= 4; i++) {
    untilWaiting(condition, 1);
    condition.with(() => {
      state.increment();
      condition.notify();
    });
  }
  assert.equal(resultOf(thread), "four");
  assert.equal(
    condition.waitFor(() => 7),
    7,
    "a predicate that holds at once asks for no lock",
  );
});

test("LK42 Condition.waitFor(…, 300): useless notifies do not extend the deadline", () => {
  const condition = new Condition();
  const started = new AtomicInt();
  const thread = spawn(() =>
    condition.with(() => {
      started.store(1);
      const startedAt = performance.now();
      const value = condition.waitFor(() => false, 300);
      return { value, ms: performance.now() - startedAt };
    }),
  );
  for (let i = 0; i < 3; i++) {
    untilWaiting(condition, 1);
    sleep(50);
    condition.with(() => condition.notifyAll());
  }
  const { value, ms } = resultOf(thread);
  assert.equal(value, false);
  assert.ok(ms >= 290 && ms < 2000, `${ms} ms`);
});

test("Condition.wait() over an RLock gives it up whatever its depth, and has the same depth afterwards", () => {
  const lock = new RLock();
  const condition = new Condition(lock);
  const thread = spawn(() => {
    lock.acquire();
    lock.acquire();
    lock.acquire();
    const notified = condition.wait();
    const { depth } = lock.statistics();
    lock.release();
    lock.release();
    lock.release();
    return [notified, depth, lock.locked()];
  });
  untilWaiting(condition, 1);
  condition.with(() => {
    assert.equal(lock.statistics().depth, 1);
    condition.notify();
  });
  assert.deepEqual(resultOf(thread), [true, 3, false]);
});

test("Condition: two conditions over one lock have two lines", () => {
  const lock = new Lock();
  const [odd, even] = [new Condition(lock), new Condition(lock)];
  const threads = [spawn(waitingThread(odd)), spawn(waitingThread(even))];
  untilWaiting(odd, 1);
  untilWaiting(even, 1);
  even.with(() => even.notifyAll());
  assert.equal(resultOf(threads[1]!), true);
  assert.equal(odd.statistics().waiting, 1);
  odd.with(() => odd.notify());
  assert.equal(resultOf(threads[0]!), true);
});

test("Condition: blocked threads and pending waitAsync() calls stand in one line", async () => {
  const condition = new Condition(new Lock());
  const pass = (): Promise<boolean> => condition.withAsync(() => condition.waitAsync());
  const first = spawn(waitingThread(condition));
  await untilWaitingAsync(condition, 1);
  const second = pass();
  await untilWaitingAsync(condition, 2);
  const third = spawn(waitingThread(condition));
  await untilWaitingAsync(condition, 3);
  await condition.withAsync(() => condition.notify(2));
  assert.equal(await second, true);
  assert.equal(resultOf(first), true);
  assert.equal(condition.statistics().waiting, 1);
  await condition.withAsync(() => condition.notify());
  assert.equal(resultOf(third), true);
});

test("Condition.waitAsync(): an aborted wait throws signal.reason and holds the lock again", async () => {
  const condition = new Condition();
  const reason = new Error("no longer wanted");
  const controller = new AbortController();
  await condition.acquireAsync();
  const pending = condition.waitAsync({ signal: controller.signal });
  await untilWaitingAsync(condition, 1);
  assert.equal(condition.locked(), false);
  controller.abort(reason);
  await assert.rejects(pending, (error) => error === reason);
  assert.deepEqual([condition.locked(), condition.statistics().waiting], [true, 0]);
  condition.release();
});

test("Condition: a waiter that is interrupted or terminated loses no notify to the others", () => {
  for (let round = 0; round < 10; round++) {
    const condition = new Condition();
    const threads = Array.from({ length: 3 }, (_, index) => {
      const thread = spawn(() => {
        try {
          return condition.with(() => condition.wait());
        } catch (error) {
          return (error as Error).name;
        }
      });
      untilWaiting(condition, index + 1);
      return thread;
    });
    condition.with(() => {
      if (round % 2 === 0) threads[0]?.interrupt();
      else threads[0]?.terminate();
      condition.notify(2);
      // Dead before it could take the lock: with it, it would be abandoned.
      if (round % 2 === 1) assert.equal(threads[0]?.join(PATIENCE_MS), true);
    });
    // The oldest may have taken its notify, or have passed it on; one of the others has had one in either case.
    const [first, second, third] = threads;
    assert.equal(resultOf(second!), true);
    condition.with(() => condition.notifyAll());
    assert.equal(resultOf(third!), true);
    assert.equal(first?.join(PATIENCE_MS), true);
    assert.equal(condition.statistics().waiting, 0);
    assert.equal(condition.locked(), false);
  }
});

test("Condition: who waits when the holder of its lock dies gets AbandonedLockError from its wait", () => {
  const condition = new Condition(new Lock({ name: "db" }));
  const waiter = spawn(() => {
    try {
      return condition.with(() => String(condition.wait()));
    } catch (error) {
      return (error as Error).name;
    }
  });
  untilWaiting(condition, 1);
  const holder = spawn(() => {
    condition.acquire();
    condition.notifyAll();
    for (;;) sleep(1);
  });
  untilWaiting(condition, 0);
  untilState(holder, "blocked");
  holder.terminate();
  assert.equal(resultOf(waiter), "AbandonedLockError");
  assert.equal(holder.join(PATIENCE_MS), true);
});

test("Condition: a hundred turns of two threads, and of four with a thundering herd", () => {
  for (const count of [2, 4]) {
    const condition = new Condition(new Lock());
    const turn = new AtomicInt();
    const threads = crew(count, (index) => {
      for (let i = 0; i < 100; i++) {
        condition.acquire();
        condition.waitFor(() => turn.load() % count === index);
        turn.increment();
        condition.notifyAll();
        condition.release();
      }
    });
    results(threads);
    assert.equal(turn.load(), 100 * count);
  }
});

test("Condition: the text form names the lock and counts who waits; bad arguments are refused", () => {
  const condition = new Condition(new Lock({ name: "db" }), { name: "filled" });
  assert.equal(String(condition), "<Condition 'filled' over <Lock 'db' unlocked>, 0 waiting>");
  assert.deepEqual(condition.statistics(), { name: "filled", waiting: 0, locked: false });
  for (const lock of [1, {}, "db", null]) {
    assert.throws(() => new Condition(lock as never), {
      name: "TypeError",
      message: /^Cannot create Condition/,
    });
  }
  assert.throws(() => new Condition(undefined, { lock: 1 } as never), { name: "TypeError" });
});
