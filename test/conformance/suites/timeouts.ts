// Deadlines: the suite that every lock-like class passes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AtomicInt, sleep, spawn, TIMEOUT_MAX } from "../../../src/api/index.ts";
import { crew, resultOf, results, untilWaiting, untilWaitingAsync } from "../../support/threads.ts";
import { badTimeouts } from "./bad-timeouts.ts";
import type { LockFactory, LockLike } from "./lock-like.ts";

/**
 * As upstream: a timed wait may be a little early by its clock. How late it is says how
 * busy the machine is, so the upper bound only tells a timeout from a wait without end.
 */
export function assertTook(ms: number, askedMs: number): void {
  assert.ok(ms >= askedMs * 0.6 && ms < askedMs * 10 + 10_000, `took ${ms} ms, asked for ${askedMs}`);
}

function blocking({ kind, make }: LockFactory): void {
  test(`LK12 ${kind}.acquire(): a bad timeout is refused before anything happens, free or held`, () => {
    const lock = make();
    const held = make();
    held.acquire();
    for (const { value, error } of badTimeouts) {
      const bad = value as number;
      assert.throws(() => lock.acquire(bad), error);
      assert.throws(() => lock.acquire(true, bad), error);
      assert.throws(() => lock.acquire({ timeoutMs: bad }), error);
      assert.throws(() => held.acquire(bad), error);
    }
    assert.equal(lock.locked(), false);
    assert.equal(held.statistics().waiting, 0);
    held.release();
  });

  test(`LK12 ${kind}.acquire(false, …) takes no timeout`, () => {
    const lock = make();
    for (const timeout of [0, 1, Infinity]) assert.throws(() => lock.acquire(false, timeout), RangeError);
    assert.throws(() => lock.acquire({ blocking: false, timeoutMs: 1 }), RangeError);
    assert.equal(lock.locked(), false);
  });

  test(`LK12 ${kind}.acquire(): TIMEOUT_MAX and Infinity are good timeouts; a free lock is had at once`, () => {
    const lock = make();
    for (const timeout of [TIMEOUT_MAX, Infinity, 5000]) {
      const startedAt = performance.now();
      assert.equal(lock.acquire(timeout), true);
      assert.ok(performance.now() - startedAt < 2000);
      lock.release();
    }
  });

  test(`LK12 ${kind}.acquire(TIMEOUT_MAX) on a held lock waits until it is free`, () => {
    const lock = make();
    lock.acquire();
    const thread = spawn(() => [lock.acquire(TIMEOUT_MAX), lock.release()][0]);
    untilWaiting(lock, 1);
    lock.release();
    assert.equal(resultOf(thread), true);
  });

  test(`LK12 ${kind}.acquire(200) on a held lock returns false after about 200 ms, in each form`, () => {
    const lock = make();
    lock.acquire();
    const threads = crew(3, (form) => {
      const startedAt = performance.now();
      const got =
        form === 0
          ? lock.acquire(200)
          : form === 1
            ? lock.acquire(true, 200)
            : lock.acquire({ timeoutMs: 200 });
      return { got, ms: performance.now() - startedAt };
    });
    for (const { got, ms } of results(threads)) {
      assert.equal(got, false);
      assertTook(ms, 200);
    }
    lock.release();
  });

  test(`LK17 ${kind}: after a failed timed acquire() one release leaves it free`, () => {
    const lock = make();
    lock.acquire();
    assert.equal(resultOf(spawn(() => lock.acquire(10))), false);
    assert.equal(lock.statistics().waiting, 0);
    lock.release();
    assert.equal(lock.locked(), false);
    assert.equal(lock.acquire(false), true);
    lock.release();
  });

  test(`${kind}: of waiters with and without a timeout, those that stay get it after the others gave up`, () => {
    const lock = make();
    lock.acquire();
    const threads = crew(6, (index) => {
      const got = index % 2 === 0 ? lock.acquire(20) : lock.acquire();
      if (got) lock.release();
      return got;
    });
    untilWaiting(lock, 3);
    while (threads.some((thread, index) => index % 2 === 0 && thread.isAlive())) sleep(1);
    lock.release();
    assert.deepEqual(results(threads), [false, true, false, true, false, true]);
    assert.equal(lock.locked(), false);
  });
}

function asynchronous({ kind, make }: LockFactory): void {
  test(`${kind}.acquireAsync(): refuses bad timeouts`, async () => {
    const lock = make();
    for (const { value, error } of badTimeouts) {
      await assert.rejects(async () => lock.acquireAsync(value as number), error);
      await assert.rejects(async () => lock.acquireAsync({ timeoutMs: value as number }), error);
    }
    assert.equal(lock.locked(), false);
  });

  test(`${kind}.acquireAsync(): resolves to false when the deadline passes, and leaves the line`, async () => {
    const lock = make();
    const release = heldElsewhere(lock);
    const startedAt = performance.now();
    assert.equal(await lock.acquireAsync(0), false);
    assert.equal(await lock.acquireAsync(50), false);
    assert.equal(await lock.acquireAsync({ timeoutMs: 50 }), false);
    assertTook(performance.now() - startedAt, 100);
    assert.equal(lock.statistics().waiting, 0);
    release();
    assert.equal(await lock.acquireAsync(5000), true);
    lock.release();
  });

  test(`${kind}.acquireAsync(): an aborted wait throws signal.reason and holds nothing`, async () => {
    const lock = make();
    const release = heldElsewhere(lock);
    const reason = new Error("no longer wanted");
    await assert.rejects(lock.acquireAsync({ signal: AbortSignal.abort(reason) }), (e) => e === reason);
    const controller = new AbortController();
    const pending = lock.acquireAsync({ signal: controller.signal });
    await untilWaitingAsync(lock, 1);
    controller.abort(reason);
    await assert.rejects(pending, (error) => error === reason);
    assert.equal(lock.statistics().waiting, 0);
    release();
    assert.equal(lock.acquire(5000), true);
    controller.abort();
    lock.release();
  });

  test(`${kind}.holdAsync(): throws TimeoutError when the deadline passes`, async () => {
    const lock = make();
    const release = heldElsewhere(lock);
    await assert.rejects(lock.holdAsync(10), { name: "TimeoutError", code: "ERR_HEDDLE_TIMEOUT" });
    release();
    await (await lock.holdAsync(5000))[Symbol.asyncDispose]();
    assert.equal(lock.locked(), false);
  });
}

/** Holds the lock in a thread, so that an Async call of this one has to wait; returns what ends that. */
function heldElsewhere(lock: LockLike): () => void {
  const step = new AtomicInt();
  const thread = spawn(() => {
    lock.acquire();
    step.store(1);
    while (step.load() === 1) sleep(1);
    lock.release();
  });
  while (step.load() === 0) sleep(1);
  return () => {
    step.store(2);
    resultOf(thread);
  };
}

/** Registers the suite for one class. */
export function timeouts(factory: LockFactory): void {
  blocking(factory);
  asynchronous(factory);
}
