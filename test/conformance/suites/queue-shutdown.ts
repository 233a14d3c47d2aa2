// Shutting down: the suite that every queue with tasks passes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AtomicInt, Empty, InvalidStateError, ShutDown, spawn } from "../../../src/api/index.ts";
import { crew, PATIENCE_MS, resultOf, results, untilWaiting } from "../../support/threads.ts";
import { untilSync } from "../../support/until.ts";
import type { QueueFactory } from "./queue-like.ts";

/** What became of a call: its value, or the name of what it threw. */
function outcomeOf(call: () => unknown): unknown {
  try {
    return call() ?? "done";
  } catch (error) {
    return (error as Error).name;
  }
}

function alone({ kind, make, order }: QueueFactory): void {
  test(`QU07 ${kind}.shutdown(): put() and get() of an empty queue throw ShutDown`, async () => {
    const queue = make(2);
    queue.shutdown();
    assert.throws(() => queue.put(1), ShutDown);
    assert.throws(() => queue.get(), ShutDown);
    assert.throws(() => queue.get(0), ShutDown);
    await assert.rejects(queue.putAsync(1), ShutDown);
    await assert.rejects(queue.getAsync(), ShutDown);
  });

  test(`QU08 ${kind}.shutdown(): what is in it can still be got`, () => {
    const queue = make(2);
    queue.put(1);
    queue.shutdown();
    assert.equal(queue.get(), 1);
    assert.throws(() => queue.get(), ShutDown);
  });

  test(`QU09 ${kind}.shutdown(true): what was in it is gone`, () => {
    const queue = make(2);
    queue.put(1);
    queue.shutdown(true);
    assert.equal(queue.qsize(), 0);
    assert.throws(() => queue.get(), ShutDown);
  });

  test(`QU10 ${kind}.shutdown(): plain, then immediate, then plain again are allowed`, () => {
    const queue = make(2);
    assert.equal(queue.isShutdown, false);
    queue.shutdown();
    assert.equal(queue.isShutdown, true);
    queue.shutdown(true);
    queue.shutdown(false);
    assert.equal(queue.isShutdown, true);
  });

  test(`QU11 ${kind}: every method after shutdown()`, () => {
    const queue = make(2);
    queue.put(1);
    queue.put(2);
    queue.shutdown();
    assert.throws(() => queue.put(3), ShutDown);
    assert.throws(() => queue.putNowait(3), ShutDown);
    assert.deepEqual([queue.get(), queue.getNowait()], order([1, 2]));
    queue.taskDone();
    queue.taskDone();
    assert.throws(() => queue.taskDone(), InvalidStateError);
    assert.equal(queue.join(), true);
    assert.throws(() => queue.get(), ShutDown);
    assert.throws(() => queue.getNowait(), ShutDown);
    assert.throws(() => queue.get(true, 10), ShutDown);
  });

  test(`QU12 ${kind}: every method after shutdown(true)`, () => {
    const queue = make(2);
    queue.put(1);
    queue.put(2);
    queue.shutdown(true);
    assert.throws(() => queue.put(3), ShutDown);
    assert.throws(() => queue.putNowait(3), ShutDown);
    assert.throws(() => queue.get(), ShutDown);
    assert.throws(() => queue.getNowait(), ShutDown);
    assert.throws(() => queue.taskDone(), InvalidStateError);
    assert.equal(queue.join(), true);
    assert.deepEqual([queue.qsize(), queue.empty()], [0, true]);
  });

  test(`QU12 ${kind}.shutdown(true): an item that was got before can still be marked`, () => {
    const queue = make();
    queue.put(1);
    queue.put(2);
    queue.get();
    queue.shutdown(true);
    assert.equal(queue.join(0), false);
    queue.taskDone();
    assert.equal(queue.join(0), true);
    assert.throws(() => queue.taskDone(), InvalidStateError);
  });
}

function crowds({ kind, make }: QueueFactory): void {
  for (const immediate of [false, true]) {
    const id = immediate ? "QU14" : "QU13";
    test(`${id} ${kind}.shutdown(${immediate}) in the middle of 4 writers, 6 readers, 2 joiners: all end`, () => {
      const queue = make(8);
      const passed = new AtomicInt();
      const writers = crew(4, () => {
        for (let i = 0; i < 65536; i++) {
          const outcome = outcomeOf(() => queue.put(i));
          if (outcome !== "done") return outcome;
        }
        return "all";
      });
      const readers = crew(6, () => {
        for (;;) {
          const outcome = outcomeOf(() => queue.get());
          if (typeof outcome !== "number") return outcome;
          queue.taskDone();
          passed.increment();
        }
      });
      const joiners = crew(2, () => queue.join(PATIENCE_MS));
      untilSync(() => passed.load() > 200, { what: "200 items to pass" });
      queue.shutdown(immediate);
      assert.deepEqual(results(writers), Array(4).fill("ShutDown"));
      assert.deepEqual(results(readers), Array(6).fill("ShutDown"));
      assert.deepEqual(results(joiners), [true, true]);
      assert.deepEqual([queue.qsize(), queue.statistics().unfinished], [0, 0]);
    });
  }

  test(`QU15 ${kind}.shutdown(): of 3 getters of 2 items one meets ShutDown`, () => {
    const queue = make();
    queue.put(1);
    queue.put(2);
    queue.shutdown();
    const got = results(crew(3, () => outcomeOf(() => queue.get())));
    assert.deepEqual(got.map(String).sort(), ["1", "2", "ShutDown"]);
  });

  test(`QU16 ${kind}.shutdown(true): both getters meet ShutDown`, () => {
    const queue = make();
    queue.put(1);
    queue.shutdown(true);
    assert.deepEqual(results(crew(2, () => outcomeOf(() => queue.get()))), ["ShutDown", "ShutDown"]);
  });

  for (const immediate of [false, true]) {
    const id = immediate ? "QU18" : "QU17";
    test(`${id} ${kind}.shutdown(${immediate}): those who wait to put meet ShutDown`, () => {
      const queue = make(1);
      queue.put(1);
      const putters = crew(3, (form) =>
        form === 0
          ? queue.putAsync(2).catch((error: Error) => error.name)
          : outcomeOf(() => queue.put(2, PATIENCE_MS)),
      );
      untilWaiting(queue, 3);
      queue.shutdown(immediate);
      assert.deepEqual(results(putters), Array(3).fill("ShutDown"));
      assert.equal(queue.qsize(), immediate ? 0 : 1);
    });
  }

  test(`QU19 ${kind}.shutdown(true) releases those in join()`, () => {
    const queue = make();
    queue.put(1);
    const joiners = crew(2, () => queue.join(PATIENCE_MS));
    untilWaiting(queue, 2);
    queue.shutdown(true);
    assert.deepEqual(results(joiners), [true, true]);
  });

  test(`QU20 ${kind}.shutdown() releases those in join() when what is left is done`, () => {
    const queue = make();
    queue.put(1);
    queue.put(2);
    const joiners = crew(2, () => queue.join(PATIENCE_MS));
    untilWaiting(queue, 2);
    queue.shutdown();
    for (let i = 0; i < 2; i++) {
      assert.equal(queue.statistics().joining, 2);
      queue.get();
      queue.taskDone();
    }
    assert.deepEqual(results(joiners), [true, true]);
  });

  for (const immediate of [true, false]) {
    const id = immediate ? "QU21" : "QU22";
    test(`${id} ${kind}.shutdown(${immediate}) with one waiting to put and one in join()`, () => {
      const queue = make(1);
      queue.put(1);
      const putter = spawn(() => outcomeOf(() => queue.put(2, PATIENCE_MS)));
      const joiner = spawn(() => queue.join(PATIENCE_MS));
      untilWaiting(queue, 2);
      queue.shutdown(immediate);
      assert.equal(resultOf(putter), "ShutDown");
      if (immediate) {
        assert.throws(() => queue.getNowait(), ShutDown);
      } else {
        assert.equal(queue.get(), 1);
        queue.taskDone();
      }
      assert.equal(resultOf(joiner), true);
    });
  }

  test(`QU23 ${kind}.shutdown(): 2 consumers and 2 joiners all finish`, () => {
    const queue = make();
    for (let i = 0; i < 50; i++) queue.put(i);
    const joiners = crew(2, () => queue.join(PATIENCE_MS));
    const consumers = crew(2, () => {
      let count = 0;
      for (const _item of queue) {
        queue.taskDone();
        count++;
      }
      return count;
    });
    queue.shutdown();
    assert.deepEqual(results(joiners), [true, true]);
    assert.equal(
      results(consumers).reduce((a, b) => a + b),
      50,
    );
  });

  for (const immediate of [false, true]) {
    test(`QU24 ${kind}.shutdown(${immediate}): those who wait to get meet ShutDown`, () => {
      const queue = make();
      const getters = crew(3, (form) =>
        form === 0
          ? queue.getAsync().catch((error: Error) => error.name)
          : outcomeOf(() => queue.get(PATIENCE_MS)),
      );
      untilWaiting(queue, 3);
      queue.shutdown(immediate);
      assert.deepEqual(results(getters), Array(3).fill("ShutDown"));
      assert.throws(() => make().get(0), Empty);
    });
  }
}

/** The suite. */
export function queueShutdown(factory: QueueFactory): void {
  alone(factory);
  crowds(factory);
}
