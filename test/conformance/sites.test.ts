// Where locks were taken and where threads wait, as deadlock reports and dumps tell it.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DeadlockError,
  dumpThreads,
  Event,
  Lock,
  RLock,
  RWLock,
  spawn,
  traceLocks,
} from "../../src/api/index.ts";
import { resultOf, untilWaiting } from "../support/threads.ts";

/** `sites.test.ts:12:5` or its compiled form. */
const HERE = String.raw`sites\.test\.[jt]s:\d+:\d+`;

/** The part of the dump that belongs to one thread. */
function partOf(name: string): string {
  const parts = dumpThreads().split(/^(?=\S)/m);
  const part = parts.find((each) => each.startsWith(name));
  assert.ok(part !== undefined, parts.join(""));
  return part;
}

test("DeadlockError tells where each lock was acquired and where each thread waits", () => {
  const [mine, other] = [new Lock({ name: "mine" }), new RLock({ name: "other" })];
  function takeMine(): void {
    mine.acquire();
  }
  takeMine();
  const thread = spawn(function both(): boolean {
    return other.with(() => mine.with(() => true));
  });
  untilWaiting(mine, 1);
  assert.throws(
    () => other.acquire(),
    (error: Error) => {
      assert.ok(error instanceof DeadlockError);
      const [, main, there] = error.message.split("\n");
      const at = (what: string): RegExp => new RegExp(`${what} .*${HERE}`);
      assert.match(String(main), at("holds Lock 'mine', acquired at takeMine"));
      assert.match(String(main), at("waits for RLock 'other' held by .* at"));
      assert.match(String(there), at("holds RLock 'other', acquired at both"));
      assert.match(String(there), at("waits for Lock 'mine' held by MainThread at"));
      return true;
    },
  );
  mine.release();
  assert.equal(resultOf(thread), true);
});

test("dumpThreads() tells the stack of a blocked thread and where it took what it holds", () => {
  const [lock, go] = [new Lock({ name: "held" }), new Event({ name: "go" })];
  const thread = spawn(function waits(): boolean {
    return lock.with(function inside() {
      return go.wait();
    });
  });
  untilWaiting(go, 1);
  for (let round = 0; round < 20; round++) {
    const part = partOf(thread.name);
    assert.match(part, /waits for Event 'go', since/);
    assert.match(part, new RegExp(`holds Lock 'held', acquired at .*${HERE}`));
    assert.match(part, new RegExp(`^    at inside .*${HERE}\\)\n    at waits .*${HERE}`, "m"));
  }
  assert.equal(go.statistics().waiting, 1, "it waits on");
  go.set();
  assert.equal(resultOf(thread), true);
});

test("dumpThreads() tells where an RWLock was taken to write", () => {
  const rw = new RWLock({ name: "cache" });
  rw.write.with(() => {
    assert.match(partOf("MainThread"), new RegExp(`holds RWLock 'cache', acquired at .*${HERE}`));
  });
});

test("several threads may dump at once", () => {
  const go = new Event();
  const sleeper = spawn(() => go.wait());
  untilWaiting(go, 1);
  const dumps = [1, 2, 3].map(() => spawn(() => Array.from({ length: 30 }, () => dumpThreads()).pop()));
  for (const dump of dumps) assert.match(String(resultOf(dump)), new RegExp(`^${sleeper.name}`, "m"));
  go.set();
  assert.equal(resultOf(sleeper), true);
});

test("after a long run of acquisitions the dump says that the place is the last one seen", () => {
  const lock = new Lock({ name: "busy" });
  for (let i = 0; i < 5000; i++) lock.with(() => {});
  lock.acquire();
  assert.match(partOf("MainThread"), /holds Lock 'busy', last seen acquired at /);
  lock.release();
  new Event().wait(1); // a sleep renews the allowance
  lock.acquire();
  assert.match(partOf("MainThread"), new RegExp(`holds Lock 'busy', acquired at .*${HERE}`));
  lock.release();
});

test("traceLocks(true) records every acquisition with its whole stack", () => {
  traceLocks(true);
  try {
    const lock = new Lock({ name: "traced" });
    for (let i = 0; i < 5000; i++) lock.with(() => {});
    function outer(): void {
      (function inner() {
        lock.acquire();
      })();
    }
    outer();
    assert.match(
      partOf("MainThread"),
      new RegExp(`holds Lock 'traced', acquired at inner .*${HERE}\\)\n        at outer .*${HERE}`),
    );
    lock.release();
  } finally {
    traceLocks(false);
  }
});

test("traceLocks() refuses what is no boolean", () => {
  assert.throws(() => traceLocks(1 as unknown as boolean), {
    name: "TypeError",
    message: "Cannot trace locks: on must be a boolean, got number",
  });
});
