// What the suites of test/conformance do not see of a Lock: its record, its counts, its memory.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { afterEach, describe, it } from "node:test";
import { AbandonedLockError, Event, Lock, NotOwnerError, setExcepthook, spawn } from "../api/index.ts";
import { field, LOCK } from "../core/layout.ts";
import { self } from "../core/self.ts";
import { type Addr, load } from "../core/word.ts";
import { addressOf } from "../value/handle.ts";
import { PATIENCE_MS, resultOf, untilWaiting } from "../../test/support/threads.ts";
import { until } from "../../test/support/until.ts";

function wordOf(lock: Lock): number {
  return load(field(addressOf(lock) as Addr, LOCK.WORD));
}

describe("Lock, inside", () => {
  afterEach(() => assert.equal(self.held, 0, "the thread thinks that it holds a lock"));

  it("its word is 0 when it is free, and the holder's ident otherwise", () => {
    const lock = new Lock();
    assert.equal(wordOf(lock), 0);
    lock.acquire();
    assert.equal(wordOf(lock), self.ident << 3);
    lock.release();
    assert.equal(wordOf(lock), 0);
  });

  it("every form of acquire counts what the thread holds, every release counts it back", async () => {
    const lock = new Lock();
    const forms: (() => unknown)[] = [
      () => lock.acquire(),
      () => lock.acquire(true),
      () => lock.acquire(5),
      () => lock.tryAcquire(),
      () => lock.acquireAsync(),
      () => lock.acquireAsync(5),
    ];
    for (const acquire of forms) {
      assert.equal(await acquire(), true);
      assert.equal(self.held, 1);
      lock.release();
      assert.equal(self.held, 0);
    }
  });

  it("acquireAsync() that had to wait counts, too", async () => {
    const lock = new Lock();
    const go = new Event();
    const holder = spawn(() => {
      lock.acquire();
      go.wait();
      lock.release();
    });
    await until(() => lock.locked(), { what: "the holder" });
    const pending = lock.acquireAsync();
    untilWaiting(lock, 1);
    go.set();
    assert.equal(await pending, true);
    assert.equal(self.held, 1);
    lock.release();
    resultOf(holder);
  });

  it("an acquire that fails counts nothing", async () => {
    const lock = new Lock();
    const go = new Event();
    const holder = spawn(() => lock.with(() => go.wait()));
    await until(() => lock.locked(), { what: "the holder" });
    assert.equal(lock.tryAcquire(), false);
    assert.equal(lock.acquire(1), false);
    assert.equal(await lock.acquireAsync(1), false);
    await assert.rejects(lock.acquireAsync({ signal: AbortSignal.timeout(1) }), { name: "TimeoutError" });
    assert.throws(() => lock.release(), NotOwnerError);
    assert.equal(self.held, 0);
    go.set();
    resultOf(holder);
    assert.equal(wordOf(lock), 0);
  });

  it("a lock without owner check is not counted: any thread may release it", () => {
    const lock = new Lock({ ownerChecked: false });
    lock.acquire();
    assert.equal(self.held, 0);
    resultOf(spawn(() => lock.release()));
    assert.equal(lock.locked(), false);
  });

  it("a lock without owner check stays held when its holder ends", () => {
    const lock = new Lock({ ownerChecked: false });
    resultOf(spawn(() => void lock.acquire()));
    assert.deepEqual([lock.locked(), lock.statistics().abandoned], [true, false]);
    lock.release();
    assert.equal(lock.locked(), false);
  });

  it("a thread that returns while it holds a lock abandons it, also one that it acquired without reading the promise", async () => {
    setExcepthook(() => {});
    for (const body of [(lock: Lock) => void lock.acquire(), (lock: Lock) => void lock.acquireAsync()]) {
      const lock = new Lock({ name: "loom" });
      assert.ok(spawn(body, lock).join(PATIENCE_MS));
      assert.equal(lock.statistics().abandoned, true);
      assert.throws(() => lock.acquire(), AbandonedLockError);
      assert.equal(lock.recover(), true);
      assert.equal(self.held, 1);
      lock.release();
    }
    setExcepthook(null);
  });

  it("a lock may be abandoned again and again, and names the last of the dead", () => {
    const lock = new Lock();
    for (let i = 0; i < 5; i++) {
      const thread = spawn(() => void lock.acquire());
      assert.ok(thread.join(PATIENCE_MS));
      assert.match(String(lock), new RegExp(`abandoned by ${thread.name}>$`));
      assert.equal(lock.recover(), true);
      lock.release();
    }
  });

  it("shows its state", () => {
    const lock = new Lock({ name: "db" });
    assert.equal(String(lock), "<Lock 'db' unlocked>");
    lock.with(() => {
      assert.equal(String(lock), "<Lock 'db' held by MainThread, 0 waiting>");
      assert.equal(inspect(lock), String(lock));
    });
    assert.equal(String(new Lock()), "<Lock unlocked>");
  });
});
