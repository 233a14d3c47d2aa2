// Putting, getting, bounds and tasks: the suite that every queue with tasks passes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Empty, Full, InvalidStateError, spawn } from "../../../src/api/index.ts";
import { crew, PATIENCE_MS, resultOf, results, untilWaiting } from "../../support/threads.ts";
import { untilSync } from "../../support/until.ts";
import { badTimeouts } from "./bad-timeouts.ts";
import type { QueueFactory } from "./queue-like.ts";
import { assertTook } from "./timeouts.ts";

function tasks({ kind, make }: QueueFactory): void {
  test(`QU01 ${kind}.taskDone() on a fresh queue is refused`, () => {
    assert.throws(() => make().taskDone(), InvalidStateError);
  });

  test(`QU02 ${kind}.join() waits for 100 items over 2 workers, and can be called again`, () => {
    const queue = make();
    const workers = crew(2, () => {
      let sum = 0;
      for (const item of queue) {
        sum += item;
        queue.taskDone();
      }
      return sum;
    });
    for (let i = 0; i < 100; i++) queue.put(i);
    assert.equal(queue.join(PATIENCE_MS), true);
    assert.equal(queue.join(), true);
    assert.throws(() => queue.taskDone(), InvalidStateError);
    queue.put(7);
    assert.equal(queue.join(PATIENCE_MS), true);
    queue.shutdown();
    assert.equal(
      results(workers).reduce((a, b) => a + b),
      4957,
    );
  });

  test(`QU02 ${kind}.join(): every thread in it goes on with the last taskDone(), not before`, () => {
    const queue = make();
    queue.put(1);
    queue.put(2);
    const joiners = crew(3, (form) => (form === 0 ? queue.joinAsync(PATIENCE_MS) : queue.join(PATIENCE_MS)));
    untilSync(() => queue.statistics().joining === 3, { what: "3 joining" });
    queue.get();
    queue.taskDone();
    assert.equal(queue.statistics().joining, 3);
    queue.get();
    assert.equal(queue.statistics().joining, 3);
    queue.taskDone();
    assert.deepEqual(results(joiners), [true, true, true]);
  });

  test(`QU02 ${kind}.join(timeout) returns false when tasks are left`, () => {
    const queue = make();
    queue.put(1);
    const startedAt = performance.now();
    assert.equal(queue.join(50), false);
    assertTook(performance.now() - startedAt, 50);
    assert.equal(queue.join(0), false);
  });
}

function basics({ kind, make, order }: QueueFactory): void {
  test(`QU03 ${kind}: order, qsize(), empty(), full()`, () => {
    const queue = make(3);
    assert.deepEqual([queue.qsize(), queue.empty(), queue.full()], [0, true, false]);
    const items = [333, 111, 222];
    for (const item of items) queue.put(item);
    assert.deepEqual([queue.qsize(), queue.empty(), queue.full()], [3, false, true]);
    assert.deepEqual([queue.get(), queue.get(), queue.get()], order(items));
    assert.deepEqual([queue.qsize(), queue.empty(), queue.full()], [0, true, false]);
  });

  test(`QU03 ${kind}: Full and Empty, at once and after the timeout; the queue goes on`, () => {
    const queue = make(2);
    for (let round = 0; round < 2; round++) {
      queue.put(1);
      queue.put(2, { block: false });
      assert.throws(() => queue.put(3, { block: false }), Full);
      assert.throws(() => queue.put(3, false), Full);
      const startedAt = performance.now();
      assert.throws(() => queue.put(3, 30), Full);
      assert.throws(() => queue.put(3, true, 30), Full);
      assertTook(performance.now() - startedAt, 60);
      assert.deepEqual([queue.get(), queue.get(100)].sort(), [1, 2]);
      assert.throws(() => queue.get({ block: false }), Empty);
      assert.throws(() => queue.get({ timeoutMs: 30 }), Empty);
      assert.throws(() => queue.get(0), Empty);
    }
    assert.equal(queue.qsize(), 0);
  });

  test(`QU03 ${kind}: a blocked put() goes on after a get(), a blocked get() after a put()`, () => {
    const queue = make(1);
    queue.put(1);
    const putter = spawn(() => queue.put(2));
    untilWaiting(queue, 1);
    assert.equal(queue.get(), 1);
    resultOf(putter);
    assert.equal(queue.get(), 2);
    const getter = spawn(() => queue.get());
    untilWaiting(queue, 1);
    queue.put(3);
    assert.equal(resultOf(getter), 3);
    assert.equal(queue.statistics().waiting, 0);
  });

  test(`QU03 ${kind}: the Async forms wait in the same line`, async () => {
    const queue = make(1);
    await queue.putAsync(1);
    const put = queue.putAsync(2);
    assert.equal(queue.statistics().putting, 1);
    assert.equal(await queue.getAsync(), 1);
    await put;
    assert.equal(await queue.getAsync(), 2);
    const got = queue.getAsync();
    const getter = spawn(() => queue.get());
    untilWaiting(queue, 2);
    queue.put(3);
    queue.put(4);
    assert.deepEqual([await got, await getter.resultAsync(PATIENCE_MS)].sort(), [3, 4]);
    await assert.rejects(queue.getAsync(0), Empty);
    await assert.rejects(queue.getAsync({ block: false }), Empty);
    await assert.rejects(queue.getAsync(5), Empty);
    queue.put(5);
    await assert.rejects(queue.putAsync(6, 5), Full);
    const { signal } = new AbortController();
    await assert.rejects(queue.putAsync(6, { signal: AbortSignal.abort("no") }), (reason) => reason === "no");
    assert.equal(await queue.getAsync({ signal }), 5);
    const control = new AbortController();
    const aborted = queue.getAsync({ signal: control.signal });
    control.abort("enough");
    await assert.rejects(aborted, (reason) => reason === "enough");
    assert.deepEqual([queue.statistics().waiting, queue.qsize()], [0, 0]);
  });

  test(`QU04 ${kind}: a bad timeout is refused before anything happens`, async () => {
    const queue = make(2);
    queue.put(1);
    for (const { value, error } of badTimeouts) {
      const bad = value as number;
      assert.throws(() => queue.get(bad), error);
      assert.throws(() => queue.get(true, bad), error);
      assert.throws(() => queue.get({ timeoutMs: bad }), error);
      assert.throws(() => queue.put(2, bad), error);
      assert.throws(() => queue.join(bad), error);
      await assert.rejects(queue.getAsync(bad), error);
      await assert.rejects(queue.putAsync(2, bad), error);
      await assert.rejects(queue.joinAsync(bad), error);
    }
    assert.equal(queue.qsize(), 1);
    assert.equal(queue.get({ block: false, timeoutMs: -1 }), 1);
  });

  test(`QU05 ${kind}.putNowait() fills to Full, getNowait() empties to Empty`, () => {
    const queue = make(10);
    for (let i = 0; i < 10; i++) queue.putNowait(i);
    assert.throws(() => queue.putNowait(10), Full);
    const got: number[] = [];
    for (let i = 0; i < 10; i++) got.push(queue.getNowait());
    assert.throws(() => queue.getNowait(), Empty);
    assert.deepEqual(got, order([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
  });

  test(`QU06 ${kind}.maxsize may be lowered below qsize(), by any thread`, () => {
    const queue = make(4);
    for (let i = 0; i < 3; i++) queue.put(i);
    resultOf(
      spawn(() => {
        queue.maxsize = 2;
      }),
    );
    assert.throws(() => queue.putNowait(3), Full);
    assert.deepEqual([queue.maxsize, queue.qsize(), queue.full()], [2, 3, true]);
    queue.get();
    assert.throws(() => queue.putNowait(3), Full);
    const putter = spawn(() => queue.put(9));
    untilWaiting(queue, 1);
    queue.maxsize = 0;
    resultOf(putter);
    assert.equal(queue.qsize(), 3);
  });
}

/** The suite. */
export function queueBasics(factory: QueueFactory): void {
  tasks(factory);
  basics(factory);
}
