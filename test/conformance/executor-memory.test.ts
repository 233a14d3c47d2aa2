// What an executor keeps: nothing of what nobody else has any more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asCompleted, Event, type Future, ThreadPoolExecutor } from "../../src/api/index.ts";
import { finish } from "../../src/core/future.ts";
import { heapUse } from "../../src/core/heap.ts";
import type { Addr } from "../../src/core/word.ts";
import { newTask } from "../../src/futures/call.ts";
import { friends } from "../../src/futures/friends.ts";
import { returned } from "../../src/futures/outcome.ts";
import { deliver, drain, enterPort } from "../../src/futures/port.ts";
import { Submitter } from "../../src/futures/unseen.ts";
import { collectGarbage } from "../support/census.ts";

/** How many of them are still there. */
async function living(refs: readonly WeakRef<object>[]): Promise<number> {
  await collectGarbage();
  return refs.filter((ref) => ref.deref() !== undefined).length;
}

/** The `n`-th of a sequence of objects. */
const item = (n: number): { readonly n: number } => ({ n });

test("CE16 ThreadPoolExecutor: a task, its arguments and its future are collected when nobody has them", async () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const refs: WeakRef<object>[] = [];
  const call = (n: number): void => {
    const argument = { n };
    const fn = ({ n }: { n: number }): object => ({ n });
    const future = pool.submit(fn, argument);
    const result = future.result();
    refs.push(new WeakRef(argument), new WeakRef(fn), new WeakRef(future), new WeakRef(result));
  };
  for (let n = 0; n < 5; n++) call(n);
  pool.submit(item, 5).result(); // this thread takes records back whenever it submits or waits
  assert.equal(await living(refs), 0);
});

test("CE16 a future that is done, and its result, are collected also before its record comes back, which is freed then", async () => {
  const refs: WeakRef<object>[] = [];
  const call = (): Addr => {
    const record = newTask(0 as Addr, 0);
    const future = friends.open(record, new Submitter("test"));
    enterPort(record, future);
    assert.equal(finish(record, returned({ n: 1 })), true);
    refs.push(new WeakRef(future), new WeakRef(future.result() as object));
    return record;
  };
  const record = call();
  assert.equal(await living(refs), 0);
  const { blocks } = heapUse();
  deliver(record);
  assert.equal(drain(), true);
  assert.equal(heapUse().blocks, blocks - 2); // the record and its message
});

test("CE16 ThreadPoolExecutor: a worker keeps no argument of a task that is done", async () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const keep = (argument: object): void => {
    (globalThis as Record<string, unknown>)["kept"] = new WeakRef(argument);
  };
  const look = async (): Promise<boolean> => {
    await collectGarbage();
    return ((globalThis as Record<string, unknown>)["kept"] as WeakRef<object>).deref() === undefined;
  };
  for (let n = 0; n < 3; n++) pool.submit(keep, { n }).result();
  assert.equal(await pool.submit(look), true);
});

test("CE18 ThreadPoolExecutor.map(): its iterator keeps no result that it gave out", async () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  for (const chunksize of [1, 3]) {
    const results = pool.map(item, [1, 2, 3, 4, 5, 6, 7], { chunksize })[Symbol.iterator]();
    const refs = Array.from({ length: 6 }, () => new WeakRef(results.next().value as object));
    assert.equal(await living(refs), 0);
    assert.deepEqual(results.next().value, { n: 7 });
  }
  const awaited = pool.map(item, [1, 2, 3])[Symbol.asyncIterator]();
  const refs = [new WeakRef((await awaited.next()).value as object)];
  refs.push(new WeakRef((await awaited.next()).value as object));
  assert.equal(await living(refs), 0);
  assert.deepEqual((await awaited.next()).value, { n: 3 });
});

test("CA04 asCompleted() keeps no future that it gave out", async () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const gate = new Event();
  const never = pool.submit((): object => ({ set: gate.wait() }));
  const some = (): Iterable<Future<object>> => [...[1, 2, 3].map((n) => pool.submit(item, n)), never];
  const blocking = asCompleted(some())[Symbol.iterator]();
  const refs = Array.from({ length: 3 }, () => new WeakRef(blocking.next().value as object));
  assert.equal(await living(refs), 0);
  blocking.return?.();
  const awaiting = asCompleted(some())[Symbol.asyncIterator]();
  const more: WeakRef<object>[] = [];
  for (let i = 0; i < 3; i++) more.push(new WeakRef((await awaiting.next()).value as object));
  assert.equal(await living(more), 0);
  await awaiting.return?.();
  gate.set();
});
