import assert from "node:assert/strict";
import { test } from "node:test";
import { RLock, spawn } from "../../src/api/index.ts";
import { PATIENCE_MS, resultOf, untilWaiting } from "../support/threads.ts";
import { death } from "./suites/death.ts";
import { exclusion } from "./suites/exclusion.ts";
import { ownership } from "./suites/ownership.ts";
import { text } from "./suites/text.ts";
import { timeouts } from "./suites/timeouts.ts";

const rlock = {
  kind: "RLock",
  make: (options?: { name?: string; onAbandon?: "throw" | "acquire" }): RLock => new RLock(options),
  owned: true,
  reentrant: true,
} as const;

exclusion(rlock);
timeouts(rlock);
ownership(rlock);
text(rlock);
death(rlock);

/** Can another thread take it now? */
function freeForOthers(lock: RLock): boolean {
  return resultOf(spawn(() => lock.tryAcquire() && (lock.release(), true)));
}

test("LK19 RLock: the text form shows holder and depth, the same in every thread", () => {
  const lock = new RLock({ name: "db" });
  const everywhere = (): string => {
    const here = String(lock);
    assert.equal(resultOf(spawn(() => String(lock))), here);
    return here;
  };
  assert.equal(everywhere(), "<RLock 'db' unlocked>");
  lock.acquire();
  assert.equal(everywhere(), "<RLock 'db' held by MainThread, depth 1, 0 waiting>");
  lock.acquire();
  assert.equal(everywhere(), "<RLock 'db' held by MainThread, depth 2, 0 waiting>");
  lock.release();
  lock.release();
  assert.equal(everywhere(), "<RLock 'db' unlocked>");
});

test("LK20 RLock: nested acquire and release in any order; others get it after the last release", () => {
  const lock = new RLock();
  const steps = [1, 1, -1, 1, 1, -1, -1, -1, 1, -1];
  let depth = 0;
  for (const step of steps) {
    if (step > 0) assert.equal(lock.acquire(), true);
    else lock.release();
    depth += step;
    assert.equal(lock.statistics().depth, depth);
    assert.equal(freeForOthers(lock), depth === 0);
  }
});

test("LK20 RLock: the holder takes it again at once in each form, whatever the timeout", async () => {
  const lock = new RLock();
  lock.acquire();
  for (const again of [
    () => lock.acquire(),
    () => lock.tryAcquire(),
    () => lock.acquire(false),
    () => lock.acquire(0),
    () => lock.acquire(true, 10),
    () => lock.acquire({ blocking: false }),
    () => lock.acquire({ timeoutMs: 10 }),
  ]) {
    assert.equal(again(), true);
  }
  assert.equal(await lock.acquireAsync(), true);
  assert.equal(await lock.acquireAsync(0), true);
  assert.equal(lock.statistics().depth, 10);
  for (let i = 0; i < 10; i++) lock.release();
  assert.equal(lock.locked(), false);
});

test("LK21 RLock.release() of one never acquired, or fully released, throws NotOwnerError", () => {
  const lock = new RLock();
  const refused = { name: "NotOwnerError", message: /^Cannot release RLock: it is not locked$/ };
  assert.throws(() => lock.release(), refused);
  lock.acquire();
  lock.acquire();
  lock.release();
  lock.release();
  assert.throws(() => lock.release(), refused);
  assert.equal(lock.statistics().depth, 0);
});

test("LK22 RLock.locked() is true until the outermost release", () => {
  const lock = new RLock();
  assert.equal(lock.locked(), false);
  lock.with(() => {
    lock.with(() => assert.equal(lock.locked(), true));
    assert.equal(lock.locked(), true);
  });
  assert.equal(lock.locked(), false);
});

test("LK23 RLock: acquired twice by a thread that ends, it is abandoned, not free; recover() takes it at depth 1", () => {
  const lock = new RLock();
  const dead = spawn(() => lock.acquire() && lock.acquire());
  assert.equal(dead.join(PATIENCE_MS), true);
  assert.equal(lock.statistics().abandoned, true);
  assert.throws(() => lock.acquire(), { name: "AbandonedLockError" });
  assert.equal(lock.recover(), true);
  assert.equal(lock.statistics().depth, 1);
  lock.release();
  assert.equal(freeForOthers(lock), true);
});

test("LK25 LK27 RLock.statistics() gives holder and depth to every thread", () => {
  const lock = new RLock();
  const seen = (): readonly (number | undefined)[] => {
    const { owner, depth } = lock.statistics();
    return [owner, depth];
  };
  assert.deepEqual(seen(), [undefined, 0]);
  const thread = spawn(() => {
    lock.acquire();
    const once = seen();
    lock.acquire();
    lock.acquire();
    const thrice = seen();
    lock.release();
    const twice = seen();
    lock.release();
    lock.release();
    return [once, thrice, twice, seen()];
  });
  const { ident } = thread;
  assert.deepEqual(resultOf(thread), [
    [ident, 1],
    [ident, 3],
    [ident, 2],
    [undefined, 0],
  ]);
});

test("LK26 RLock.release() by another thread, at any depth, throws NotOwnerError and changes nothing", () => {
  const lock = new RLock();
  lock.acquire();
  lock.acquire();
  const name = resultOf(
    spawn(() => {
      try {
        lock.release();
        return "released";
      } catch (error) {
        return (error as Error).name;
      }
    }),
  );
  assert.equal(name, "NotOwnerError");
  assert.equal(lock.statistics().depth, 2);
  lock.release();
  lock.release();
});

test("TH87 RLock: the constructor refuses whatever is no options object", () => {
  for (const argument of [1, "db", true, null]) {
    assert.throws(() => new RLock(argument as never), {
      name: "TypeError",
      message: /^Cannot create RLock: /,
    });
  }
  assert.throws(() => new RLock({ ownerChecked: false } as never), { name: "TypeError" });
});

test("RLock: a waiter that gets it after a deep release has depth 1", () => {
  const lock = new RLock();
  lock.acquire();
  lock.acquire();
  const waiter = spawn(() => lock.with(() => lock.statistics().depth));
  untilWaiting(lock, 1);
  lock.release();
  assert.equal(lock.statistics().waiting, 1);
  lock.release();
  assert.equal(resultOf(waiter), 1);
});
