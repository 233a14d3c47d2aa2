// What multiprocessing's Pool and ThreadPool have in common.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AsyncResult, Future, spawn, ThreadPool } from "heddle";
import { Pool } from "heddle/multiprocessing";
import { PATIENCE_MS } from "../support/processes.ts";

const square = (n: number): number => n * n;
/** An error with a part that cannot cross. */
const failAt3 = (n: number): number => {
  if (n !== 3) return n;
  throw Object.assign(new RangeError("three"), { code: 3, port: new Proxy({}, {}) });
};
const isThree = (error: unknown): boolean => {
  const { name, message, code } = error as RangeError & { code: number };
  assert.deepEqual([name, message, code], ["RangeError", "three", 3]);
  return true;
};

it("AsyncResult: a callback is called once, whether the calls are done before or after, or there are none", async () => {
  for (const count of [0, 1, 2]) {
    for (const early of [true, false]) {
      const futures = Array.from({ length: count }, () => new Future<number>());
      const end = (): void => futures.forEach((future, i) => future.setResult(i));
      const heard: unknown[] = [];
      if (early) end();
      const result = new AsyncResult(futures, (done) => done.length, {
        callback: (value) => heard.push(value),
        errorCallback: (error) => heard.push(error),
      });
      if (!early) end();
      assert.equal(await result, count);
      await Promise.resolve();
      assert.deepEqual(heard, [count]);
    }
  }
});

for (const [name, make] of [
  ["Pool", () => new Pool(2)],
  ["ThreadPool", () => new ThreadPool(2)],
] as const) {
  describe(name, () => {
    it("imap() and imapUnordered() give results one by one, by next(), for and for await", async () => {
      using pool = make();
      const some = pool.imap(square, [1, 2, 3]);
      assert.deepEqual([some.next().value, some.next().value, [...some]], [1, 4, [9]]);
      for (const chunksize of [1, 2]) {
        const ordered: number[] = [];
        for await (const n of pool.imap(square, [1, 2, 3, 4, 5], chunksize)) ordered.push(n);
        assert.deepEqual(ordered, [1, 4, 9, 16, 25]);
        const any: number[] = [];
        for await (const n of pool.imapUnordered(square, [1, 2, 3, 4, 5], chunksize)) any.push(n);
        assert.deepEqual(
          any.sort((a, b) => a - b),
          ordered,
        );
      }
    });

    it("an iterable that throws: what came before it is done, then its error comes", async () => {
      using pool = make();
      function* broken(): Generator<number> {
        yield 1;
        yield 2;
        throw new Error("input");
      }
      for (const chunksize of [1, 3]) {
        const got: number[] = [];
        assert.throws(
          () => {
            for (const n of pool.imap(square, broken(), chunksize)) got.push(n);
          },
          { message: "input" },
        );
        await assert.rejects(
          async () => {
            for await (const n of pool.imapUnordered(square, broken(), chunksize)) got.push(n);
          },
          { message: "input" },
        );
        assert.deepEqual(got.sort(), [1, 1, 4, 4]);
      }
    });

    it("an error arrives from anywhere in a chunk, without the parts that cannot cross", async () => {
      using pool = make();
      const items = [1, 2, 3, 4];
      for (const chunksize of [1, 2, 4]) {
        assert.throws(() => pool.map(failAt3, items, chunksize), isThree);
        await assert.rejects(pool.mapAsync(failAt3, items, chunksize).getAsync(PATIENCE_MS), isThree);
        const got: number[] = [];
        assert.throws(() => {
          for (const n of pool.imap(failAt3, items, chunksize)) got.push(n);
        }, isThree);
        assert.deepEqual(got, [1, 2]);
      }
    });

    it("what is no function, and sizes that are none, are refused at once", () => {
      using pool = make();
      for (const bad of [undefined, 1, "fn"]) {
        assert.throws(() => pool.map(bad as never, [1]), TypeError);
        assert.throws(() => pool.imap(bad as never, [1]), TypeError);
        assert.throws(() => pool.apply(bad as never), TypeError);
      }
      for (const size of [0, -1, 1.5]) {
        assert.throws(() => pool.map(square, [1], size), RangeError);
        assert.throws(() => pool.imapUnordered(square, [1], size), RangeError);
      }
    });

    it("a closed one refuses everything, also from a thread that it was sent to", async () => {
      const pool = make();
      const there = spawn(() => [pool.map(square, [1, 2, 3]), [...pool.imap(square, [4])]]);
      assert.deepEqual(there.result(PATIENCE_MS), [[1, 4, 9], [16]]);
      spawn(() => pool.close()).join(PATIENCE_MS);
      const uses = [
        () => pool.apply(square, [1]),
        () => pool.map(square, []),
        () => pool.imap(square, []),
        () => pool.imapUnordered(square, [1]),
        () => spawn(() => pool.starmap(square, [[1]])).result(PATIENCE_MS),
      ];
      for (const use of uses) assert.throws(use, { name: "InvalidStateError" });
      await pool.joinAsync();
      pool.join();
    });
  });
}
