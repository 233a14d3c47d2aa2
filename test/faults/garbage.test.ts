// Memory is full only when somebody can reach what fills it: garbage of other threads is given back, whatever they do.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  Event,
  HeapExhaustedError,
  heapStatistics,
  Queue,
  sharedArray,
  spawn,
  ThreadPoolExecutor,
} from "../../src/api/index.ts";
import { PATIENCE_MS, resultOf, untilWaiting } from "../support/threads.ts";

const PART = Math.floor(heapStatistics().reservedBytes / 8);
/** More than memory can hold at once. */
const ROUNDS = 20;

const part = (): Uint8Array => sharedArray(Uint8Array, PART);
const touch = (array: Uint8Array): number => array.length;

describe("garbage of other threads, when memory is full", () => {
  it("of the workers of a pool", () => {
    using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    for (let i = 0; i < ROUNDS; i++) assert.equal(pool.submit(touch, part()).result(PATIENCE_MS), PART);
  });

  it("of the workers of a pool, awaited", async () => {
    using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    for (let i = 0; i < ROUNDS; i++) assert.equal(await pool.submit(touch, part()), PART);
  });

  it("of carriers whose threads have ended", () => {
    for (let i = 0; i < ROUNDS; i++) assert.equal(resultOf(spawn(touch, part())), PART);
  });

  it("of a thread that blocks, and of one that awaits", () => {
    const [blocking, awaiting] = [new Queue<Uint8Array | null>(), new Queue<Uint8Array | null>()];
    const sleeper = spawn(() => {
      let sum = 0;
      for (let array = blocking.get(); array !== null; array = blocking.get()) {
        sum += touch(array);
        blocking.taskDone();
      }
      return sum;
    });
    const awaiter = spawn(async () => {
      let sum = 0;
      for (let array = await awaiting.getAsync(); array !== null; array = await awaiting.getAsync()) {
        sum += touch(array);
        awaiting.taskDone();
      }
      return sum;
    });
    for (let i = 0; i < ROUNDS; i++) {
      const queue = i % 2 === 0 ? blocking : awaiting;
      queue.put(part());
      queue.join();
    }
    for (const queue of [blocking, awaiting]) queue.put(null);
    assert.equal(resultOf(sleeper) + resultOf(awaiter), ROUNDS * PART);
  });

  it("what a thread still has stays, and is full memory", () => {
    const done = new Event();
    const keepers = Array.from({ length: 7 }, () =>
      spawn((array: Uint8Array) => {
        done.wait();
        return array[0];
      }, part()),
    );
    untilWaiting(done, keepers.length);
    assert.throws(part, HeapExhaustedError);
    done.set();
    for (const keeper of keepers) assert.equal(resultOf(keeper), 0);
    assert.equal(part().length, PART);
  });
});
