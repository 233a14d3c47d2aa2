// Conformance: processes (MP).
import assert from "node:assert/strict";
import { constants } from "node:os";
import { test } from "node:test";
import {
  activeChildren,
  cpuCount,
  currentProcess,
  getAllStartMethods,
  getContext,
  getStartMethod,
  parentProcess,
  Process,
  setStartMethod,
  wait,
} from "heddle/multiprocessing";
import {
  CaptureError,
  AlreadyStartedError,
  InvalidStateError,
  Lock,
  NotStartedError,
  sleep,
  spawn,
  Thread,
} from "heddle";
import { runSource } from "../support/child.ts";
import { collectGarbage } from "../support/census.ts";
import { PATIENCE_MS } from "../support/processes.ts";
import { until } from "../support/until.ts";

const forever = (): void => sleep(1e9);

/** Runs a child to its end and returns its exit code. */
function exitOf(target: () => unknown): number | undefined {
  const child = new Process({ target }).start();
  assert.ok(child.join(PATIENCE_MS), "the child has not ended");
  return child.exitcode;
}

test("MP001 MP004 currentProcess() and parentProcess() in the first process", () => {
  const own = currentProcess();
  assert.deepEqual(
    [own.name, own.pid, own.daemon, own.isAlive(), own.exitcode],
    ["MainProcess", process.pid, false, true, undefined],
  );
  assert.equal(parentProcess(), undefined);
});

test("MP002 MP004 MP006 Process: args, kwargs and name arrive; not alive before, listed while it runs, exit code 0", () => {
  const child = new Process({
    target: (given: number[], more: Record<string, unknown>) => {
      const parent = parentProcess();
      const seen = [
        given,
        more,
        currentProcess().name,
        currentProcess().daemon,
        parent?.name,
        parent?.isAlive(),
      ];
      process.exit(JSON.stringify(seen) === '[[1,2],{"hello":23},"worker",true,"MainProcess",true]' ? 0 : 9);
    },
    args: [[1, 2]] as never,
    kwargs: { hello: 23 },
    name: "worker",
    daemon: true,
  });
  assert.deepEqual(
    [child.isAlive(), child.exitcode, child.pid, child.daemon],
    [false, undefined, undefined, true],
  );
  assert.ok(!activeChildren().includes(child));
  child.start();
  assert.ok(activeChildren().includes(child));
  assert.equal(typeof child.pid, "number");
  assert.ok(child.join(PATIENCE_MS));
  assert.deepEqual([child.exitcode, child.isAlive()], [0, false]);
  assert.ok(!activeChildren().includes(child));
});

test("MP003 Process.daemon: explicit, and fixed by start()", () => {
  assert.deepEqual(
    [new Process({ daemon: true }).daemon, new Process({ daemon: false }).daemon, new Process().daemon],
    [true, false, false],
  );
  const child = new Process({ target: () => {} }).start();
  assert.throws(() => {
    child.daemon = true;
  }, AlreadyStartedError);
  child.join(PATIENCE_MS);
});

test("MP007 Process.terminate(): join(0) returns at once while it is alive; the exit code is -SIGTERM", () => {
  const child = new Process({ target: forever, daemon: true }).start();
  assert.equal(child.join(0), false);
  assert.ok(child.isAlive());
  child.terminate();
  assert.ok(child.join(PATIENCE_MS));
  assert.equal(child.exitcode, -15);
});

test("MP008 Process.kill(): the exit code is -SIGKILL, also in an endless loop", () => {
  const child = new Process({
    target: () => {
      for (;;);
    },
  }).start();
  child.kill();
  assert.ok(child.join(PATIENCE_MS));
  assert.equal(child.exitcode, -9);
});

test("Process.interrupt(): its blocking call throws InterruptedError, and finally blocks run", () => {
  const child = new Process({
    target: () => {
      let code = 1;
      try {
        sleep(1e9);
      } catch (error) {
        code = (error as Error).name === "InterruptedError" && (error as Error).cause === "why" ? 5 : 2;
      } finally {
        process.exit(code);
      }
    },
  }).start();
  child.interrupt("why");
  assert.ok(child.join(PATIENCE_MS));
  assert.equal(child.exitcode, 5);
});

test("MP139 Process: the default kwargs of one are not those of another", () => {
  type Given = Record<string, unknown>;
  const target = (...given: Given[]): void =>
    process.exit(given.length === 0 ? 0 : Object.keys(given[0] as Given).length);
  const codes = [undefined, { a: 1, b: 2 }, undefined].map((kwargs) => {
    const child = new Process({ target, ...(kwargs && { kwargs }) }).start();
    assert.ok(child.join(PATIENCE_MS));
    return child.exitcode;
  });
  assert.deepEqual(codes, [0, 2, 0]);
});

test("MP015 Process.start() lets go of its target and its arguments", async () => {
  const refs: WeakRef<object>[] = [];
  const start = (): Process => {
    const given = { big: true };
    const target = (argument: object): void => void argument;
    refs.push(new WeakRef(given), new WeakRef(target));
    return new Process({ target: target as never, args: [given] as never }).start();
  };
  const child = start();
  await until(
    async () => {
      await collectGarbage();
      return refs.every((ref) => ref.deref() === undefined);
    },
    { what: "the target and its argument to be collected" },
  );
  assert.ok(child.join(PATIENCE_MS));
});

test("MP009 cpuCount() is a whole number above 0", () => {
  assert.ok(Number.isInteger(cpuCount()) && cpuCount() > 0);
});

test("MP010 activeChildren() is a list of exactly those that live", () => {
  assert.deepEqual(activeChildren(), []);
  const child = new Process({ target: forever, daemon: true }).start();
  assert.deepEqual(activeChildren(), [child]);
  child.kill();
  child.join(PATIENCE_MS);
  assert.deepEqual(activeChildren(), []);
});

test("MP012 Process.sentinel: not before start(); ready when the process has ended", () => {
  const child = new Process({ target: forever, daemon: true });
  assert.throws(() => child.sentinel, NotStartedError);
  child.start();
  assert.deepEqual(wait([child.sentinel], 0), []);
  child.kill();
  assert.deepEqual(wait([child.sentinel], PATIENCE_MS), [child.sentinel]);
});

test("MP013 Process.close(): not while it runs; afterwards every other call throws; a second close does nothing", () => {
  const child = new Process({ target: forever, daemon: true }).start();
  assert.throws(() => child.close(), InvalidStateError);
  child.kill();
  child.join(PATIENCE_MS);
  child.close();
  child.close();
  for (const use of [
    () => child.isAlive(),
    () => child.join(),
    () => child.terminate(),
    () => child.exitcode,
  ])
    assert.throws(use, InvalidStateError);
});

test("MP014 processes run side by side and end with their own exit codes; others are killed", () => {
  const ending = Array.from({ length: 4 }, (_, i) =>
    new Process({ target: (code: number) => process.exit(code), args: [i] }).start(),
  );
  const endless = Array.from({ length: 2 }, () => new Process({ target: forever }).start());
  for (const child of endless) child.terminate();
  for (const child of [...ending, ...endless]) assert.ok(child.join(PATIENCE_MS));
  assert.deepEqual(
    [...ending, ...endless].map((child) => child.exitcode),
    [0, 1, 2, 3, -15, -15],
  );
});

test("MP016 a child waits for its threads that are no daemons, not for its daemons", () => {
  const child = new Process({
    target: () => {
      new Thread({ target: () => sleep(1e9), daemon: true }).start();
      spawn(() => {
        sleep(20);
        process.kill(process.pid, "SIGALRM"); // nothing listens: that ends the process, and proves that it waited
      });
    },
  }).start();
  assert.ok(child.join(PATIENCE_MS));
  assert.equal(child.exitcode, -constants.signals.SIGALRM);
});

test("MP017 a subclass of Process: its fields are copied, its run() runs in the child", () => {
  class Worker extends Process {
    code = 0;
    override run(): void {
      this.end(this.code + 1);
    }
    end(code: number): void {
      process.exit(code);
    }
  }
  const worker = new Worker({});
  worker.code = 6;
  worker.start();
  assert.ok(worker.join(PATIENCE_MS));
  assert.equal(worker.exitcode, 7);
});

test("MP019 process.exit(): no code 0, a number itself, true 1, false 0, a text 1", () => {
  const exit = process.exit as (code?: unknown) => never;
  void exit;
  assert.equal(
    exitOf(() => process.exit()),
    0,
  );
  assert.equal(
    exitOf(() => process.exit(8)),
    8,
  );
  assert.equal(
    exitOf(() => (process.exit as (code: unknown) => never)(true)),
    1,
  );
  assert.equal(
    exitOf(() => (process.exit as (code: unknown) => never)(false)),
    0,
  );
});

test("MP018 MP019 an error in a child: its stack and name on stderr, exit code 1; so does a text given to process.exit()", async () => {
  const { stderr, stdout } = await runSource(`
    import { Process } from "heddle/multiprocessing";
    function broken() { throw new RangeError("boom"); }
    const a = new Process({ target: broken, name: "Unlucky" }).start(); a.join();
    const b = new Process({ target: () => process.exit("no more tea") }).start(); b.join();
    const c = new Process({ target: async () => { await null; throw new Error("late"); } }).start(); c.join();
    console.log(a.exitcode, b.exitcode, c.exitcode);
  `);
  assert.equal(stdout, "1 1 1\n");
  assert.match(stderr, /^Process Unlucky:\nRangeError: boom\n {4}at broken \(.*main\.mjs:3:/m);
  assert.match(stderr, /no more tea/);
  assert.match(stderr, /Error: late/);
});

test("MP150 a Process that is started while the main module loads starts no others: its body alone runs in the child", async () => {
  const { stdout, status } = await runSource(`
    import { Process } from "heddle/multiprocessing";
    console.log("main module");
    new Process({ target: () => console.log("child") }).start().join();
  `);
  assert.deepEqual([stdout, status], ["main module\nchild\n", 0]);
});

test("Process.start() twice, and join() before start(), are errors", () => {
  const child = new Process({ target: () => {} });
  assert.throws(() => child.join(), NotStartedError);
  child.start();
  assert.throws(() => child.start(), AlreadyStartedError);
  child.join(PATIENCE_MS);
});

test("Process.start(): what only threads share is refused, with what to use instead; the process may be started again", () => {
  const lock = new Lock();
  const box = { lock: lock as Lock | undefined };
  const child = new Process({ target: () => void box.lock });
  assert.throws(
    () => child.start(),
    (error: Error) => {
      assert.ok(error instanceof CaptureError);
      assert.match(
        error.message,
        /^Cannot send target: target → box → lock is a Lock, which only the threads of one process share; use Lock of heddle\/multiprocessing$/,
      );
      return true;
    },
  );
  box.lock = undefined;
  child.start();
  assert.ok(child.join(PATIENCE_MS));
  assert.equal(child.exitcode, 0);
});

test("what a child changes, its parent does not see", () => {
  const state = { count: 0 };
  const code = exitOf(() => {
    state.count++;
    process.exit(state.count);
  });
  assert.deepEqual([code, state.count], [1, 0]);
});

test("MP151 MP152 MP153 start methods: there is one; it is set once; that of a context is fixed", () => {
  assert.deepEqual(getAllStartMethods(), ["spawn"]);
  assert.deepEqual([getStartMethod(true), getStartMethod()], [undefined, "spawn"]);
  setStartMethod("spawn");
  assert.equal(getStartMethod(true), "spawn");
  assert.throws(() => setStartMethod("spawn"), InvalidStateError);
  setStartMethod("spawn", true);
  assert.throws(() => setStartMethod("fork" as "spawn"), RangeError);
  const context = getContext("spawn");
  assert.deepEqual([context.getStartMethod(), context.Process], ["spawn", Process]);
  assert.throws(() => context.setStartMethod("spawn"), InvalidStateError);
  assert.throws(() => getContext("threads" as "spawn"), RangeError);
});

test("MP176 heddle/multiprocessing exports what programs are written against, each under its own name", async () => {
  const exported: Readonly<Record<string, unknown>> = await import("heddle/multiprocessing");
  const names = [
    ...[
      "Process",
      "Pipe",
      "Queue",
      "SimpleQueue",
      "JoinableQueue",
      "Lock",
      "RLock",
      "Semaphore",
      "BoundedSemaphore",
    ],
    ...["Event", "Condition", "Barrier", "Value", "Array", "RawValue", "RawArray", "Manager", "Pool"],
    ...["ProcessPoolExecutor", "cpuCount", "activeChildren", "currentProcess", "parentProcess", "wait"],
  ];
  for (const name of names) assert.equal((exported[name] as { name?: string } | undefined)?.name, name);
});
