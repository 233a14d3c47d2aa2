import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AtomicInt, RWLock, type RWView, sharedArray, sleep, spawn } from "../../src/api/index.ts";
import { crew, PATIENCE_MS, resultOf, results, untilWaiting, untilWaitingAsync } from "../support/threads.ts";
import { badTimeouts } from "./suites/bad-timeouts.ts";
import { death } from "./suites/death.ts";
import { exclusion } from "./suites/exclusion.ts";
import { ownership } from "./suites/ownership.ts";
import { text } from "./suites/text.ts";
import { assertTook, timeouts } from "./suites/timeouts.ts";

describe("RWLock.write, as any lock", () => {
  const write = {
    kind: "RWLock.write",
    make: (options?: { name?: string; onAbandon?: "throw" | "acquire" }): RWView => new RWLock(options).write,
    owned: true,
    reentrant: false,
  } as const;
  exclusion(write);
  timeouts(write);
  ownership(write);
  text(write);
  death(write);
});

/** Every form that does not wait. */
function attempts(lock: RWView): boolean[] {
  return [
    lock.tryAcquire(),
    lock.acquire(false),
    lock.acquire({ blocking: false }),
    lock.acquire(0),
    lock.acquire(true, 0),
    lock.acquire({ timeoutMs: 0 }),
  ];
}
const six = (value: boolean): boolean[] => Array.from({ length: 6 }, () => value);

/** Writes in a thread until it is told to stop. */
function writerOf(rw: RWLock): () => void {
  const step = new AtomicInt();
  const thread = spawn(() => {
    rw.write.acquire();
    step.store(1);
    while (step.load() === 1) sleep(1);
    rw.write.release();
  });
  while (step.load() === 0) sleep(1);
  return () => {
    step.store(2);
    resultOf(thread);
  };
}

test("LK01 LK06 LK07 RWLock.read: taken by each form at once, also while others read", () => {
  const rw = new RWLock();
  assert.equal(rw.read.locked(), false);
  assert.deepEqual(attempts(rw.read), six(true));
  assert.equal(rw.statistics().readers, 6);
  assert.deepEqual(
    resultOf(spawn(() => [attempts(rw.read), six(true).map(() => rw.read.release())][0])),
    six(true),
  );
  assert.equal(rw.statistics().readers, 6);
  for (let i = 0; i < 6; i++) rw.read.release();
  assert.equal(rw.read.locked(), false);
});

test("LK08 RWLock: while one writes nobody reads; while one reads nobody writes", () => {
  const rw = new RWLock();
  rw.write.acquire();
  assert.deepEqual(resultOf(spawn(() => attempts(rw.read))), six(false));
  assert.deepEqual(attempts(rw.read), six(false), "nor the writer itself");
  rw.write.release();
  rw.read.acquire();
  assert.deepEqual(resultOf(spawn(() => attempts(rw.write))), six(false));
  assert.deepEqual(attempts(rw.write), six(false), "nor the reader itself");
  rw.read.release();
  assert.equal(rw.statistics().waiting, 0);
});

test("LK09 RWLock.read: one release of the writer lets 5 readers in, all at the same time", () => {
  const rw = new RWLock();
  const inside = new AtomicInt();
  rw.write.acquire();
  const readers = crew(5, () => {
    rw.read.acquire();
    inside.increment();
    while (inside.load() < 5) sleep(1); // only all five together get on
    rw.read.release();
  });
  untilWaiting(rw, 5);
  assert.equal(inside.load(), 0);
  rw.write.release();
  results(readers);
  assert.deepEqual([rw.statistics().readers, rw.statistics().waiting], [0, 0]);
});

test("LK10 RWLock.read: each scope releases at its end, also when the body throws", async () => {
  const rw = new RWLock();
  const oops = new Error("oops");
  const fail = (): never => {
    throw oops;
  };
  assert.equal(
    rw.read.with(() => rw.read.locked()),
    true,
  );
  assert.throws(() => rw.read.with(fail), oops);
  assert.throws(() => {
    using _ = rw.read.hold();
    fail();
  }, oops);
  await assert.rejects(rw.read.withAsync(fail), oops);
  const scope = async (): Promise<boolean> => {
    await using _ = await rw.read.holdAsync();
    return rw.read.locked();
  };
  assert.equal(await scope(), true);
  assert.equal(rw.read.locked(), false);
});

test("LK12 LK17 RWLock.read: timeouts are checked first, and pass while one writes; nothing is left behind", async () => {
  const rw = new RWLock();
  for (const { value, error } of badTimeouts) {
    const bad = value as number;
    assert.throws(() => rw.read.acquire(bad), error);
    assert.throws(() => rw.read.acquire(true, bad), error);
    assert.throws(() => rw.read.acquire({ timeoutMs: bad }), error);
    await assert.rejects(async () => rw.read.acquireAsync(bad), error);
  }
  assert.throws(() => rw.read.acquire(false, 1), RangeError);
  assert.equal(rw.read.locked(), false);
  const stop = writerOf(rw);
  const startedAt = performance.now();
  assert.equal(rw.read.acquire(100), false);
  assert.equal(await rw.read.acquireAsync(100), false);
  assertTook(performance.now() - startedAt, 200);
  const reason = new Error("no longer wanted");
  const control = new AbortController();
  const pending = rw.read.acquireAsync({ signal: control.signal });
  await untilWaitingAsync(rw, 1);
  control.abort(reason);
  await assert.rejects(pending, (error) => error === reason);
  assert.equal(rw.statistics().waiting, 0);
  stop();
  assert.equal(rw.read.acquire(PATIENCE_MS), true);
  rw.read.release();
  assert.equal(rw.write.tryAcquire(), true);
  rw.write.release();
});

test("TH70 LK26 RWLock.read.release() without a read hold of one's own throws NotOwnerError", () => {
  const rw = new RWLock({ name: "cache" });
  const free = { name: "NotOwnerError", message: /^Cannot release RWLock 'cache': it is not locked$/ };
  const foreign = {
    name: "NotOwnerError",
    message: /^Cannot release RWLock 'cache': the calling thread does not read$/,
  };
  assert.throws(() => rw.read.release(), free);
  rw.read.acquire();
  const refused = spawn(() => {
    try {
      rw.read.release();
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  });
  assert.match(resultOf(refused) ?? "", foreign.message);
  assert.equal(rw.statistics().readers, 1);
  assert.throws(() => rw.write.release(), free, "reading is not writing");
  rw.read.release();
  assert.throws(() => rw.read.release(), free);
});

test("RWLock: in the order in which they came, writers behind readers and readers behind writers", () => {
  const rw = new RWLock();
  const order = sharedArray(Int32Array, 6);
  const turn = new AtomicInt();
  rw.write.acquire();
  const threads = Array.from({ length: 6 }, (_, i) => {
    const thread = spawn(() => {
      const side = i % 3 === 2 ? rw.write : rw.read; // r r W r r W
      side.acquire();
      order[turn.add(1)] = i % 3 === 2 ? 2 : 1;
      side.release();
    });
    untilWaiting(rw, i + 1);
    return thread;
  });
  rw.write.release();
  results(threads);
  assert.deepEqual([...order], [1, 1, 2, 1, 1, 2]);
});

test("RWLock: a writer is not starved by readers that overlap, nor a reader by writers", () => {
  const rw = new RWLock();
  const stop = new AtomicInt();
  const turns = new AtomicInt();
  const greedy = crew(3, (index) => {
    for (let i = 0; stop.load() === 0; i++) {
      const side = index === 2 ? rw.write : rw.read;
      side.acquire();
      turns.increment();
      sleep(1);
      side.release();
    }
  });
  const modest = crew(2, (index) => {
    for (let i = 0; i < 5; i++) (index === 0 ? rw.write : rw.read).with(() => turns.load());
  });
  results(modest);
  stop.store(1);
  results(greedy);
  assert.ok(turns.load() > 0);
});

test("RWLock: a reader reads again at once, also behind a waiting writer; the last release lets it in", () => {
  const rw = new RWLock();
  rw.read.acquire();
  const writer = spawn(() => rw.write.with(() => rw.statistics().writer));
  untilWaiting(rw, 1);
  assert.equal(rw.read.acquire(), true);
  assert.equal(resultOf(spawn(() => rw.read.tryAcquire())), false, "another reader does not pass the writer");
  rw.read.release();
  assert.equal(rw.statistics().waiting, 1);
  rw.read.release();
  assert.equal(resultOf(writer), writer.ident);
});

test("LK15 RWLock: reading while one writes oneself, or writing while one reads, is a DeadlockError", () => {
  const rw = new RWLock({ name: "cache" });
  const text = /^Cannot acquire RWLock 'cache': MainThread holds it already/;
  rw.read.acquire();
  assert.throws(() => rw.write.acquire(), { name: "DeadlockError", message: text });
  assert.equal(rw.write.acquire(5), false);
  rw.read.release();
  rw.write.acquire();
  assert.throws(() => rw.read.acquire(), { name: "DeadlockError", message: text });
  assert.equal(rw.read.acquire(5), false);
  rw.write.release();
  assert.equal(rw.statistics().waiting, 0);
});

test("LK03 LK04 RWLock: the text forms of the lock and of its sides", () => {
  const rw = new RWLock({ name: "cache" });
  const texts = (): string[] => [rw, rw.read, rw.write].map(String);
  assert.deepEqual(texts(), [
    "<RWLock 'cache' 0 readers, 0 waiting>",
    "<RWLock 'cache' unlocked, read side>",
    "<RWLock 'cache' unlocked, write side>",
  ]);
  rw.read.with(() => {
    assert.deepEqual(texts(), [
      "<RWLock 'cache' 1 readers, 0 waiting>",
      "<RWLock 'cache' 1 readers, 0 waiting, read side>",
      "<RWLock 'cache' unlocked, write side>",
    ]);
  });
  rw.write.with(() => {
    assert.equal(texts()[0], "<RWLock 'cache' written by MainThread, 0 waiting>");
    assert.equal(texts()[2], "<RWLock 'cache' held by MainThread, 0 waiting, write side>");
  });
});

test("RWLock: the sides are the same objects in every thread that has the lock", () => {
  const rw = new RWLock();
  const { read } = rw;
  assert.equal(resultOf(spawn(() => rw.read)), read);
  assert.equal(resultOf(spawn(() => rw.read === read)), true);
});

test("RWLock: refused options, and no side without a lock", async () => {
  const { RWView: View } = await import("../../src/api/index.ts");
  assert.throws(() => new View(), { name: "TypeError", message: /^Cannot create RWView: / });
  assert.throws(() => new RWLock({ onAbandon: "never" } as never), { name: "TypeError" });
  assert.throws(() => new RWLock({ fair: true } as never), { name: "TypeError" });
});
