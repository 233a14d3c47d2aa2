import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AbandonedTaskError,
  CaptureError,
  Empty,
  Full,
  Lock,
  LifoQueue,
  PriorityQueue,
  Queue,
  ShutDown,
  spawn,
} from "../../src/api/index.ts";
import { heapUse } from "../../src/core/heap.ts";
import { assertHeapSound } from "../support/heap-walk.ts";
import { PATIENCE_MS, resultOf, untilState, untilWaiting } from "../support/threads.ts";
import { queueBasics } from "./suites/queue-basics.ts";
import type { QueueFactory } from "./suites/queue-like.ts";
import { queueShutdown } from "./suites/queue-shutdown.ts";

const factories: readonly QueueFactory[] = [
  { kind: "Queue", make: <T>(maxsize?: number) => new Queue<T>(maxsize), order: (items) => [...items] },
  {
    kind: "LifoQueue",
    make: <T>(maxsize?: number) => new LifoQueue<T>(maxsize),
    order: (items) => [...items].reverse(),
  },
  {
    kind: "PriorityQueue",
    make: <T>(maxsize?: number) => new PriorityQueue<T>(maxsize),
    order: (items) => [...items].sort((a, b) => a - b),
  },
];

for (const factory of factories) {
  queueBasics(factory);
  queueShutdown(factory);
  items(factory);
  deaths(factory);
}

function items({ kind, make }: QueueFactory): void {
  test(`QU25 ${kind}: an item that cannot be sent leaves the queue as it was, in each form of put()`, async () => {
    const queue = make<unknown>(1);
    const used = heapUse().blocks;
    for (const unsendable of [
      new Proxy({}, {}),
      Promise.resolve(1),
      new WeakMap(),
      { deep: { down: new WeakSet() } },
    ]) {
      const item = kind === "PriorityQueue" ? [1, unsendable] : unsendable;
      assert.throws(() => queue.put(item), CaptureError);
      assert.throws(() => queue.put(item, 10), CaptureError);
      assert.throws(() => queue.putNowait(item), CaptureError);
      await assert.rejects(queue.putAsync(item), CaptureError);
    }
    const { size, unfinished, waiting } = queue.statistics();
    assert.deepEqual([size, unfinished, waiting], [0, 0, 0]);
    queue.put(1);
    assert.throws(() => queue.put(2, { block: false }), Full);
    assert.equal(queue.get(), 1);
    assert.ok(heapUse().blocks - used < 8, "what was refused is given back");
  });

  test(`QU33 ${kind}: an item's memory is given back as soon as it has left`, () => {
    const queue = make<unknown>();
    const lock = new Lock({ name: "passenger" });
    const item = (i: number): unknown => [i, "x".repeat(1000), lock];
    queue.put(item(0));
    queue.get();
    const before = heapUse().blocks;
    for (let i = 0; i < 100; i++) {
      queue.put(item(i));
      queue.get();
    }
    for (let i = 0; i < 100; i++) queue.put(item(i));
    queue.shutdown(true);
    assert.ok(heapUse().blocks - before < 8, `${heapUse().blocks - before} blocks are left`);
  });

  test(`${kind}: heddle's own objects come out as the same objects`, () => {
    const queue = make<unknown>();
    const lock = new Lock();
    if (kind === "PriorityQueue") {
      queue.put([1, lock]);
      assert.equal((queue.get() as [number, Lock])[1], lock);
      return;
    }
    queue.put(lock);
    queue.put(queue);
    assert.deepEqual(
      [queue.get(), queue.get()].map((got) => got === lock || got === queue),
      [true, true],
    );
  });
}

function deaths({ kind, make }: QueueFactory): void {
  const ways: readonly [how: string, end: () => unknown][] = [
    [
      "an error",
      () => {
        throw new Error("on purpose");
      },
    ],
    ["process.exit()", () => process.exit()],
    ["terminate()", () => new Queue().get()],
  ];
  for (const [how, end] of ways) {
    test(`${kind}.join(): a consumer that died by ${how} is named, instead of waiting for ever`, () => {
      const queue = make();
      queue.put(1);
      queue.put(2);
      queue.put(3);
      const consumer = spawn(() => {
        queue.get();
        queue.taskDone();
        queue.get();
        queue.get();
        return end();
      });
      const joiner = spawn(() => {
        try {
          return queue.join(PATIENCE_MS);
        } catch (error) {
          return error;
        }
      });
      if (how === "terminate()") {
        untilState(consumer, "blocked");
        consumer.terminate();
      }
      consumer.join(PATIENCE_MS);
      const error = resultOf(joiner);
      assert.ok(error instanceof AbandonedTaskError, String(error));
      assert.match(error.message, new RegExp(`2 tasks will never be done, as ${consumer.name} died`));
      queue.taskDone();
      assert.throws(() => queue.join(), AbandonedTaskError);
      queue.taskDone();
      assert.equal(queue.join(), true);
    });
  }

  test(`${kind}.join() goes on waiting while somebody else may still finish`, () => {
    const queue = make();
    queue.put(1);
    queue.put(2);
    spawn(() => {
      queue.get();
      process.exit();
    }).join();
    const joiner = spawn(() => {
      try {
        return queue.join(PATIENCE_MS);
      } catch (error) {
        return (error as Error).name;
      }
    });
    untilWaiting(queue, 1);
    queue.get();
    assert.equal(queue.statistics().joining, 1);
    queue.taskDone();
    assert.equal(resultOf(joiner), "AbandonedTaskError");
  });

  test(`${kind}: an item got by a thread that returned may be marked by another one`, () => {
    const queue = make();
    queue.put(1);
    assert.equal(resultOf(spawn(() => queue.get())), 1);
    assert.equal(queue.join(0), false);
    queue.taskDone();
    assert.equal(queue.join(), true);
  });

  test(`${kind}: those who wait go on when one of them is terminated`, () => {
    const queue = make(1);
    const first = spawn(() => queue.get());
    const second = spawn(() => queue.get());
    untilWaiting(queue, 2);
    first.terminate();
    assert.ok(first.join(PATIENCE_MS));
    queue.put(5);
    assert.equal(resultOf(second), 5);
    queue.put(6);
    const putters = [7, 8].map((item) => spawn(() => queue.put(item)));
    untilWaiting(queue, 2);
    putters[0]?.terminate();
    assert.ok(putters[0]?.join(PATIENCE_MS));
    assert.equal(queue.get(PATIENCE_MS), 6);
    assert.equal(queue.get(PATIENCE_MS), 8);
    queue.shutdown();
    assert.throws(() => queue.get(), ShutDown);
    assert.throws(() => make().get(0), Empty);
  });
}

test("Queue.put() that is refused gives back its own item only, also after a PriorityQueue's", () => {
  const ordered = new PriorityQueue<[number, string]>();
  ordered.put([1, "a"]);
  const queue = new Queue<string>(1);
  queue.put("in");
  for (let i = 0; i < 3; i++) assert.throws(() => queue.put("refused", 1), Full);
  assert.deepEqual([queue.get(), ordered.get()], ["in", [1, "a"]]);
  assertHeapSound();
});

test("Queue: an item of 100 MB comes through whole, and its memory is given back", () => {
  const queue = new Queue<Uint8Array>(1);
  const bytes = 100e6;
  const used = heapUse().usedBytes;
  const sender = spawn(() => queue.put(new Uint8Array(bytes).fill(7)));
  const item = queue.get();
  resultOf(sender);
  assert.equal(item.length, bytes);
  assert.deepEqual([item[0], item[bytes >> 1], item[bytes - 1]], [7, 7, 7]);
  assert.ok(heapUse().usedBytes - used < 1e6, `${heapUse().usedBytes - used} bytes are left`);
});
