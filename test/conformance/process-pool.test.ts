// Conformance: ProcessPoolExecutor (CP) and Pool (MP).
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BrokenExecutorError,
  heapStatistics,
  InvalidStateError,
  ProcessError,
  sleep,
  TimeoutError,
} from "heddle";
import { Event, Pool, Process, ProcessPoolExecutor, Queue, Semaphore } from "heddle/multiprocessing";
import { PATIENCE_MS } from "../support/processes.ts";
import { untilSync } from "../support/until.ts";

const square = (n: number): number => n * n;
const pidOf = (): number => process.pid;

test("CP04 CP08 CP09 ProcessPoolExecutor: map in order for any chunksize; no more workers than allowed, one for tasks that follow each other", () => {
  using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
  const pids = [1, 2, 3].map(() => pool.submit(pidOf).result(PATIENCE_MS));
  assert.equal(new Set(pids).size, 1);
  const items = Array.from({ length: 30 }, (_, i) => i);
  for (const chunksize of [1, 6, 40])
    assert.deepEqual([...pool.map(square, items, { chunksize })], items.map(square));
  assert.throws(() => pool.map(square, items, { chunksize: -1 }), RangeError);
  const gate = new Semaphore(0);
  const waiting = Array.from({ length: 10 }, () => pool.submit(() => gate.acquire()));
  untilSync(() => pool.statistics().workers === 2, { what: "two workers" });
  gate.release(10);
  for (const future of waiting) future.result(PATIENCE_MS);
  assert.deepEqual([pool.statistics().workers, pool.statistics().started], [2, 2]);
});

test("ProcessPoolExecutor: a task that cannot be taken leaves nothing behind, and the pool is as it was", () => {
  using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  const large = new Uint8Array(heapStatistics().reservedBytes);
  const refused: readonly [string, unknown][] = [
    ["CaptureError", new WeakRef({})],
    ["HeapExhaustedError", large],
  ];
  assert.equal(pool.submit(square, 2).result(PATIENCE_MS), 4);
  const { blocks } = heapStatistics();
  for (const [name, argument] of refused)
    for (let i = 0; i < 3; i++) assert.throws(() => pool.submit(String, argument), { name });
  assert.ok(heapStatistics().blocks <= blocks); // fewer: those of the first task come back by themselves
  assert.equal(pool.submit(square, 3).result(PATIENCE_MS), 9);
});

test("CP05 ProcessPoolExecutor: an error comes whole, with the stack of the worker and of the asker", async () => {
  using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  const failing = pool.submit(function bad() {
    throw new RangeError("too far", { cause: { n: 1 } });
  });
  assert.throws(
    () => failing.result(PATIENCE_MS),
    (error: Error) => {
      assert.ok(error instanceof RangeError);
      assert.deepEqual(error.cause, { n: 1 });
      assert.match(error.stack ?? "", /at bad .*process-pool\.test[\s\S]*whose result was asked for at/);
      return true;
    },
  );
  assert.equal(await pool.submit(async (n: number) => Promise.resolve(n), 4), 4);
});

test("CP02 CP03 CP06 CP24 ProcessPoolExecutor: a worker is killed: every pending future and later submit() fails, with its exit code", () => {
  const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  const pid = pool.submit(pidOf).result(PATIENCE_MS);
  const first = pool.submit(() => sleep(1e9));
  const second = pool.submit(square, 2);
  untilSync(() => first.running(), { what: "a running task" });
  process.kill(pid, "SIGKILL");
  const errors = [first, second].map((future) => future.exception(PATIENCE_MS));
  for (const error of errors) {
    assert.ok(error instanceof BrokenExecutorError);
    assert.match(error.message, /ended with exit code -9/);
  }
  assert.notEqual(errors[0], errors[1]);
  assert.throws(() => pool.submit(square, 1), BrokenExecutorError);
  pool.terminateWorkers();
  pool.shutdown();
});

test("CP11 CP13 CP14 CP18 ProcessPoolExecutor: maxTasksPerChild: a new worker after so many; a backlog is done, also after shutdown()", () => {
  const pool = new ProcessPoolExecutor({ maxWorkers: 1, maxTasksPerChild: 2 });
  const futures = Array.from({ length: 5 }, () => pool.submit(pidOf));
  pool.shutdown({ wait: false });
  const pids = futures.map((future) => future.result(PATIENCE_MS));
  assert.equal(pids[0], pids[1]);
  assert.equal(new Set(pids).size, 3);
  pool.shutdown();
  assert.throws(() => pool.submit(pidOf), InvalidStateError);
});

test("CP16 CP20 CP21 CP23 CP25 CP26 terminateWorkers(), killWorkers(): what runs and what waits fails; before any task nothing happens; then submit() is an error", () => {
  for (const end of ["terminateWorkers", "killWorkers"] as const) {
    const untouched = new ProcessPoolExecutor({ maxWorkers: 1 });
    untouched[end]();
    assert.throws(() => untouched.submit(pidOf), BrokenExecutorError);
    const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const late = new Queue<string>();
    const running = pool.submit(() => {
      sleep(1e9);
      late.put("too late");
    });
    const waiting = pool.submit(pidOf);
    untilSync(() => running.running(), { what: "a running task" });
    pool[end]();
    assert.throws(() => running.result(PATIENCE_MS), /forcefully shut down/);
    assert.throws(() => waiting.result(PATIENCE_MS), BrokenExecutorError);
    assert.throws(() => pool.submit(pidOf), BrokenExecutorError);
    pool.shutdown();
    assert.equal(late.empty(), true);
  }
});

test("ProcessPoolExecutor: a task that waits can be cancelled; shutdown({ cancelFutures }) cancels all of them", () => {
  const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  const go = new Event();
  const running = pool.submit(() => go.wait());
  untilSync(() => running.running(), { what: "a running task" });
  const waiting = [pool.submit(pidOf), pool.submit(pidOf)];
  assert.equal(waiting[0]?.cancel(), true);
  assert.equal(running.cancel(), false);
  pool.shutdown({ wait: false, cancelFutures: true });
  untilSync(() => waiting[1]?.cancelled(), { what: "a cancelled future" });
  go.set();
  assert.equal(running.result(PATIENCE_MS), true);
  pool.shutdown();
});

test("ProcessPoolExecutor: an initializer runs first in each worker; one that throws breaks the pool", () => {
  const seen = new Queue<number>();
  {
    using pool = new ProcessPoolExecutor({
      maxWorkers: 1,
      initializer: (n: number) => seen.put(n),
      initargs: [7],
    });
    pool.submit(pidOf).result(PATIENCE_MS);
    assert.equal(seen.get(PATIENCE_MS), 7);
  }
  const pool = new ProcessPoolExecutor({ maxWorkers: 1, initializer: () => process.exit(4) });
  assert.throws(() => pool.submit(pidOf).result(PATIENCE_MS), BrokenExecutorError);
  for (const bad of [{ maxWorkers: 0 }, { maxTasksPerChild: 0 }, { maxWorkers: 1.5 }])
    assert.throws(() => new ProcessPoolExecutor(bad), RangeError);
  assert.throws(() => new ProcessPoolExecutor({ initializer: 1 as never }), TypeError);
});

test("MP078 MP079 MP080 MP081 MP082 MP085 MP087 MP089 MP091 MP095 Pool: apply, map, starmap, imap and their async forms; nothing for nothing", async () => {
  using pool = new Pool(2);
  assert.equal(pool.apply(square, [5]), 25);
  assert.deepEqual(pool.map(square, [1, 2, 3]), [1, 4, 9]);
  assert.deepEqual(pool.map(square, [1, 2, 3], 2), [1, 4, 9]);
  assert.deepEqual(
    pool.starmap(
      (a: number, b: number) => a - b,
      [
        [3, 1],
        [1, 3],
      ],
    ),
    [2, -2],
  );
  assert.deepEqual(await pool.starmapAsync((a: number, b: number) => a * b, [[2, 3]]), [6]);
  assert.deepEqual(pool.mapAsync(square, [2]).get(PATIENCE_MS), [4]);
  assert.deepEqual([...pool.imap(square, [1, 2, 3], 2)], [1, 4, 9]);
  assert.deepEqual([...pool.imapUnordered(square, [1, 2, 3])].sort(), [1, 4, 9]);
  assert.deepEqual(
    [pool.map(square, []), [...pool.imap(square, [])], pool.starmap(square, [])],
    [[], [], []],
  );
});

test("MP083 MP088 MP103 Pool: callbacks, one of the two; a timeout; errors reach get()", async () => {
  using pool = new Pool(1);
  const heard: unknown[] = [];
  const callbacks = {
    callback: (value: unknown) => heard.push(value),
    errorCallback: (error: unknown) => heard.push((error as Error).message),
  };
  await pool.mapAsync(square, [1, 2], 1, callbacks);
  const failing = pool.applyAsync(
    () => {
      throw new Error("bad");
    },
    [],
    callbacks,
  );
  assert.throws(() => failing.get(PATIENCE_MS), /bad/);
  assert.equal(failing.successful(), false);
  await failing.then(undefined, () => {});
  assert.deepEqual(heard, [[1, 4], "bad"]);
  assert.throws(() => pool.applyAsync(() => sleep(1e9)).get(5), TimeoutError);
});

test("MP084 MP086 MP090 MP092 MP097 MP099 MP104 Pool: items and results that cannot cross, inputs that throw", () => {
  using pool = new Pool(1);
  assert.throws(() => pool.map((x: unknown) => x, [Promise.resolve()]), /Promise/);
  function* broken(): Generator<number> {
    yield 1;
    throw new Error("input");
  }
  assert.throws(() => pool.map(square, broken()), /input/);
  const got: number[] = [];
  assert.throws(() => {
    for (const value of pool.imap(square, broken())) got.push(value);
  }, /input/);
  assert.deepEqual(got, [1]);
  for (let i = 0; i < 5; i++) assert.throws(() => pool.apply(() => new Proxy({}, {})), /Proxy/);
  assert.equal(pool.statistics().started, 1);
});

test("MP093 MP094 MP096 MP101 MP106 MP107 Pool: bad sizes; terminate() and join() return promptly; then every use is an error", () => {
  for (const size of [0, -1]) assert.throws(() => new Pool(size), RangeError);
  for (const limit of [0, -1, 0.5])
    assert.throws(() => new Pool({ processes: 1, maxTasksPerChild: limit }), RangeError);
  assert.throws(() => new Pool({ maxTasksPerChild: "12" as never }), TypeError);
  const pool = new Pool(2);
  untilSync(() => pool.statistics().workers === 2, { what: "two workers" });
  pool.mapAsync(
    (ms: number) => sleep(ms),
    Array.from({ length: 1000 }, () => 1e9),
    1,
  );
  assert.throws(() => pool.join(), InvalidStateError);
  pool.terminate();
  assert.ok(pool.join(PATIENCE_MS));
  assert.throws(() => pool.apply(pidOf), InvalidStateError);
  const closing = new Pool({ processes: 1, maxTasksPerChild: 1 });
  const results = [1, 2, 3].map((n) => closing.applyAsync(square, [n]));
  closing.close();
  assert.ok(closing.join(PATIENCE_MS));
  assert.deepEqual(
    results.map((result) => result.get(0)),
    [1, 4, 9],
  );
});

test("MP105 Pool: maxTasksPerChild: the workers change, the results are right", () => {
  using pool = new Pool({ processes: 1, maxTasksPerChild: 3 });
  const first = pool.apply(pidOf);
  assert.deepEqual(pool.map(square, [1, 2, 3, 4, 5, 6], 1), [1, 4, 9, 16, 25, 36]);
  assert.notEqual(pool.apply(pidOf), first);
});

test("Pool: a worker that crashes fails its own call, and is replaced", () => {
  using pool = new Pool(1);
  assert.throws(() => pool.apply(() => process.kill(process.pid, "SIGKILL") && sleep(1e9)), ProcessError);
  assert.equal(pool.apply(square, [3]), 9);
});

test("MP141 MP143 Pool in a child that is no daemon, with an initializer", () => {
  const queue = new Queue<unknown>();
  const child = new Process({
    target: () => {
      const pool = new Pool({ processes: 1, initializer: () => queue.put("initialised") });
      queue.put(pool.map(square, [1, 2]));
      pool.close();
      pool.join();
    },
  }).start();
  assert.deepEqual([queue.get(PATIENCE_MS), queue.get(PATIENCE_MS)], ["initialised", [1, 4]]);
  assert.ok(child.join(PATIENCE_MS));
  assert.equal(child.exitcode, 0);
});
