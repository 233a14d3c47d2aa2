// An RWLock whose readers, writer or waiters die or are interrupted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AtomicInt, RWLock, setExcepthook, sleep, spawn } from "../../src/api/index.ts";
import { PATIENCE_MS, resultOf, results, untilState, untilWaiting } from "../support/threads.ts";

for (const [how, die] of [
  [
    "an error",
    () => {
      throw new Error("out of yarn");
    },
  ],
  ["process.exit() in it", () => process.exit(3)],
  ["a body that returns and keeps it", () => {}],
] as const) {
  test(`RWLock: a reader that dies of ${how} gives its holds back`, () => {
    setExcepthook(() => {});
    const rw = new RWLock();
    rw.read.acquire();
    const dead = spawn(() => {
      rw.read.acquire();
      rw.read.acquire();
      die();
    });
    assert.equal(dead.join(PATIENCE_MS), true);
    assert.deepEqual(rw.statistics(), {
      name: undefined,
      writer: undefined,
      readers: 1,
      waiting: 0,
      abandoned: false,
    });
    rw.read.release();
    assert.equal(rw.write.acquire(PATIENCE_MS), true);
    rw.write.release();
    setExcepthook(null);
  });
}

test("RWLock: a reader that is terminated lets the writer in; a waiting one leaves the line", () => {
  const rw = new RWLock();
  const reading = new AtomicInt();
  const reader = spawn(() => {
    rw.read.acquire();
    reading.store(1);
    for (;;);
  });
  while (reading.load() === 0) sleep(1);
  const writer = spawn(() => rw.write.with(() => "written"));
  untilWaiting(rw, 1);
  const doomed = spawn(() => rw.read.acquire());
  untilWaiting(rw, 2);
  const last = spawn(() => rw.read.with(() => "read"));
  untilWaiting(rw, 3);
  doomed.terminate();
  untilState(doomed, "terminated");
  reader.terminate();
  assert.deepEqual(results([writer, last]), ["written", "read"]);
  assert.deepEqual([rw.statistics().readers, rw.statistics().waiting], [0, 0]);
});

test("RWLock: interrupt() ends a wait to read or to write; those behind it are served", () => {
  const rw = new RWLock();
  for (const side of ["read", "write"] as const) {
    rw.write.acquire();
    const waiter = spawn(() => {
      try {
        rw[side].acquire();
        return "acquired";
      } catch (error) {
        return (error as Error).name;
      } finally {
        if (rw.statistics().writer !== undefined) rw.read.tryAcquire(); // still whole: it says no
      }
    });
    untilWaiting(rw, 1);
    const behind = spawn(() => rw.read.with(() => "served"));
    untilWaiting(rw, 2);
    waiter.interrupt();
    assert.equal(resultOf(waiter), "InterruptedError");
    untilWaiting(rw, 1);
    rw.write.release();
    assert.equal(resultOf(behind), "served");
    assert.equal(rw.statistics().waiting, 0);
  }
});

test("RWLock.read: abandoned by its writer, readers are told as well, blocked or awaiting", async () => {
  const rw = new RWLock({ name: "cache" });
  const held = new AtomicInt();
  const writer = spawn(() => {
    rw.write.acquire();
    held.store(1);
    for (;;);
  });
  while (held.load() === 0) sleep(1);
  const reader = spawn(() => {
    try {
      return rw.read.acquire();
    } catch (error) {
      return (error as Error).message;
    }
  });
  const told = assert.rejects(rw.read.acquireAsync(), { name: "AbandonedLockError" });
  untilWaiting(rw, 2);
  writer.terminate();
  await told;
  assert.equal(
    resultOf(reader),
    `Cannot acquire RWLock 'cache': it was abandoned by ${writer.name}, which died while writing; call recover() to repair what it guards`,
  );
  assert.equal(String(rw.read), `<RWLock 'cache' abandoned by ${writer.name}, read side>`);
  assert.equal(rw.recover(), true);
  rw.write.release();
  assert.equal(
    rw.read.with(() => "whole"),
    "whole",
  );
});
