// What every executor does: CPython's ExecutorTest, WaitTests and AsCompletedTests over any factory.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  asCompleted,
  type Executor,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  Future,
  TimeoutError,
  wait,
  waitAsync,
} from "../../../src/api/index.ts";

/** How a suite makes its executor. */
export interface ExecutorFactory {
  readonly name: string;
  readonly make: (maxWorkers: number) => Executor;
}

const power = (base: number, exponent: number): number => base ** exponent;
const square = (n: number): number => n * n;
const fail = (text: string): never => {
  throw new RangeError(text);
};

/** Runs `body` with a fresh executor, and shuts it down. */
async function withExecutor(
  { make }: ExecutorFactory,
  body: (executor: Executor) => void | Promise<void>,
  workers = 2,
): Promise<void> {
  const executor = make(workers);
  try {
    await body(executor);
  } finally {
    await executor.shutdownAsync();
  }
}

export function executorSuite(factory: ExecutorFactory): void {
  submitting(factory);
  mapping(factory);
  buffering(factory);
  waiting(factory);
  completing(factory);
}

function submitting(factory: ExecutorFactory): void {
  const { name } = factory;
  test(`CE01 ${name}.submit() gives the future of the call: blocking, awaited, with callbacks`, () =>
    withExecutor(factory, async (executor) => {
      const future = executor.submit(power, 2, 8);
      assert.equal(future.result(), 256);
      assert.equal(await executor.submit(power, 3, 2), 9);
      assert.equal(await executor.submit(async (n: number) => square(n), 5), 25);
      const seen: number[] = [];
      const other = executor.submit(square, 7);
      other.addDoneCallback((done) => seen.push(done.result()));
      other.result();
      assert.deepEqual(seen, [49]);
    }));
  test(`CE02 ${name}.submit() passes an object of any names, and refuses what is no function`, () =>
    withExecutor(factory, (executor) => {
      const named = { self: 1, fn: 2 };
      assert.deepEqual(executor.submit((options: object) => options, named).result(), named);
      assert.throws(() => executor.submit(undefined as never), TypeError);
    }));
  test(`CE19 ${name}: whatever is thrown counts as a failure: null, 0, "", undefined`, () =>
    withExecutor(factory, (executor) => {
      for (const value of [null, 0, "", undefined, false]) {
        const future = executor.submit((thrown: unknown) => {
          throw thrown;
        }, value);
        let caught: unknown = "nothing";
        try {
          future.result();
        } catch (error) {
          caught = error;
        }
        assert.equal(caught, value);
      }
    }));
  test(`CD07 CD10 ${name}: a task's error, or a result that cannot be sent, is on its future alone`, () =>
    withExecutor(factory, (executor) => {
      const failing = executor.submit(fail, "out of yarn");
      assert.throws(() => failing.result(), { name: "RangeError", message: "out of yarn" });
      assert.ok(failing.exception() instanceof RangeError);
      assert.throws(() => executor.submit(() => new Promise(() => {}).constructor.prototype).result(), Error);
      assert.equal(executor.submit(square, 3).result(), 9);
    }));
  test(`CD01 ${name}: an argument that cannot be sent fails the future`, () =>
    withExecutor(factory, (executor) => {
      const future = executor.submit((x: unknown) => x, new Proxy({}, {}));
      assert.throws(() => future.result(), { name: "CaptureError" });
      assert.equal(executor.submit(square, 3).result(), 9);
    }));
  test(`CF10 ${name}: a future that has ended cannot be cancelled`, () =>
    withExecutor(factory, (executor) => {
      const future = executor.submit(square, 2);
      future.result();
      assert.equal(future.cancel(), false);
      assert.deepEqual([future.done(), future.running(), future.cancelled()], [true, false, false]);
    }));
}

function mapping(factory: ExecutorFactory): void {
  const { name } = factory;
  test(`CE03 ${name}.map() gives results in order, over one and several iterables, whatever the chunksize`, () =>
    withExecutor(factory, async (executor) => {
      const numbers = Array.from({ length: 40 }, (_, i) => i);
      for (const chunksize of [1, 3, 40, 100]) {
        assert.deepEqual([...executor.map(square, numbers, { chunksize })], numbers.map(square));
        const awaited: number[] = [];
        for await (const value of executor.map(square, numbers, { chunksize })) awaited.push(value);
        assert.deepEqual(awaited, numbers.map(square));
      }
      assert.deepEqual([...executor.map(power, [2, 3, 4], [1, 2])], [2, 9]);
      assert.deepEqual([...executor.map(async (n: number) => n + 1, [1, 2, 3], { chunksize: 2 })], [2, 3, 4]);
    }));
  test(`CE04 ${name}.map(): an error comes in its place, after the results before it`, () =>
    withExecutor(factory, (executor) => {
      for (const chunksize of [1, 2, 5]) {
        const results = executor.map((n: number) => (n === 2 ? fail("two") : n), [0, 1, 2, 3, 4], {
          chunksize,
        });
        const seen: number[] = [];
        assert.throws(
          () => {
            for (const value of results) seen.push(value);
          },
          { message: "two" },
        );
        assert.deepEqual(seen, [0, 1]);
      }
    }));
  test(`CE06 CE07 ${name}.map() refuses a buffersize or chunksize that is none`, () =>
    withExecutor(factory, (executor) => {
      for (const key of ["buffersize", "chunksize"]) {
        for (const bad of ["foo", 2.5])
          assert.throws(() => executor.map(square, [1], { [key]: bad }), TypeError);
        for (const bad of [0, -1]) assert.throws(() => executor.map(square, [1], { [key]: bad }), RangeError);
      }
      assert.throws(() => executor.map(square, [1], { bufferSize: 1 } as never), TypeError);
    }));
  test(`${name}.map() reports progress: done, total, failed`, () =>
    withExecutor(factory, async (executor) => {
      const reports: string[] = [];
      const results = executor.map(square, [1, 2, 3, 4, 5], {
        chunksize: 2,
        onProgress: ({ done, total, failed }) => reports.push(`${done}/${total}/${failed}`),
      });
      for await (const _ of results);
      assert.equal(reports.length, 3);
      assert.equal(reports.at(-1), "5/5/0");
    }));
}

function* counting(drawn: number[]): Generator<number> {
  for (let i = 0; ; i++) {
    drawn.push(i);
    yield i;
  }
}

function buffering(factory: ExecutorFactory): void {
  const { name } = factory;
  test(`CE08 CE09 CE12 CE13 ${name}.map() gives the same with any buffersize, over nothing too`, () =>
    withExecutor(factory, (executor) => {
      for (const buffersize of [1, 2, 4, 8]) {
        assert.deepEqual([...executor.map(square, [0, 1, 2, 3], { buffersize })], [0, 1, 4, 9]);
        assert.deepEqual([...executor.map(power, [1, 2, 3], [3, 2, 1], { buffersize })], [1, 4, 3]);
        assert.deepEqual([...executor.map(square, [], { buffersize })], []);
        assert.deepEqual([...executor.map(square as () => number, { buffersize })], []);
      }
    }));
  test(`CE10 CE11 CE14 ${name}.map() draws buffersize inputs, then one for each result`, () =>
    withExecutor(factory, (executor) => {
      const drawn: number[] = [];
      const results = executor.map(square, counting(drawn), { buffersize: 3 })[Symbol.iterator]();
      assert.equal(drawn.length, 3);
      assert.deepEqual([results.next().value, drawn.length], [0, 4]);
      assert.deepEqual([results.next().value, drawn.length], [1, 5]);
      results.return?.();
    }));
}

function waiting(factory: ExecutorFactory): void {
  const { name } = factory;
  test(`CW01 CW07 ${name}: wait() for all, duplicates once, failures and cancelled ones included`, () =>
    withExecutor(factory, async (executor) => {
      const ok = executor.submit(square, 2);
      const bad = executor.submit(fail, "no");
      const { done, notDone } = wait<Future<unknown>>([ok, bad, ok, settled(), failed()]);
      assert.deepEqual([done.size, notDone.size], [4, 0]);
      assert.throws(() => bad.result(), { message: "no" });
      const again = await waitAsync<Future<unknown>>([ok, bad, executor.submit(square, 3)]);
      assert.deepEqual([again.done.size, again.notDone.size], [3, 0]);
    }));
  test(`CW02 CW03 CW08 ${name}: wait() for the first; a cancelled future counts once its executor has noticed`, () =>
    withExecutor(factory, (executor) => {
      const never = new Future<number>();
      const cancelled = new Future<number>();
      cancelled.cancel();
      const future = executor.submit(square, 2);
      const first = wait([never, cancelled, future], { returnWhen: FIRST_COMPLETED });
      assert.deepEqual([[...first.done], first.notDone.has(cancelled)], [[future], true]);
      const late = wait([never, future], { timeoutMs: 20 });
      assert.deepEqual([[...late.done], [...late.notDone]], [[future], [never]]);
    }));
  test(`CW04 CW05 CW06 ${name}: wait() for the first error`, () =>
    withExecutor(factory, async (executor) => {
      const never = new Future<number>();
      for (const bad of [executor.submit(fail, "now"), failed()]) {
        const { done, notDone } = wait<Future<unknown>>([never, settled(), bad], {
          returnWhen: FIRST_EXCEPTION,
        });
        assert.ok(done.has(bad));
        assert.deepEqual([...notDone], [never]);
        assert.ok(bad.exception() instanceof Error);
      }
      const bad = executor.submit(fail, "soon");
      const { notDone } = await waitAsync<Future<unknown>>([never, bad], { returnWhen: FIRST_EXCEPTION });
      assert.deepEqual([...notDone], [never]);
      assert.ok(bad.exception() instanceof Error);
    }));
}

function settled(): Future<number> {
  const future = new Future<number>();
  future.setResult(1);
  return future;
}
function failed(): Future<number> {
  const future = new Future<number>();
  future.setException(new Error("failed before"));
  return future;
}

function completing(factory: ExecutorFactory): void {
  const { name } = factory;
  test(`CA01 CA03 ${name}: asCompleted() gives each future once, finished ones first, both ways`, () =>
    withExecutor(factory, async (executor) => {
      const early = settled();
      const futures = [executor.submit(square, 2), executor.submit(square, 3), early, early];
      const seen = [...asCompleted(futures)];
      assert.deepEqual([seen.length, new Set(seen).size], [3, 3]);
      const more = [executor.submit(square, 2), executor.submit(square, 3)];
      let sum = 0;
      for await (const future of asCompleted(more)) sum += future.result();
      assert.equal(sum, 13);
    }));
  test(`CA02 CA05 ${name}: asCompleted() gives those that are done, then throws with the counts`, () => {
    const all = [new Future<number>(), settled(), new Future<number>(), settled()];
    for (const timeoutMs of [0, 20]) {
      const seen: unknown[] = [];
      assert.throws(
        () => {
          for (const future of asCompleted(all, { timeoutMs })) seen.push(future);
        },
        (error) => error instanceof TimeoutError && error.message.includes("2 (of 4) futures unfinished"),
      );
      assert.equal(seen.length, 2);
    }
  });
}
