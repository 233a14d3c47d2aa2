// Who may release: only the holder where a class checks it, any thread where it does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AtomicInt, sleep, spawn } from "../../../src/api/index.ts";
import { resultOf, untilWaiting } from "../../support/threads.ts";
import type { LockFactory } from "./lock-like.ts";

/** The class and the code of a refused release. */
const notOwner = { name: "NotOwnerError", code: "ERR_HEDDLE_NOT_OWNER" } as const;

function always({ kind, make }: LockFactory): void {
  test(`TH70 ${kind}.release() while it is free throws NotOwnerError and changes nothing`, () => {
    const lock = make({ name: "db" });
    const text = /^Cannot release .*'db'.*: it is not locked$/;
    assert.throws(() => lock.release(), { ...notOwner, message: text });
    assert.equal(lock.locked(), false);
    lock.acquire();
    lock.release();
    assert.throws(() => lock.release(), { ...notOwner, message: text });
    assert.equal(lock.acquire(false), true);
    lock.release();
  });
}

function owned({ kind, make }: LockFactory): void {
  test(`LK16 ${kind}.release() by another thread throws NotOwnerError naming the holder; it stays held`, () => {
    const lock = make({ name: "db" });
    lock.acquire();
    const attempt = spawn(() => {
      try {
        lock.release();
        return undefined;
      } catch (error) {
        return error as Error;
      }
    });
    const error = resultOf(attempt);
    assert.equal(error?.name, "NotOwnerError");
    assert.match(error?.message ?? "", /^Cannot release .*'db'.*: it is held by MainThread$/);
    assert.equal(lock.locked(), true);
    assert.equal(resultOf(spawn(() => lock.tryAcquire())), false);
    lock.release();
    assert.equal(lock.locked(), false);
  });
}

/** What has no owner, or does not ask for it: also semaphores of one permit. */
export function ownerless({ kind, make }: LockFactory): void {
  test(`LK16 ${kind}: what one thread acquired another may release, and it is usable afterwards`, () => {
    const lock = make();
    lock.acquire();
    resultOf(spawn(() => lock.release()));
    assert.equal(lock.locked(), false);
    resultOf(spawn(() => void lock.acquire()));
    assert.equal(lock.locked(), true, "the thread that holds it has ended; it has no owner to mourn");
    lock.release();
    assert.equal(lock.acquire(false), true);
    lock.release();
  });

  test(`LK15 ${kind}.acquire() a second time by the same thread blocks until another thread releases`, () => {
    const lock = make();
    const twice = spawn(() => {
      lock.acquire();
      lock.acquire();
      lock.release();
      return true;
    });
    untilWaiting(lock, 1);
    lock.release();
    assert.equal(resultOf(twice), true);
    assert.equal(lock.locked(), false);
  });

  test(`TR17 a barrier made by hand of two ${kind}, released by those who did not acquire them`, () => {
    const count = 4;
    const inside = make();
    const entry = make();
    const arrived = new AtomicInt();
    const most = new AtomicInt();
    entry.acquire();
    const threads = Array.from({ length: count }, () =>
      spawn(() => {
        for (let round = 0; round < 5; round++) {
          inside.acquire();
          const here = arrived.increment();
          most.update((old) => Math.max(old, here));
          if (here === count) entry.release();
          else inside.release();
          entry.acquire();
          if (arrived.decrement() === 0) inside.release();
          else entry.release();
        }
      }),
    );
    for (const thread of threads) resultOf(thread);
    assert.equal(most.load(), count);
    assert.equal(arrived.load(), 0);
  });
}

function notReentrant({ kind, make }: LockFactory): void {
  test(`LK15 ${kind}.acquire() a second time by its holder is a DeadlockError, not a hang`, () => {
    const lock = make({ name: "db" });
    lock.acquire();
    const text = /^Cannot acquire .*'db'.*: MainThread holds it already/;
    assert.throws(() => lock.acquire(), {
      name: "DeadlockError",
      code: "ERR_HEDDLE_DEADLOCK",
      message: text,
    });
    assert.equal(lock.locked(), true);
    assert.equal(lock.statistics().waiting, 0);
    lock.release();
  });

  test(`LK15 ${kind}: with a timeout the second acquire() by its holder waits and returns false`, () => {
    const lock = make();
    lock.acquire();
    assert.equal(lock.acquire(20), false);
    assert.equal(lock.tryAcquire(), false);
    lock.release();
  });

  test(`LK15 ${kind}: a second acquireAsync() by the holding thread waits for its release()`, async () => {
    const lock = make();
    assert.equal(await lock.acquireAsync(), true);
    const second = lock.acquireAsync();
    assert.equal(lock.statistics().waiting, 1);
    sleep(2);
    lock.release();
    assert.equal(await second, true);
    lock.release();
    assert.equal(lock.locked(), false);
  });
}

/** Registers the suite for one class. */
export function ownership(factory: LockFactory): void {
  always(factory);
  if (factory.owned) owned(factory);
  else ownerless(factory);
  if (factory.owned && !factory.reentrant) notReentrant(factory);
}
