import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AtomicInt,
  currentThread,
  enumerate,
  Event,
  type Future,
  InvalidStateError,
  Semaphore,
  sleep,
  ThreadPool,
  ThreadPoolExecutor,
  ThreadTerminatedError,
  TimeoutError,
  wait,
} from "../../src/api/index.ts";
import { runSource } from "../support/child.ts";
import { until, untilSync } from "../support/until.ts";
import { executorSuite } from "./suites/executor.ts";

executorSuite({ name: "ThreadPoolExecutor", make: (maxWorkers) => new ThreadPoolExecutor({ maxWorkers }) });

const square = (n: number): number => n * n;

test("CE05 ThreadPoolExecutor.map() throws TimeoutError when the whole took too long", () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const gate = new Event();
  const results = pool.map((wait: boolean) => wait && gate.wait(), [false, false, true], { timeoutMs: 300 });
  const seen: unknown[] = [];
  assert.throws(() => {
    for (const value of results) seen.push(value);
  }, TimeoutError);
  assert.ok(seen.length <= 2);
  gate.set();
});

test("CE15 ThreadPoolExecutor: a map of more tasks than workers, then shutdown(), does not hang", () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const results = pool.map(square, [1, 2, 3]);
  pool.shutdown();
  assert.deepEqual([...results], [1, 4, 9]);
});

test("CE17 ThreadPoolExecutor refuses options that are none", () => {
  for (const maxWorkers of [0, -1, 1.5])
    assert.throws(() => new ThreadPoolExecutor({ maxWorkers }), RangeError);
  assert.throws(() => new ThreadPoolExecutor({ initializer: 5 as never }), TypeError);
  assert.throws(() => new ThreadPoolExecutor({ workers: 5 } as never), TypeError);
});

test("CT01 ThreadPoolExecutor.map() submits although nobody iterates", () => {
  const count = new AtomicInt(0);
  const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  pool.map(() => count.increment(), [1, 2, 3, 4]);
  pool.shutdown();
  assert.equal(count.load(), 4);
});

test("CT03 ThreadPoolExecutor: 15 blocking tasks for each of 4 workers take exactly 4 threads", () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
  const gate = new Semaphore(0);
  const futures = Array.from({ length: 60 }, () => pool.submit(() => gate.acquire()));
  untilSync(() => pool.statistics().pending === 56, { what: "4 tasks to run" });
  assert.equal(pool.statistics().workers, 4);
  gate.release(60);
  wait(futures);
  assert.equal(pool.statistics().workers, 4);
});

test("CT04 ThreadPoolExecutor: three tasks, one after the other, use one thread", () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
  for (let i = 0; i < 3; i++) pool.submit(square, i).result();
  assert.equal(pool.statistics().workers, 1);
});

test("CT07 ThreadPoolExecutor.map(): an iteration that times out or is closed cancels the rest", () => {
  for (const how of ["timeout", "close"]) {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const gate = new Event();
    const begun = new Event();
    const ran = new AtomicInt(0);
    const task = (n: number): number => {
      begun.set();
      gate.wait();
      ran.increment();
      return n;
    };
    const results = pool.map(task, [1, 2, 3], how === "timeout" ? { timeoutMs: 100 } : {})[Symbol.iterator]();
    begun.wait();
    if (how === "timeout") assert.throws(() => results.next(), TimeoutError);
    else results.return?.();
    gate.set();
    pool.shutdown();
    assert.equal(ran.load(), 1);
  }
});

test("CS01 ThreadPoolExecutor.submit() after shutdown() is refused", () => {
  const pool = new ThreadPoolExecutor();
  pool.shutdown();
  assert.throws(() => pool.submit(square, 2), InvalidStateError);
});

test("CS04 ThreadPoolExecutor.shutdown() waits for 50 tasks", () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 3 });
  const futures = Array.from({ length: 50 }, (_, i) => pool.submit(square, i));
  pool.shutdown();
  assert.deepEqual(
    futures.map((future) => future.result(0)),
    futures.map((_, i) => i * i),
  );
});

test("CS05 ThreadPoolExecutor.shutdown({ cancelFutures }) cancels what has not begun", () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const begun = new Event();
  const gate = new Event();
  const futures = Array.from({ length: 50 }, () =>
    pool.submit(() => {
      begun.set();
      return gate.wait();
    }),
  );
  begun.wait();
  pool.shutdown({ wait: false, cancelFutures: true });
  gate.set();
  pool.shutdown();
  const cancelled = futures.filter((future) => future.cancelled()).length;
  assert.ok(cancelled > 20 && cancelled < 50);
  for (const future of futures) if (!future.cancelled()) assert.equal(future.exception(), undefined);
});

test("CS07 ThreadPoolExecutor: submit and cancel, then shutdown(), does not hang", () => {
  for (let i = 0; i < 5; i++) {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const future = pool.submit(square, 2);
    future.cancel();
    pool.shutdown();
    assert.ok(future.done());
  }
});

test("CS08 CS11 ThreadPoolExecutor.shutdown(): its threads end; with wait: false, too, and the work is done", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 3, threadNamePrefix: "ending" });
  const gate = new Semaphore(0);
  const futures = Array.from({ length: 3 }, () => pool.submit(() => gate.acquire()));
  untilSync(() => pool.statistics().workers === 3, { what: "3 workers" });
  pool.shutdown({ wait: false });
  gate.release(3);
  for (const future of futures) assert.equal(await future, true);
  await until(() => !enumerate().some(({ name }) => name.startsWith("ending")), {
    what: "the threads to end",
  });
  assert.equal(pool.statistics().workers, 0);
});

test("CS09 CS12 CS13 ThreadPoolExecutor: `using` shuts down; workers are named by prefix and number", () => {
  let pool: ThreadPoolExecutor;
  {
    using inner = new ThreadPoolExecutor({ maxWorkers: 2, threadNamePrefix: "SpecialPool" });
    assert.equal(inner.submit(() => currentThread().name).result(), "SpecialPool_0");
    pool = inner;
  }
  assert.ok(pool.statistics().shutdown);
  using other = new ThreadPoolExecutor();
  assert.match(other.submit(() => currentThread().name).result(), /^ThreadPoolExecutor-\d+_0$/);
});

const POOL = 'import { ThreadPoolExecutor, sleep } from "heddle";\n';

test("CS02 CS06 CS14 a program that ends with tasks pending does them first, and prints nothing else", async () => {
  for (const end of ["", "pool.shutdown({ wait: false });"]) {
    const { stdout, stderr, status } = await runSource(
      `${POOL}const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
       for (const word of ["apple", "pear"]) pool.submit((word) => { sleep(50); console.log(word); }, word);
       ${end}`,
    );
    assert.deepEqual([stdout, stderr, status], ["apple\npear\n", "", 0]);
  }
  const cancelled = await runSource(
    `${POOL}const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
     for (let i = 0; i < 3; i++) pool.submit(() => sleep(20));
     pool.shutdown({ wait: false, cancelFutures: true });`,
  );
  assert.deepEqual([cancelled.stderr, cancelled.status], ["", 0]);
});

test("CS03 submit() in an 'exit' handler is refused", async () => {
  const { stdout, status } = await runSource(
    `${POOL}const pool = new ThreadPoolExecutor();
     pool.submit(() => 1).result();
     process.on("exit", () => { try { pool.submit(() => 2); } catch (error) { console.log(error.name); } });`,
  );
  assert.deepEqual([stdout, status], ["InvalidStateError\n", 0]);
});

test("CS10 a pool that nobody refers to any more ends when its work is done", async () => {
  const { stdout, status } = await runSource(
    `import { ThreadPoolExecutor, activeCount } from "heddle";
     const futures = (() => { const pool = new ThreadPoolExecutor({ maxWorkers: 2 }); return [1, 2, 3].map((n) => pool.submit((x) => x + 1, n)); })();
     console.log(await Promise.all(futures));
     for (let i = 0; i < 500 && activeCount() > 1; i++) { gc(); await new Promise((r) => setTimeout(r, 10)); }
     console.log(activeCount());`,
    { nodeArgs: ["--expose-gc"] },
  );
  assert.deepEqual([stdout, status], ["[ 2, 3, 4 ]\n1\n", 0]);
});

test("CN01 ThreadPoolExecutor: the initializer has run in each worker before its tasks", () => {
  const calls = new AtomicInt(0);
  const initialise = (value: string): void => {
    calls.increment();
    (globalThis as Record<string, unknown>)["initialised"] = value;
  };
  using pool = new ThreadPoolExecutor({ maxWorkers: 2, initializer: initialise, initargs: ["yes"] });
  const seen = pool.map(() => (globalThis as Record<string, unknown>)["initialised"], [1, 2, 3, 4]);
  assert.deepEqual([...seen], ["yes", "yes", "yes", "yes"]);
  assert.ok(calls.load() >= 1);
});

test("CN02 ThreadPoolExecutor: an initializer that throws breaks the pool, with the error as the cause", async () => {
  const { stdout, stderr, status } = await runSource(
    `import { ThreadPoolExecutor } from "heddle";
     const pool = new ThreadPoolExecutor({ maxWorkers: 2, initializer: () => { throw new Error("no wool"); } });
     const futures = [1, 2, 3].map((n) => { try { return pool.submit((x) => x, n); } catch (error) { return { exception: () => error }; } });
     for (const future of futures) console.log(future.exception().name, future.exception().cause.message);
     try { pool.submit(() => 1); } catch (error) { console.log(error.name); }
     pool.shutdown();`,
  );
  const line = "BrokenExecutorError no wool\n";
  assert.deepEqual([stdout, status], [`${line}${line}${line}BrokenExecutorError\n`, 0]);
  assert.match(stderr, /no wool/);
});

test("CD05 CD13 a worker that is terminated fails its own task, by name, and is replaced", async () => {
  for (const when of ["before", "after"]) {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1, threadNamePrefix: `mortal-${when}` });
    const begun = new Event();
    const doomed = pool.submit(() => {
      begun.set();
      sleep(60_000);
    });
    const next = pool.submit(square, 3);
    begun.wait();
    if (when === "after") pool.shutdown({ wait: false });
    enumerate()
      .find(({ name }) => name === `mortal-${when}_0`)
      ?.terminate();
    assert.throws(
      () => doomed.result(),
      (error) => error instanceof ThreadTerminatedError && error.message.includes(`mortal-${when}_0`),
    );
    assert.equal(await next, 9);
    pool.shutdown();
  }
});

test("CD06 CD09 a task that calls process.exit() fails, and the pool goes on", () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  assert.throws(() => pool.submit(() => process.exit(3)).result(), ThreadTerminatedError);
  assert.equal(pool.submit(square, 3).result(), 9);
});

test("ThreadPoolExecutor.terminateWorkers() ends the workers at once and cancels what waits", () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const begun = new Event();
  const running = pool.submit(() => {
    begun.set();
    for (;;);
  });
  const waiting = pool.submit(square, 2);
  begun.wait();
  pool.terminateWorkers();
  assert.throws(() => running.result(), ThreadTerminatedError);
  assert.ok(waiting.cancelled());
  pool.shutdown();
});

test("ThreadPoolExecutor: a task that submits to its own pool and waits never hangs it", async () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const nested = (depth: number): number => (depth === 0 ? 0 : 1 + pool.submit(nested, depth - 1).result());
  assert.equal(pool.submit(nested, 20).result(), 20);
  assert.equal(await pool.submit(async () => (await pool.submit(square, 3)) + 1), 10);
  assert.equal(await pool.submit(async () => (await pool.submit(async () => 4)) + 1), 5);
  assert.throws(() => pool.submit(() => pool.submit(async () => 4).result()).result(), {
    name: "DeadlockError",
  });
  assert.deepEqual(pool.submit(() => [...pool.map(square, [1, 2, 3])]).result(), [1, 4, 9]);
});

test("ThreadPoolExecutor({ concurrency }): one worker runs many tasks that await", async () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 1, concurrency: 10 });
  const met = new AtomicInt(0);
  const all = new Event();
  const task = async (): Promise<boolean> => {
    if (met.increment() === 10) all.set();
    return all.waitAsync();
  };
  const futures: Future<boolean>[] = Array.from({ length: 10 }, () => pool.submit(task));
  assert.deepEqual(new Set(await Promise.all(futures)), new Set([true]));
});

test("submitWith({ timeoutMs }) ends a task that runs too long: with its worker, or, if it awaits, without", async () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  assert.throws(
    () =>
      pool
        .submitWith({ timeoutMs: 50 }, () => {
          for (;;);
        })
        .result(),
    TimeoutError,
  );
  assert.equal(pool.submit(square, 3).result(), 9);
  assert.equal(await pool.submitWith({ timeoutMs: 10_000 }, square, 4), 16);
});

test("cancelOnError: the first task that fails cancels those that have not begun", () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, cancelOnError: true });
  const gate = new Event();
  const bad = pool.submit(() => {
    gate.wait();
    throw new Error("first");
  });
  const rest = [1, 2, 3].map((n) => pool.submit(square, n));
  gate.set();
  assert.throws(() => bad.result(), { message: "first" });
  pool.shutdown();
  assert.ok(rest.every((future) => future.cancelled()));
});

test("an error that nobody looked at is reported at shutdown, once", async () => {
  const { stderr, status } = await runSource(
    `${POOL}const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
     pool.submit(() => { throw new Error("unseen"); });
     const seen = pool.submit(() => { throw new Error("looked at"); });
     seen.exception();
     pool.shutdown(); pool.shutdown();`,
  );
  assert.equal(status, 0);
  assert.equal(
    stderr.match(/unseen/g)?.length,
    1 + (stderr.match(/throw new Error\("unseen"\)/g)?.length ?? 0),
  );
  assert.doesNotMatch(stderr, /looked at"?\n/);
});

test("a function is sent with what it captured at each submit, where that can change", () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const state = { n: 1 };
  const read = (): number => state.n++;
  assert.equal(pool.submit(read).result(), 1);
  state.n = 5;
  assert.equal(pool.submit(read).result(), 5);
  assert.equal(pool.submit(read).result(), 5);
});

test("an executor works in every thread that has it", () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  using other = new ThreadPoolExecutor({ maxWorkers: 1 });
  assert.equal(other.submit(() => pool.submit(square, 4).result()).result(), 16);
});

test("ThreadPool has the methods of multiprocessing's Pool", async () => {
  const pool = new ThreadPool(2);
  const power = (a: number, b: number): number => a ** b;
  assert.equal(pool.apply(power, [2, 5]), 32);
  assert.equal(pool.applyAsync(power, [2, 6]).get(), 64);
  assert.deepEqual(pool.map(square, [1, 2, 3, 4, 5]), [1, 4, 9, 16, 25]);
  assert.deepEqual(await pool.mapAsync(square, [1, 2, 3], 2), [1, 4, 9]);
  assert.deepEqual(
    pool.starmap(power, [
      [2, 3],
      [3, 2],
    ] as const),
    [8, 9],
  );
  assert.deepEqual([...pool.imap(square, [1, 2, 3])], [1, 4, 9]);
  assert.deepEqual([...pool.imapUnordered(square, [1, 2, 3])].sort(), [1, 4, 9]);
  const results: number[] = [];
  const called = pool.applyAsync(square, [3], { callback: (value) => results.push(value) });
  called.wait();
  assert.deepEqual([called.ready(), called.successful(), results], [true, true, [9]]);
  const bad = pool.mapAsync((n: number) => (n === 2 ? JSON.parse("{") : n), [1, 2, 3]);
  assert.throws(() => bad.get(), SyntaxError);
  assert.equal(bad.ready(), true);
  assert.throws(() => pool.join(), InvalidStateError);
  pool.close();
  assert.throws(() => pool.apply(square, [1]), InvalidStateError);
  pool.join();
});
