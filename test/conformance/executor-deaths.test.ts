// Where a task or its result is being read or written: an error, process.exit() and the end of the thread there. Nothing hangs.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  currentThread,
  enumerate,
  Event,
  ThreadPoolExecutor,
  ThreadTerminatedError,
  wait,
} from "../../src/api/index.ts";
import { heapUse } from "../../src/core/heap.ts";
import { programFolder, runProgram } from "../support/child.ts";
import { until, untilSync } from "../support/until.ts";

const square = (n: number): number => n * n;

/** A module that throws, exits or ends its thread where it is loaded, but not under threads of this name. */
const bomb = (how: string, unless: string): string =>
  `import { currentThread } from "heddle";
   if (!currentThread().name.startsWith("${unless}")) {
     if ("${how}" === "throws") throw new RangeError("it throws here");
     if ("${how}" === "exits") process.exit(3);
     currentThread().terminate();
     for (;;);
   }
   export const f = () => 1;`;
const WAYS = ["throws", "exits", "ends"] as const;
/** How a call ended, in a word, and that its pool goes on. */
const OUTCOME = `
  const outcome = (future) => { try { return future.result(10_000); } catch (error) { return error.name; } };
  const goesOn = () => pool.submit((n) => n + 1, 1).result(10_000);`;

test("CD02 CD03 CD04 a module of a task that throws, exits or ends its worker fails that task alone", async () => {
  for (const [how, expected] of [
    ["throws", "RangeError"],
    ["exits", "ThreadTerminatedError"],
    ["ends", "ThreadTerminatedError"],
  ] as const) {
    const folder = programFolder({
      "bomb.mjs": bomb(how, "MainThread"),
      "main.mjs": `import { ThreadPoolExecutor } from "heddle";
        import { f } from "./bomb.mjs";
        const pool = new ThreadPoolExecutor({ maxWorkers: 1 });${OUTCOME}
        for (let i = 0; i < 2; i++) console.log(outcome(pool.submit(() => f())), goesOn());
        pool.shutdown();`,
    });
    const { stdout, status } = await runProgram([folder.file("main.mjs")]);
    folder.remove();
    assert.deepEqual([stdout, status], [`${expected} 2\n${expected} 2\n`, 0]);
  }
});

test("CD11 CD12 a result whose module throws, or ends the thread that reads it, hangs nobody", async () => {
  const asked = { throws: "RangeError", exits: "undefined", ends: "ThreadTerminatedError" };
  for (const how of WAYS) {
    const folder = programFolder({
      "bomb.mjs": bomb(how, "worker"),
      "maker.mjs": `import { f } from "./bomb.mjs"; export const make = () => () => f();`,
      "main.mjs": `import { spawn, ThreadPoolExecutor } from "heddle";
        const pool = new ThreadPoolExecutor({ maxWorkers: 1, threadNamePrefix: "worker" });${OUTCOME}
        const url = new URL("./maker.mjs", import.meta.url).href;
        const task = async (url) => (await import(url)).make();
        const reader = spawn(() => outcome(pool.submit(task, url)));
        console.log(reader.join(10_000), outcome(reader), goesOn());
        pool.shutdown();`,
    });
    const { stdout, status } = await runProgram([folder.file("main.mjs")]);
    folder.remove();
    assert.deepEqual([stdout, status], [`true ${asked[how]} 2\n`, 0], how);
  }
});

test("CD08 a worker that ends while it writes a result fails that task, and is replaced", () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const future = pool.submit(() => {
    // V8 formats a stack when it is first read: here, when the result is written.
    Error.prepareStackTrace = () => {
      currentThread().terminate();
      for (;;);
    };
    return new Error("a result");
  });
  assert.throws(() => future.result(), ThreadTerminatedError);
  assert.equal(pool.submit(square, 3).result(), 9);
});

test("CD14 a result that cannot be sent, after shutdown({ wait: false }): the error is on the future, the worker ends", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, threadNamePrefix: "unsendable" });
  const gate = new Event();
  const future = pool.submit(() => {
    gate.wait();
    return new Proxy({}, {});
  });
  pool.shutdown({ wait: false });
  gate.set();
  assert.throws(() => future.result(), { name: "CaptureError" });
  await until(() => !enumerate().some(({ name }) => name.startsWith("unsendable")), {
    what: "the worker to end",
  });
});

test("CD15 workers that end with large arguments and results under way: each fails its own task, nothing is lost", () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const before = heapUse().usedBytes;
  const length = 2_000_000;
  const echo = (data: Uint8Array, die: boolean): Uint8Array => {
    if (die) {
      currentThread().terminate();
      for (;;);
    }
    return data;
  };
  const data = new Uint8Array(length).fill(7);
  const futures = Array.from({ length: 12 }, (_, i) => pool.submit(echo, data, i % 3 === 0));
  for (const [i, future] of futures.entries()) {
    if (i % 3 === 0) assert.throws(() => future.result(), ThreadTerminatedError);
    else assert.equal(future.result().length, length);
  }
  pool.shutdown();
  untilSync(() => heapUse().usedBytes < before + length, { what: "the memory of 12 tasks to come back" });
});

test("CD16 submit() never waits, however many tasks there are and nobody to take them", () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Event();
  const first = pool.submit(() => gate.wait());
  const futures = Array.from({ length: 2000 }, (_, i) => pool.submit(square, i));
  gate.set();
  assert.equal(first.result(), true);
  assert.equal(wait(futures).done.size, 2000);
});
