// Pools and the machine they run on: how many workers by default, many futures that end at once, context of async tasks.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { Event, Semaphore, spawn, ThreadPoolExecutor, wait, waitAsync } from "../../src/api/index.ts";
import { resultOf } from "../support/threads.ts";
import { untilSync } from "../support/until.ts";
import { storage } from "./programs/storage.ts";

test("CT02 ThreadPoolExecutor: as many workers as there are cores by default, and no more", () => {
  using pool = new ThreadPoolExecutor();
  const gate = new Semaphore(0);
  const cores = availableParallelism();
  const futures = Array.from({ length: cores + 2 }, () => pool.submit(() => gate.acquire()));
  untilSync(() => pool.statistics().pending === 2, { what: "a task to run on each core" });
  assert.equal(pool.statistics().workers, cores);
  gate.release(cores + 2);
  assert.equal(wait(futures).done.size, cores + 2);
});

test("CW09 wait(): a hundred futures that are done at once, none is missed", async () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 4, concurrency: 25 });
  for (let round = 0; round < 6; round++) {
    const gate = new Event();
    const futures = Array.from({ length: 100 }, () => pool.submit(() => gate.waitAsync()));
    untilSync(() => pool.statistics().pending === 0, { what: "100 tasks to run" });
    gate.set();
    const { done } = round % 2 === 0 ? wait(futures) : await waitAsync(futures);
    assert.equal(done.size, 100);
  }
});

test("TC01 an AsyncLocalStorage holds for each task its own value, also where one worker runs many at once", async () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 2, concurrency: 10 });
  const task = (n: number): Promise<readonly unknown[]> =>
    storage.run(n, async () => {
      const seen: unknown[] = [];
      for (let i = 0; i < 10; i++) {
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(storage.getStore());
      }
      return seen;
    });
  const numbers = Array.from({ length: 20 }, (_, n) => n);
  const seen = await Promise.all(numbers.map((n) => pool.submit(task, n)));
  assert.deepEqual(
    seen,
    numbers.map((n) => Array.from({ length: 10 }, () => n)),
  );
  assert.equal(pool.submit(() => storage.getStore()).result(), undefined);
});

test("a thread begins with an empty context; an AsyncLocalStorage is none that another thread could have", () => {
  assert.equal(
    storage.run(1, () => resultOf(spawn(() => storage.getStore()))),
    undefined,
  );
  const own = new AsyncLocalStorage<number>();
  assert.throws(() => own.run(1, () => spawn(() => own.getStore())), { name: "CaptureError" });
});
