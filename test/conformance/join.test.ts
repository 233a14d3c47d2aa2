import assert from "node:assert/strict";
import { test } from "node:test";
import { currentThread, Event, spawn, Thread } from "../../src/api/index.ts";
import { crew, PATIENCE_MS, resultOf, results, untilState, untilWaiting } from "../support/threads.ts";
import { until } from "../support/until.ts";
import { badTimeouts } from "./suites/bad-timeouts.ts";
import { assertTook } from "./suites/timeouts.ts";

test("TH19 Thread.join() from 2 to 19 threads at once: every one of them returns true", () => {
  for (const count of [2, 7, 19]) {
    const go = new Event();
    const joined = spawn(() => go.wait());
    const joiners = crew(count, () => joined.join());
    for (const joiner of joiners) untilState(joiner, "blocked");
    go.set();
    assert.ok(results(joiners).every((ended) => ended));
  }
});

test("TH20 TR12 Thread.join(10) of a blocked thread returns false; it is alive; then join() returns true", () => {
  const go = new Event();
  const thread = spawn(() => go.wait());
  const startedAt = performance.now();
  assert.equal(thread.join(0), false);
  assert.equal(thread.join(10), false);
  assert.equal(thread.join({ timeoutMs: 10 }), false);
  assertTook(performance.now() - startedAt, 20);
  assert.equal(thread.isAlive(), true);
  go.set();
  assert.equal(thread.join(), true);
  assert.equal(thread.isAlive(), false);
});

test("TR06 TR07 TR08 Thread.join() returns after the end, again and again, with any timeout", () => {
  const thread = spawn(() => 5);
  assert.equal(thread.join(), true);
  for (const timeout of [undefined, 0, 10, Infinity, { timeoutMs: 0 }])
    assert.equal(thread.join(timeout), true);
  assert.equal(thread.result(), 5);
  assert.equal(thread.result(0), 5);
});

test("TH67 TR10 Thread.join() of oneself throws SelfJoinError; others may still join", () => {
  const thread = spawn(() => {
    const self = currentThread();
    const names: string[] = [];
    for (const call of [() => self.join(), () => self.join(0), () => self.result()]) {
      try {
        call();
      } catch (error) {
        names.push(`${(error as Error).name}: ${(error as Error).message}`);
      }
    }
    return names;
  });
  const texts = resultOf(thread);
  assert.equal(texts.length, 3);
  for (const text of texts)
    assert.match(text, /^SelfJoinError: Cannot join Thread-\d+: it is the calling thread$/);
});

test("TR11 Thread.join(): A joins T, then T joins itself: T gets the error, A does not hang", () => {
  const go = new Event();
  const joined = spawn(() => {
    go.wait();
    try {
      currentThread().join();
      return "joined itself";
    } catch (error) {
      return (error as Error).name;
    }
  });
  const joiner = spawn(() => joined.join());
  untilState(joiner, "blocked");
  go.set();
  assert.equal(resultOf(joined), "SelfJoinError");
  assert.equal(resultOf(joiner), true);
});

test("TH68 TR13 Thread.join() and result() before start() throw NotStartedError, in every form", async () => {
  const thread = new Thread({ name: "early", target: () => 1 });
  const error = {
    name: "NotStartedError",
    code: "ERR_HEDDLE_NOT_STARTED",
    message: "Cannot join early: it was not started",
  };
  assert.throws(() => thread.join(), error);
  assert.throws(() => thread.join(0), error);
  assert.throws(() => thread.result(), error);
  await assert.rejects(async () => thread.joinAsync(), error);
  await assert.rejects(async () => thread.resultAsync(), error);
  assert.equal(resultOf(thread.start()), 1);
});

test("TH66 TR15 Thread.start() a second time throws AlreadyStartedError, alive or ended", () => {
  const go = new Event();
  const thread = new Thread({ name: "once", target: () => go.wait() }).start();
  const error = {
    name: "AlreadyStartedError",
    code: "ERR_HEDDLE_ALREADY_STARTED",
    message: "Cannot start once: a thread can be started only once",
  };
  assert.throws(() => thread.start(), error);
  go.set();
  resultOf(thread);
  assert.throws(() => thread.start(), error);
  assert.equal(thread.state, "terminated");
});

test("Thread.start() in 8 threads at once: one of them starts it, the others get AlreadyStartedError", () => {
  const go = new Event();
  const target = new Thread({ target: () => 1 });
  const starters = crew(8, () => {
    go.wait();
    try {
      return target.start() === target ? "started" : "other";
    } catch (error) {
      return (error as Error).name;
    }
  });
  untilWaiting(go, 8);
  go.set();
  const outcomes = results(starters).sort();
  assert.deepEqual(outcomes, [...Array.from({ length: 7 }, () => "AlreadyStartedError"), "started"]);
  assert.equal(target.join(PATIENCE_MS), true);
});

test("Thread.join(), result() and their Async forms refuse every bad timeout, before and after the end", async () => {
  const go = new Event();
  const thread = spawn(() => go.wait());
  for (let round = 0; round < 2; round++) {
    for (const { value, error } of badTimeouts) {
      for (const bad of [value, { timeoutMs: value }] as never[]) {
        assert.throws(() => thread.join(bad), error);
        assert.throws(() => thread.result(bad), error);
        await assert.rejects(async () => thread.joinAsync(bad), error);
        await assert.rejects(async () => thread.resultAsync(bad), error);
      }
    }
    go.set();
    resultOf(thread);
  }
});

test("Thread.joinAsync(): false when the deadline passes, true at the end; other work goes on meanwhile", async () => {
  const go = new Event();
  const thread = spawn(() => go.wait());
  assert.equal(await thread.joinAsync(0), false);
  assert.equal(await thread.joinAsync(20), false);
  const pending = thread.joinAsync();
  let turns = 0;
  await until(() => ++turns > 5, { what: "the event loop to turn" });
  go.set();
  assert.equal(await pending, true);
  assert.equal(await thread.joinAsync(), true);
});

test("Thread.joinAsync() and resultAsync(): an aborted wait throws signal.reason", async () => {
  const go = new Event();
  const thread = spawn(() => go.wait());
  const reason = new Error("no longer wanted");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(thread.joinAsync({ signal }), (error) => error === reason);
  const controller = new AbortController();
  const pending = [
    thread.joinAsync({ signal: controller.signal }),
    thread.resultAsync({ signal: controller.signal, timeoutMs: 30_000 }),
  ];
  controller.abort(reason);
  for (const wait of pending) await assert.rejects(wait, (error) => error === reason);
  go.set();
  assert.equal(await thread.resultAsync({ signal: new AbortController().signal }), true);
});

test("Thread.result(): TimeoutError when it has not ended in time, in both forms", async () => {
  const go = new Event();
  const thread = new Thread({ name: "slow", target: () => go.wait() }).start();
  const error = {
    name: "TimeoutError",
    code: "ERR_HEDDLE_TIMEOUT",
    message: /^Cannot get the result of slow: /,
  };
  assert.throws(() => thread.result(0), error);
  assert.throws(() => thread.result(10), error);
  assert.throws(() => thread.result({ timeoutMs: 10 }), error);
  await assert.rejects(thread.resultAsync(10), error);
  go.set();
  assert.equal(thread.result(), true);
});

test("Thread.result() gives the same object each time, to each caller of one thread", () => {
  const thread = spawn(() => ({ list: [1, 2], map: new Map([["k", new Date(0)]]) }));
  const first = resultOf(thread);
  assert.deepEqual(first, { list: [1, 2], map: new Map([["k", new Date(0)]]) });
  assert.equal(thread.result(), first);
});

test("Thread.result() in 5 other threads at once: each gets the value", () => {
  const go = new Event();
  const source = spawn(() => {
    go.wait();
    return { n: 42 };
  });
  const readers = crew(5, () => source.result());
  for (const reader of readers) untilState(reader, "blocked");
  go.set();
  for (const value of results(readers)) assert.deepEqual(value, { n: 42 });
});

test("Thread: two threads that wait for each other's end with a timeout both come back", () => {
  const ready = new Event();
  const first: Thread<[], boolean> = new Thread({ target: () => ready.wait() && second.join(50) });
  const second: Thread<[], boolean> = new Thread({ target: () => ready.wait() && first.join(5000) });
  first.start();
  second.start();
  untilWaiting(ready, 2);
  ready.set();
  assert.equal(resultOf(first), false);
  assert.equal(resultOf(second), true);
});
