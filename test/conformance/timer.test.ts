import assert from "node:assert/strict";
import { test } from "node:test";
import { AtomicInt, currentThread, Event, Lock, sharedArray, Thread, Timer } from "../../src/api/index.ts";
import { PATIENCE_MS, resultOf, untilState } from "../support/threads.ts";
import { assertTook } from "./suites/timeouts.ts";

test("TH86 Timer: each has arguments of its own", () => {
  const given = ["blah"];
  const one = new Timer(1, () => {}, given as never, { x: 1 });
  const two = new Timer(1, () => {}, given as never);
  (one.args as string[]).push("more");
  one.kwargs["foo"] = "bar";
  assert.deepEqual([given, two.args, two.kwargs], [["blah"], ["blah"], {}]);
  const [three, four] = [new Timer(1, () => {}), new Timer(1, () => {})];
  (three.args as unknown[]).push(1);
  assert.deepEqual([four.args, four.kwargs], [[], {}]);
});

test("Timer: is a Thread that calls its function once, later, with its arguments, on a thread of its own", () => {
  const calls = new AtomicInt();
  const startedAt = performance.now();
  const timer = new Timer(
    100,
    (n: number, options?: { by: number }) => {
      calls.add(n * (options?.by ?? 0));
      return currentThread().ident;
    },
    [2],
    { by: 3 },
  );
  assert.ok(timer instanceof Thread);
  assert.deepEqual([timer.interval, timer.finished.isSet(), timer.isAlive()], [100, false, false]);
  timer.start();
  assert.equal(timer.isAlive(), true);
  assert.equal(timer.finished.wait(PATIENCE_MS), true);
  assertTook(performance.now() - startedAt, 100);
  assert.equal(resultOf(timer), timer.ident);
  assert.deepEqual([calls.load(), timer.isAlive(), timer.finished.isSet()], [6, false, true]);
});

test("Timer.cancel() prevents the call, before start() and after; finished is set, join returns", () => {
  const calls = new AtomicInt();
  const early = new Timer(1, () => void calls.increment());
  early.cancel();
  early.start();
  assert.equal(early.join(PATIENCE_MS), true);
  const late = new Timer(60_000, () => void calls.increment());
  late.start();
  late.cancel();
  late.cancel();
  assert.equal(late.join(PATIENCE_MS), true);
  assert.deepEqual([early.finished.isSet(), late.finished.isSet(), calls.load()], [true, true, 0]);
});

test("a Timer that was cancelled before start() never calls, however soon it would have", () => {
  const calls = new AtomicInt();
  for (let i = 0; i < 100; i++) {
    const timer = new Timer(0, () => void calls.increment());
    timer.cancel();
    timer.start();
    assert.equal(timer.join(PATIENCE_MS), true);
  }
  assert.equal(calls.load(), 0);
});

test("Timer.cancel() of one that has run changes nothing", () => {
  const calls = new AtomicInt();
  const done = new Timer(0, () => calls.increment());
  done.start();
  assert.equal(resultOf(done), 1);
  done.cancel();
  assert.equal(done.result(), 1);
});

test("Timer: a negative interval fires at once; what is no interval or no function is refused", () => {
  const set = new Event();
  const timer = new Timer(-5, () => set.set());
  timer.start();
  assert.equal(set.wait(PATIENCE_MS), true);
  assert.equal(timer.join(PATIENCE_MS), true);
  assert.throws(() => timer.start(), { name: "AlreadyStartedError" });
  for (const ms of ["5", null, undefined, 5n]) {
    assert.throws(() => new Timer(ms as never, () => {}), {
      name: "TypeError",
      message: /^Cannot create Timer/,
    });
  }
  for (const ms of [Number.NaN, Infinity, 2 ** 31]) {
    assert.throws(() => new Timer(ms, () => {}), { name: "RangeError", message: /^Cannot create Timer/ });
  }
  assert.throws(() => new Timer(5, "f" as never), { name: "TypeError" });
});

test("Timer: 1000 of them wait without a worker each, and all fire", () => {
  const calls = new AtomicInt();
  const call = (): void => void calls.increment();
  const timers = Array.from({ length: 1000 }, (_, i) => new Timer(i < 900 ? 3_600_000 : 50, call));
  for (const timer of timers) timer.start();
  for (const timer of timers.slice(0, 900)) timer.cancel();
  for (const timer of timers) assert.equal(timer.join(PATIENCE_MS), true);
  assert.equal(calls.load(), 100);
});

test("Timer: those with a shorter interval fire first, whatever the order of their starts", () => {
  const order = sharedArray(Int32Array, 3);
  const next = new AtomicInt();
  const timers = [2_000, 1_000, 10].map((ms) => new Timer(ms, () => void (order[next.add(1)] = ms)));
  for (const timer of timers) timer.start();
  for (const timer of timers) timer.join(PATIENCE_MS);
  assert.deepEqual([...order], [10, 1_000, 2_000]);
});

test("Timer: its function may wait, and releases whom main waits for", () => {
  const lock = new Lock();
  const holding = new Event();
  const timer = new Timer(1, () => lock.with(() => (holding.set(), holding.wait(50), "released")));
  timer.start();
  holding.wait();
  assert.equal(lock.acquire(PATIENCE_MS), true);
  lock.release();
  assert.equal(resultOf(timer), "released");
  untilState(timer, "terminated");
});
