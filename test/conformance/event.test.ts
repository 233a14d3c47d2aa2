import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { AtomicInt, Event, sleep, spawn, TIMEOUT_MAX } from "../../src/api/index.ts";
import { crew, resultOf, results, untilWaiting, untilWaitingAsync } from "../support/threads.ts";
import { badTimeouts } from "./suites/bad-timeouts.ts";
import { assertTook } from "./suites/timeouts.ts";

test("LK28 Event.isSet() follows set() and clear(), each of them idempotent", () => {
  const event = new Event();
  assert.equal(event.isSet(), false);
  for (let round = 0; round < 2; round++) {
    event.set();
    assert.equal(event.isSet(), true);
    event.set();
    assert.equal(event.isSet(), true);
    event.clear();
    assert.equal(event.isSet(), false);
    event.clear();
    assert.equal(event.isSet(), false);
  }
});

test("LK29 Event.set() wakes all 5 waiters with true; later waits return at once; again after clear()", () => {
  const event = new Event();
  for (let round = 0; round < 2; round++) {
    const threads = crew(5, () => [event.wait(), event.wait(0), event.wait(5000)]);
    untilWaiting(event, 5);
    assert.ok(threads.every((thread) => thread.isAlive()));
    event.set();
    for (const seen of results(threads)) assert.deepEqual(seen, [true, true, true]);
    assert.equal(event.wait(), true);
    event.clear();
    assert.equal(event.statistics().waiting, 0);
  }
});

test("LK30 Event.wait(0) and wait(200) return false when nobody sets it, and true at once when it is set", () => {
  const event = new Event();
  const threads = crew(3, (form) => {
    const startedAt = performance.now();
    const polled = event.wait(0);
    const waited = event.wait(form === 0 ? 200 : { timeoutMs: 200 });
    return { polled, waited, ms: performance.now() - startedAt };
  });
  for (const { polled, waited, ms } of results(threads)) {
    assert.deepEqual([polled, waited], [false, false]);
    assertTook(ms, 200);
  }
  event.set();
  const startedAt = performance.now();
  for (const timeout of [0, 200, Infinity, TIMEOUT_MAX, undefined]) assert.equal(event.wait(timeout), true);
  assert.ok(performance.now() - startedAt < 150);
});

test("LK31 Event.wait() and waitAsync(): every bad timeout is refused at once, set or not", async () => {
  const event = new Event();
  for (let round = 0; round < 2; round++) {
    for (const { value, error } of badTimeouts) {
      assert.throws(() => event.wait(value as number), error);
      assert.throws(() => event.wait({ timeoutMs: value as number }), error);
      await assert.rejects(async () => event.waitAsync(value as number), error);
      await assert.rejects(async () => event.waitAsync({ timeoutMs: value as number }), error);
    }
    event.set();
  }
  assert.equal(event.statistics().waiting, 0);
});

test("LK32 Event.set() and clear() at once still release all 5 blocked waiters", () => {
  const event = new Event();
  for (let round = 0; round < 30; round++) {
    const threads = crew(5, () => event.wait());
    untilWaiting(event, 5);
    event.set();
    event.clear();
    assert.deepEqual(results(threads), [true, true, true, true, true]);
    assert.equal(event.isSet(), false);
    assert.equal(event.wait(0), false);
  }
});

test("LK32 Event: set() and clear() release the awaiting ones too, and nobody who comes later", async () => {
  const event = new Event();
  const thread = spawn(() => event.wait());
  const pending = [event.waitAsync(), event.waitAsync(30_000)];
  await untilWaitingAsync(event, 3);
  event.set();
  event.clear();
  const late = event.waitAsync(30);
  assert.deepEqual(await Promise.all(pending), [true, true]);
  assert.equal(resultOf(thread), true);
  assert.equal(await late, false);
});

test("LK34 Event: the text form shows set and unset", () => {
  const event = new Event({ name: "ready" });
  assert.match(String(event), /^<Event 'ready' unset/);
  event.set();
  assert.match(String(event), /^<Event 'ready' set/);
  assert.match(inspect({ event }), /event: <Event 'ready' set/);
  assert.match(String(new Event()), /^<Event unset/);
});

test("Event.statistics() is frozen and counts who waits", () => {
  const event = new Event({ name: "ready" });
  assert.deepEqual(event.statistics(), { name: "ready", set: false, waiting: 0 });
  const threads = crew(2, () => event.wait());
  untilWaiting(event, 2);
  assert.deepEqual(event.statistics(), { name: "ready", set: false, waiting: 2 });
  event.set();
  results(threads);
  assert.equal(Object.isFrozen(event.statistics()), true);
  assert.deepEqual(event.statistics(), { name: "ready", set: true, waiting: 0 });
});

test("Event.waitAsync(): aborted it throws signal.reason and leaves the line", async () => {
  const event = new Event();
  const reason = { why: "no longer wanted" };
  await assert.rejects(event.waitAsync({ signal: AbortSignal.abort(reason) }), (e) => e === reason);
  const controller = new AbortController();
  const pending = event.waitAsync({ signal: controller.signal, timeoutMs: 30_000 });
  await untilWaitingAsync(event, 1);
  controller.abort(reason);
  await assert.rejects(pending, (error) => error === reason);
  assert.equal(event.statistics().waiting, 0);
  await assert.rejects(async () => event.waitAsync({ signal: "stop" as never }), { name: "TypeError" });
});

test("Event: two threads that answer each other by events never lose a turn", () => {
  const ping = new Event();
  const pong = new Event();
  const other = spawn(() => {
    for (let i = 0; i < 300; i++) {
      ping.wait();
      ping.clear();
      pong.set();
    }
  });
  for (let i = 0; i < 300; i++) {
    ping.set();
    pong.wait();
    pong.clear();
  }
  resultOf(other);
});

test("Event: a terminated waiter leaves the line; the others are released", () => {
  const event = new Event();
  const threads = crew(4, () => event.wait());
  untilWaiting(event, 4);
  threads[1]?.terminate();
  untilWaiting(event, 3);
  event.set();
  results(threads.filter((_, index) => index !== 1));
});

test("TH108 a busy loop in a thread sees what main stores, and stops", () => {
  const stop = new AtomicInt();
  const rounds = new AtomicInt();
  const busy = spawn(() => {
    while (stop.load() === 0) rounds.increment();
  });
  while (rounds.load() < 1000) sleep(1);
  stop.store(1);
  resultOf(busy);
});
