import assert from "node:assert/strict";
import { test } from "node:test";
import { AtomicInt, Empty, Lock, Queue, ShutDown, SimpleQueue, spawn } from "../../src/api/index.ts";
import { heapUse } from "../../src/core/heap.ts";
import { crew, resultOf, results, untilWaiting } from "../support/threads.ts";
import { badTimeouts } from "./suites/bad-timeouts.ts";
import { assertTook } from "./suites/timeouts.ts";

test("QU26 SimpleQueue: qsize(), empty(), get in each form, Empty in each form", async () => {
  const queue = new SimpleQueue<number>({ name: "simple" });
  assert.deepEqual([queue.qsize(), queue.empty(), queue.name], [0, true, "simple"]);
  for (let i = 0; i < 5; i++) queue.put(i, false, -1); // a SimpleQueue's put never waits
  assert.deepEqual([queue.qsize(), queue.empty()], [5, false]);
  assert.deepEqual([queue.get(), queue.getNowait(), queue.get({ block: false })], [0, 1, 2]);
  assert.deepEqual([queue.get(5), await queue.getAsync()], [3, 4]);
  assert.throws(() => queue.getNowait(), Empty);
  assert.throws(() => queue.get({ block: false }), Empty);
  const startedAt = performance.now();
  assert.throws(() => queue.get(true, 30), Empty);
  assertTook(performance.now() - startedAt, 30);
  await assert.rejects(queue.getAsync(5), Empty);
  assert.equal(String(queue), "<SimpleQueue 'simple' 0 items>");
});

test("QU27 SimpleQueue.get(): a bad timeout is refused although an item is there", async () => {
  const queue = new SimpleQueue<number>();
  queue.put(1);
  for (const { value, error } of badTimeouts) {
    assert.throws(() => queue.get(value as number), error);
    await assert.rejects(queue.getAsync(value as number), error);
  }
  assert.equal(queue.qsize(), 1);
});

test("QU28 SimpleQueue.get({ block: false, timeoutMs: -1 }) throws Empty", () => {
  assert.throws(() => new SimpleQueue().get({ block: false, timeoutMs: -1 }), Empty);
  assert.throws(() => new SimpleQueue().get(false, -1), Empty);
});

test("QU29 SimpleQueue: one producer and one consumer keep the order", () => {
  const queue = new SimpleQueue<number>();
  const consumer = spawn(() => Array.from({ length: 100 }, () => queue.get()));
  spawn(() => {
    for (let i = 0; i < 100; i++) queue.put(i);
  });
  assert.deepEqual(
    resultOf(consumer),
    Array.from({ length: 100 }, (_, i) => i),
  );
});

const GETS: readonly [id: string, how: string, get: (queue: SimpleQueue<number>) => number][] = [
  ["QU30", "blocking", (queue) => queue.get()],
  [
    "QU31",
    "polling",
    (queue) => {
      for (;;) {
        try {
          return queue.get({ block: false });
        } catch (error) {
          if (!(error instanceof Empty)) throw error;
        }
      }
    },
  ],
  [
    "QU32",
    "with timeouts",
    (queue) => {
      for (;;) {
        try {
          return queue.get(0.01);
        } catch (error) {
          if (!(error instanceof Empty)) throw error;
        }
      }
    },
  ],
];

for (const [id, how, get] of GETS) {
  test(`${id} SimpleQueue: 8 producers, 8 consumers, 10,000 items, ${how}: none lost, none doubled`, () => {
    const queue = new SimpleQueue<number>();
    const producers = crew(8, (who) => {
      for (let i = 0; i < 1250; i++) queue.put(who * 1250 + i);
    });
    const consumers = crew(8, () => Array.from({ length: 1250 }, () => get(queue)));
    results(producers);
    const all = results(consumers);
    assert.deepEqual(
      all.flat().sort((a, b) => a - b),
      Array.from({ length: 10_000 }, (_, i) => i),
    );
    // FIFO per producer: what one consumer got of one producer is in order.
    for (const got of all) {
      for (let who = 0; who < 8; who++) {
        const of = got.filter((item) => Math.floor(item / 1250) === who);
        assert.deepEqual(
          of,
          [...of].sort((a, b) => a - b),
        );
      }
    }
    assert.equal(queue.empty(), true);
  });
}

test("QU33 SimpleQueue: an item's references are given back as soon as it has left", () => {
  const queue = new SimpleQueue<unknown>();
  const lock = new Lock();
  queue.put([lock, "x".repeat(500)]);
  queue.get();
  const before = heapUse().blocks;
  for (let i = 0; i < 50; i++) queue.put([lock, "x".repeat(500)]);
  for (let i = 0; i < 50; i++) queue.get();
  assert.ok(heapUse().blocks - before < 8);
});

test("QU36 put() may be called while put() copies its item", () => {
  for (const queue of [new SimpleQueue<unknown>(), new Queue<unknown>()]) {
    const item = Object.defineProperty(new Error("outer"), "stack", {
      get() {
        queue.put("inner");
        return "somewhere";
      },
    });
    queue.put(item);
    const got = [queue.get(), queue.get()];
    assert.equal(got[0], "inner");
    assert.equal((got[1] as Error).message, "outer");
    assert.throws(() => queue.get(0), Empty);
  }
});

test("SimpleQueue.shutdown() ends the iteration of those who wait, blocking and awaiting", () => {
  const queue = new SimpleQueue<number>();
  const seen = new AtomicInt();
  const consumers = crew(4, async (form) => {
    if (form % 2 === 0) for (const item of queue) seen.add(item);
    else for await (const item of queue) seen.add(item);
    return "ended";
  });
  for (let i = 1; i <= 100; i++) queue.put(i);
  untilWaiting(queue, 4);
  queue.shutdown();
  assert.deepEqual(results(consumers), Array(4).fill("ended"));
  assert.equal(seen.load(), 5050);
  assert.throws(() => queue.put(1), ShutDown);
  assert.ok(queue.isShutdown);
});
