import assert from "node:assert/strict";
import { test } from "node:test";
import { AtomicInt, Barrier, sharedArray, spawn, type Thread } from "../../src/api/index.ts";
import { crew, PATIENCE_MS, resultOf, results, untilWaiting, untilWaitingAsync } from "../support/threads.ts";
import { badTimeouts } from "./suites/bad-timeouts.ts";
import { assertTook } from "./suites/timeouts.ts";

const N = 5;
const broken = { name: "BrokenBarrierError", code: "ERR_HEDDLE_BROKEN_BARRIER" } as const;

/** A thread that waits there once and returns its index, or the name of its error. */
function visitor(barrier: Barrier, timeoutMs?: number): Thread<[], number | string> {
  return spawn(() => {
    try {
      return barrier.wait(timeoutMs);
    } catch (error) {
      return (error as Error).name;
    }
  });
}
function visitors(barrier: Barrier, count: number): Thread<[], number | string>[] {
  return Array.from({ length: count }, () => visitor(barrier));
}
const allBroken = (count: number): string[] => Array.from({ length: count }, () => "BrokenBarrierError");

test("LK57 Barrier: parties that are no number of threads are refused", () => {
  for (const parties of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 31]) {
    assert.throws(() => new Barrier(parties), {
      name: "RangeError",
      message: /^Cannot create Barrier: parties/,
    });
  }
  for (const parties of ["2", null, undefined, 2n]) {
    assert.throws(() => new Barrier(parties as never), { name: "TypeError" });
  }
  assert.throws(() => new Barrier(2, { action: 5 as never }), { name: "TypeError" });
  assert.throws(() => new Barrier(2, { parties: 5 } as never), { name: "TypeError" });
  for (const { value, error } of badTimeouts) {
    if (value === null) continue;
    assert.throws(() => new Barrier(2, { timeoutMs: value as number }), { name: error.name });
    assert.throws(() => new Barrier(2).wait(value as number), { name: error.name });
  }
});

test("LK58 LK59 Barrier: 5 threads pass in lockstep, 10 times", () => {
  const barrier = new Barrier(N);
  const arrivals = Array.from({ length: 10 }, () => new AtomicInt());
  const threads = crew(N, () => {
    const seen: number[] = [];
    for (const arrival of arrivals) {
      arrival.increment();
      barrier.wait();
      seen.push(arrival.load());
    }
    return seen;
  });
  for (const seen of results(threads)) {
    assert.deepEqual(
      seen,
      arrivals.map(() => N),
    );
  }
  assert.deepEqual([barrier.nWaiting, barrier.broken, barrier.parties], [0, false, N]);
});

test("LK60 Barrier.wait() gives each thread an index of its own, in the order of arrival", () => {
  const barrier = new Barrier(N);
  const threads = Array.from({ length: N - 1 }, (_, index) => {
    const thread = visitor(barrier);
    untilWaiting(barrier, index + 1);
    assert.equal(barrier.nWaiting, index + 1);
    return thread;
  });
  assert.equal(barrier.wait(), N - 1);
  assert.deepEqual(results(threads), [0, 1, 2, 3]);
});

test("LK61 Barrier: its action runs once each time, before anyone goes on, in the last to arrive", () => {
  const calls = new AtomicInt();
  const barrier = new Barrier(N, { action: () => calls.increment() });
  const threads = crew(N, () => {
    const seen: number[] = [];
    for (let round = 0; round < 3; round++) {
      barrier.wait();
      seen.push(calls.load());
      barrier.wait();
    }
    return seen;
  });
  for (const seen of results(threads)) assert.deepEqual(seen, [1, 3, 5]);
  assert.equal(calls.load(), 6);
});

test("LK61 Barrier: an action that throws breaks it; its thread gets that error, the others BrokenBarrierError", () => {
  const barrier = new Barrier(3, {
    action: () => {
      throw new RangeError("no");
    },
  });
  const threads = visitors(barrier, 2);
  untilWaiting(barrier, 2);
  assert.throws(() => barrier.wait(), { name: "RangeError", message: "no" });
  assert.deepEqual(results(threads), allBroken(2));
  assert.equal(barrier.broken, true);
});

test("LK62 Barrier.abort(): the others get BrokenBarrierError, and so does whoever comes later", async () => {
  const barrier = new Barrier(N);
  const threads = visitors(barrier, N - 1);
  untilWaiting(barrier, N - 1);
  barrier.abort();
  assert.deepEqual(results(threads), allBroken(N - 1));
  assert.deepEqual([barrier.broken, barrier.nWaiting], [true, 0]);
  assert.throws(() => barrier.wait(), broken);
  await assert.rejects(barrier.waitAsync(), broken);
});

test("LK63 Barrier.reset() while others wait: they get BrokenBarrierError, then all can use it", () => {
  const barrier = new Barrier(N);
  const threads = visitors(barrier, N - 1);
  untilWaiting(barrier, N - 1);
  barrier.reset();
  assert.deepEqual(results(threads), allBroken(N - 1));
  assert.deepEqual([barrier.broken, barrier.nWaiting], [false, 0]);
  assert.deepEqual(results(visitors(barrier, N)).sort(), [0, 1, 2, 3, 4]);
});

test("LK64 Barrier: a broken one can be reset and used again; reset() of an empty one changes nothing", () => {
  const barrier = new Barrier(2);
  for (let round = 0; round < 3; round++) {
    barrier.abort();
    assert.throws(() => barrier.wait(), broken);
    barrier.reset();
    barrier.reset();
    const other = visitor(barrier);
    assert.equal(barrier.wait() + Number(resultOf(other)), 1);
  }
});

test("LK65 Barrier.wait(timeout): one late thread breaks it for all, itself included", () => {
  const barrier = new Barrier(N);
  const patient = visitors(barrier, N - 2);
  const startedAt = performance.now();
  assert.equal(resultOf(visitor(barrier, 200)), "BrokenBarrierError");
  assertTook(performance.now() - startedAt, 200);
  assert.deepEqual(results(patient), allBroken(N - 2));
  assert.equal(resultOf(visitor(barrier)), "BrokenBarrierError");
  assert.equal(barrier.broken, true);
});

test("LK66 Barrier({ timeoutMs }) applies to wait() without a timeout; one that is given wins", () => {
  const barrier = new Barrier(2, { timeoutMs: 200 });
  const startedAt = performance.now();
  assert.equal(resultOf(visitor(barrier)), "BrokenBarrierError");
  assertTook(performance.now() - startedAt, 200);
  const quick = new Barrier(2, { timeoutMs: 60_000 });
  assert.throws(() => quick.wait(10), broken);
  assert.throws(() => new Barrier(2).wait(0), broken);
});

test("LK67 Barrier(1) never blocks, again and again", () => {
  const barrier = new Barrier(1);
  for (let i = 0; i < 3; i++) assert.equal(barrier.wait(), 0);
});

test("LK68 Barrier: the text form shows who waits, then that it is broken", () => {
  const barrier = new Barrier(3, { name: "start" });
  assert.equal(String(barrier), "<Barrier 'start' 0/3 waiting>");
  const threads = visitors(barrier, 2);
  untilWaiting(barrier, 2);
  assert.equal(String(barrier), "<Barrier 'start' 2/3 waiting>");
  assert.deepEqual(barrier.statistics(), { name: "start", parties: 3, waiting: 2, broken: false });
  barrier.abort();
  results(threads);
  assert.equal(String(barrier), "<Barrier 'start' broken>");
});

test("Barrier: blocked threads and pending waitAsync() calls pass together; an aborted one breaks it", async () => {
  const barrier = new Barrier(3);
  const thread = visitor(barrier);
  const pending = barrier.waitAsync();
  await untilWaitingAsync(barrier, 2);
  const last = await barrier.waitAsync();
  assert.deepEqual([resultOf(thread), await pending, last].map(Number).sort(), [0, 1, 2]);
  const controller = new AbortController();
  const other = visitor(barrier);
  const aborted = barrier.waitAsync({ signal: controller.signal });
  await untilWaitingAsync(barrier, 2);
  controller.abort(new Error("enough"));
  await assert.rejects(aborted, { message: "enough" });
  assert.equal(resultOf(other), "BrokenBarrierError");
});

test("Barrier: a waiter that is terminated or interrupted breaks it, so nobody waits for it in vain", () => {
  for (const end of ["terminate", "interrupt"] as const) {
    const barrier = new Barrier(3);
    const [doomed, other] = visitors(barrier, 2);
    untilWaiting(barrier, 2);
    doomed?.[end]();
    assert.equal(resultOf(other!), "BrokenBarrierError");
    assert.equal(doomed?.join(PATIENCE_MS), true);
    assert.throws(() => barrier.wait(), broken);
  }
});

test("Barrier: a thread that is killed while it runs the action breaks it", () => {
  const running = new AtomicInt();
  const barrier = new Barrier(2, {
    action: () => {
      running.store(1);
      for (;;);
    },
  });
  const [one, two] = visitors(barrier, 2);
  while (running.load() === 0);
  for (const thread of [one, two])
    if (barrier.nWaiting > 0 && thread?.state === "running") thread.terminate();
  const ends = [one, two].map((thread) => thread?.join(PATIENCE_MS));
  assert.deepEqual(ends, [true, true]);
  assert.equal(barrier.broken, true);
});

test("Barrier: of 8 threads that pass it 50 times none overtakes another", () => {
  const barrier = new Barrier(8);
  const at = sharedArray(Int32Array, 8);
  const threads = crew(8, (index) => {
    for (let round = 1; round <= 50; round++) {
      at[index] = round;
      barrier.wait();
      if (at.some((other) => other !== round && other !== round + 1)) return `${round}: ${[...at].join()}`;
      barrier.wait();
    }
    return "in step";
  });
  assert.deepEqual(new Set(results(threads)), new Set(["in step"]));
});
