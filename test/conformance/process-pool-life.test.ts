// Conformance: process pools that are dropped, left behind, starved of processes, or large (CP, MP).
import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue as ThreadQueue, spawn, ThreadPool } from "heddle";
import { Pool, Process, ProcessPoolExecutor } from "heddle/multiprocessing";
import { collectGarbage } from "../support/census.ts";
import { runProgram, runSource, programFolder, type ProgramResult } from "../support/child.ts";
import { PATIENCE_MS } from "../support/processes.ts";
import { until } from "../support/until.ts";

const square = (n: number): number => n * n;

/** In a worker: keeps a weak reference to what it is given. */
function remember(given: object): void {
  (globalThis as Record<string, unknown>)["remembered"] = new WeakRef(given);
}
/** In a worker: has that been collected? */
async function isForgotten(): Promise<boolean> {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return ((globalThis as Record<string, unknown>)["remembered"] as WeakRef<object>).deref() === undefined;
}

test("CP07 a worker lets go of what a task was given once the task is done", async () => {
  using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  pool.submit(remember, { big: true }).result(PATIENCE_MS);
  await until(() => pool.submit(isForgotten), { what: "the worker to let go of the argument" });
});

test("CP10 MP177 workers that are idle are used again; a large pool does many small tasks", () => {
  using pool = new ProcessPoolExecutor({ maxWorkers: 6 });
  for (let i = 0; i < 3; i++) {
    const first = pool.submit(square, i);
    pool.submit(square, i + 1).result(PATIENCE_MS);
    first.result(PATIENCE_MS);
  }
  assert.ok(pool.statistics().started <= 3, `${pool.statistics().started} were started`);
  using large = new Pool(8);
  const squares = large.map(
    square,
    Array.from({ length: 1000 }, (_, i) => i),
  );
  assert.equal(
    squares.reduce((sum, n) => sum + n),
    332_833_500,
  );
  assert.equal(large.statistics().workers, 8);
});

test("MP098 MP100 Pool: items, results and errors are let go of when the program has; a thread pool wraps no errors", async () => {
  using pool = new Pool(1);
  const use = (): WeakRef<object>[] => {
    const item = { n: 1 };
    const [result] = pool.map((given: { n: number }) => ({ n: given.n + 1 }), [item]);
    const failing = pool.applyAsync(() => {
      throw new RangeError("bad");
    });
    let error: unknown;
    try {
      failing.get(PATIENCE_MS);
    } catch (caught) {
      error = caught;
    }
    return [item, result as object, error as object].map((thing) => new WeakRef(thing));
  };
  const refs = use();
  await until(
    async () => {
      await collectGarbage();
      return refs.every((ref) => ref.deref() === undefined);
    },
    { what: "items, results and errors to be collected" },
  );
  using threads = new ThreadPool(1);
  assert.throws(
    () =>
      threads.apply(() => {
        throw new RangeError("plain");
      }),
    (error: Error) => error instanceof RangeError && error.message === "plain" && error.cause === undefined,
  );
});

/** What programs below begin with: how many children they have (0 where the platform does not tell), and until(). */
const PRELUDE = `
  import { Pool, ProcessPoolExecutor } from "heddle/multiprocessing";
  import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
  const isChild = (pid) => {
    try { return readFileSync("/proc/" + pid + "/stat", "utf8").match(/\\) . (\\d+)/)[1] === String(process.pid); } catch { return false; }
  };
  const children = () => process.platform === "linux" ? readdirSync("/proc").filter(isChild).length : 0;
  async function until(done) {
    for (let i = 0; i < 2000 && !done(); i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 5)); }
  }
`;

test("CP15 MP102 pools that become garbage: what was submitted is done, the workers end; an open Pool is warned of", async () => {
  const { stdout, stderr } = await runSource(
    `${PRELUDE}
    const futures = (() => {
      const pool = new ProcessPoolExecutor({ maxWorkers: 1, maxTasksPerChild: 1 });
      return [1, 2, 3].map((n) => pool.submit((x) => x * x, n));
    })();
    const result = (() => new Pool(1).applyAsync((x) => x * x, [4]))();
    let warned = "";
    process.on("warning", ({ message }) => void (warned = message));
    await until(() => warned !== "");
    console.log(await Promise.all(futures), await result, warned);
    await until(() => children() <= 1); // one may be kept ready
    console.log(children() <= 1);
  `,
    { nodeArgs: ["--expose-gc"] },
  );
  assert.match(stdout, /^\[ 1, 4, 9 \] 16 Pool-\d+ was still open when it became garbage: .*\ntrue\n$/);
  assert.match(stderr, /HeddleWarning: Pool-\d+ was still open/);
});

test("MP108 pools that are left open do not keep the program", async () => {
  const { stdout, status, timedOut } = await runSource(`
    import { Pool, ProcessPoolExecutor } from "heddle/multiprocessing";
    const pool = new Pool(1), executor = new ProcessPoolExecutor({ maxWorkers: 1 });
    console.log(pool.apply((n) => n + 1, [1]), executor.submit((n) => n + 1, 2).result());
  `);
  assert.deepEqual([stdout, status, timedOut], ["2 3\n", 0, false]);
});

test("ProcessPoolExecutor and Pool: errors that nobody looked at are reported at shutdown, once", async () => {
  const { stderr, status } = await runSource(`
    import { Pool, ProcessPoolExecutor } from "heddle/multiprocessing";
    const fail = (what) => { throw new Error(what); };
    const executor = new ProcessPoolExecutor({ maxWorkers: 1 });
    executor.submit(fail, "unseen 1");
    executor.submit(fail, "looked at").exception();
    executor.shutdown(); executor.shutdown();
    const pool = new Pool(1);
    pool.applyAsync(fail, ["unseen 2"]);
    pool.applyAsync(fail, ["looked at"], { errorCallback: () => {} });
    pool.close(); pool.join(); pool.join();
    const forced = new ProcessPoolExecutor({ maxWorkers: 1 });
    forced.submit(() => { for (;;); });
    forced.terminateWorkers(); forced.shutdown();
  `);
  assert.equal(status, 0);
  assert.deepEqual(stderr.match(/Error: unseen \d|Error: looked at|forcefully/g), [
    "Error: unseen 1",
    "Error: unseen 2",
  ]);
  assert.match(stderr, /Exception in a task of ProcessPoolExecutor-\d+ that nobody has looked at:/);
});

/** Runs a program that may have few descriptors, and can use all but some of them up. */
async function starved(source: string): Promise<ProgramResult> {
  const folder = programFolder({
    "main.mjs": `${PRELUDE}
      const taken = [];
      function take() {
        try { for (;;) taken.push(openSync("/dev/null")); } catch (error) { if (error.code !== "EMFILE") throw error; }
      }
      const give = (count) => taken.splice(0, count).forEach((fd) => closeSync(fd));
      ${source}`,
  });
  try {
    const command = 'ulimit -n 128; exec "$0" "$1"';
    return await runProgram(["-c", command, process.execPath, folder.file("main.mjs")], {
      command: "/bin/sh",
    });
  } finally {
    folder.remove();
  }
}
const posix = { skip: process.platform === "win32" && "no limit of descriptors" };

test(
  "CP17 a worker, or its replacement, cannot be started and none is left: the pool breaks, nothing hangs",
  posix,
  async () => {
    const { stdout, stderr } = await starved(`
    const report = (future) => { try { future.result(20_000); return true; } catch (error) { console.log(error.name, error.message); return false; } };
    const pool = new ProcessPoolExecutor({ maxWorkers: 1, maxTasksPerChild: 1 });
    console.log(pool.submit(() => 1).result());
    take();
    while (report(pool.submit(() => 2))) take();
    const other = new ProcessPoolExecutor({ maxWorkers: 2 });
    report(other.submit(() => 3));
    give(1e6);
    pool.shutdown(); other.shutdown();
  `);
    assert.equal(stderr, "");
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.length, 3, stdout);
    for (const line of lines.slice(1))
      assert.match(
        line,
        /^BrokenExecutorError Cannot get the result of a task: .*a worker could not be started: /,
      );
  },
);

test("CP19 no supervisor can be started: making a pool is an error, nothing hangs, and later it works", async () => {
  const { stdout, stderr } = await runSource(`
    import workers from "node:worker_threads";
    import { syncBuiltinESMExports } from "node:module";
    const real = workers.Worker;
    let broken = true;
    workers.Worker = class extends real {
      constructor(...args) {
        if (broken) throw new Error("Resource temporarily unavailable");
        super(...args);
      }
    };
    syncBuiltinESMExports();
    const { ProcessPoolExecutor } = await import("heddle/multiprocessing");
    try { new ProcessPoolExecutor().submit(() => 1); } catch (error) { console.log(String(error.cause ?? error)); }
    broken = false;
    console.log(new ProcessPoolExecutor({ maxWorkers: 1 }).submit(() => 2).result(20_000));
  `);
  assert.match(stdout, /Resource temporarily unavailable\n2\n$/);
  assert.equal(stderr, "");
});

test(
  "MP158 Pool: one of its workers cannot be started: those that were are ended, and the error is raised",
  posix,
  async () => {
    const { stdout, stderr } = await starved(`
    const first = new Pool(1);
    first.terminate();
    first.join();
    let refusals = 0;
    for (let room = 0; ; room += 2) {
      take();
      give(room);
      let pool;
      try { pool = new Pool(5); } catch (error) {
        if (error.name !== "ProcessError" || !/^Cannot create Pool: a worker could not be started: /.test(error.message)) throw error;
        refusals++;
        give(9);
        if (children() > 1) throw new Error(children() + " processes are left"); // one may be kept ready
        continue;
      }
      pool.terminate();
      pool.join();
      break;
    }
    console.log(refusals > 1);
  `);
    assert.deepEqual([stdout, stderr], ["true\n", ""]);
  },
);

const pidOf = (): number => process.pid;
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("Pool, ProcessPoolExecutor: threads of the process use the same one, and see that it is closed", () => {
  const pool = new Pool(1);
  const executor = new ProcessPoolExecutor({ maxWorkers: 1 });
  const [pids, ready] = spawn(() => {
    const there = [pool.apply(pidOf), executor.submit(pidOf).result()];
    pool.close();
    executor.shutdown();
    return [there, pool.join(PATIENCE_MS)] as const;
  }).result(PATIENCE_MS);
  assert.equal(ready, true);
  assert.ok(pids.every((pid) => pid !== process.pid));
  assert.throws(() => pool.apply(pidOf), {
    name: "InvalidStateError",
    message: "Cannot use Pool: it is closed",
  });
  assert.throws(() => executor.submit(pidOf), { name: "InvalidStateError" });
  const terminated = new Pool(1);
  spawn(() => terminated.terminate()).join(PATIENCE_MS);
  assert.throws(() => terminated.apply(pidOf), { message: "Cannot use Pool: it is terminated" });
  assert.equal(terminated.join(PATIENCE_MS), true);
  assert.throws(() => new Process({ target: () => terminated.terminate() }).start(), {
    name: "CaptureError",
    message: /terminated is a Pool.*make one inside of the body/,
  });
});

test("Pool, ProcessPoolExecutor: a thread that is terminated leaves no workers of its own behind", async () => {
  const told = new ThreadQueue<number>();
  const thread = spawn(() => {
    const pools = [new Pool(1), new Pool(1)] as const;
    const executor = new ProcessPoolExecutor({ maxWorkers: 1 });
    for (const pool of pools) told.put(pool.apply(pidOf));
    told.put(executor.submit(pidOf).result());
    told.put(0);
    for (;;) pools[0].apply(pidOf);
  });
  const pids = [told.get(PATIENCE_MS), told.get(PATIENCE_MS), told.get(PATIENCE_MS)];
  assert.equal(told.get(PATIENCE_MS), 0);
  assert.ok(pids.every(isAlive));
  thread.terminate();
  assert.ok(thread.join(PATIENCE_MS));
  await until(() => !pids.some(isAlive), { what: "the workers to end" });
});
