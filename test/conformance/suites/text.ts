// What a lock-like class shows of itself: name, text form, statistics.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { spawn } from "../../../src/api/index.ts";
import { resultOf, untilWaiting } from "../../support/threads.ts";
import type { LockFactory } from "./lock-like.ts";

/** Registers the suite for one class. */
export function text({ kind, make }: LockFactory): void {
  test(`LK03 ${kind}: the text form of a free one says "unlocked"`, () => {
    assert.match(String(make()), /^<[A-Z]\w+ unlocked/);
    assert.match(String(make({ name: "db" })), /^<[A-Z]\w+ 'db' unlocked/);
    assert.match(inspect(make({ name: "db" })), /^<[A-Z]\w+ 'db' unlocked/);
    assert.match(inspect({ lock: make() }), /lock: <[A-Z]\w+ unlocked/);
  });

  test(`LK04 ${kind}: the text form of a held one names the holder and counts who waits`, () => {
    const lock = make({ name: "db" });
    lock.acquire();
    assert.match(String(lock), /^<[A-Z]\w+ 'db' held by MainThread(, depth 1)?, 0 waiting/);
    const waiter = spawn(() => {
      lock.acquire();
      const seen = String(lock);
      lock.release();
      return seen;
    });
    untilWaiting(lock, 1);
    assert.match(inspect(lock), /^<[A-Z]\w+ 'db' held by MainThread(, depth 1)?, 1 waiting/);
    lock.release();
    const seen = resultOf(waiter);
    assert.ok(seen.replace(", depth 1", "").includes(`held by ${waiter.name}, 0 waiting`), seen);
    assert.match(String(lock), /'db' unlocked/);
  });

  test(`${kind}.statistics() is a frozen snapshot; name is as given, also in a thread`, () => {
    const lock = make({ name: "db" });
    const before = lock.statistics();
    assert.equal(Object.isFrozen(before), true);
    assert.equal(before.name, "db");
    assert.equal(before.waiting, 0);
    assert.equal(make().name, undefined);
    assert.equal(resultOf(spawn(() => lock.name)), "db");
    const odd = make({ name: "Ünïcode 'n \u{1f9f6} \n quotes" });
    assert.equal(odd.name, "Ünïcode 'n \u{1f9f6} \n quotes");
    assert.ok(String(odd).includes("\u{1f9f6}"));
  });

  test(`${kind}: captured, passed and returned it is the same object`, () => {
    const lock = make();
    const echoed = spawn((given: typeof lock) => [given === lock, given] as const, lock);
    const [same, back] = resultOf(echoed);
    assert.equal(same, true);
    assert.equal(back, lock);
  });
}
