import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  activeCount,
  AtomicInt,
  currentThread,
  enumerate,
  Event,
  getIdent,
  getNativeId,
  mainThread,
  sharedArray,
  sleep,
  spawn,
  stackSize,
  Thread,
} from "../../src/api/index.ts";
import { crew, PATIENCE_MS, resultOf, results, untilState, untilWaiting } from "../support/threads.ts";
import { untilSync } from "../support/until.ts";

test("TH02 Thread.name: kept, made a string, or automatic with the target's name", () => {
  function work(): void {}
  assert.equal(new Thread({ name: "worker" }).name, "worker");
  assert.equal(new Thread({ name: 123 as never }).name, "123");
  assert.equal(new Thread({ target: work, name: "mine" }).name, "mine");
  for (const name of ["", undefined]) {
    assert.match(new Thread({ name }).name, /^Thread-\d+$/);
    assert.match(new Thread({ name, target: work }).name, /^Thread-\d+ \(work\)$/);
  }
  assert.match(spawn(work).name, /^Thread-\d+ \(work\)$/);
  assert.match(spawn(() => {}).name, /^Thread-\d+$/);
});

test("TH02 Thread: only automatic names advance the counter; a name may change at any time, for all to see", () => {
  const first = new Thread().name;
  void new Thread({ name: "own" }).name;
  const number = Number(first.slice("Thread-".length));
  const thread = new Thread({ target: () => currentThread().name });
  assert.equal(thread.name, `Thread-${number + 1} (target)`);
  thread.name = "renamed before start";
  assert.equal(resultOf(thread.start()), "renamed before start");
  thread.name = "renamed after its end";
  assert.equal(thread.name, "renamed after its end");
  const other = spawn(() => {
    currentThread().name = "renamed itself";
  });
  resultOf(other);
  assert.equal(other.name, "renamed itself");
});

test("TH03 Thread: args reach the target unflattened, kwargs as one last object", () => {
  const echo = (...args: unknown[]): unknown => args;
  const run = (args: unknown[], kwargs?: Record<string, unknown>): unknown =>
    resultOf(new Thread({ target: echo, args, ...(kwargs && { kwargs }) }).start());
  assert.deepEqual(run([]), []);
  assert.deepEqual(run([1]), [1]);
  assert.deepEqual(run([[1, [2, [3]]], "x"]), [[1, [2, [3]]], "x"]);
  assert.deepEqual(run([[]]), [[]]);
  assert.deepEqual(run([undefined, null]), [undefined, null]);
  assert.deepEqual(run([1, 2], { key: "v" }), [1, 2, { key: "v" }]);
  assert.deepEqual(run([], { key: [1] }), [{ key: [1] }]);
  assert.deepEqual(run([], {}), [{}]);
});

test("TH03 Thread: args and kwargs are those of the time of start(), args as they were given", () => {
  const args: [number[]] = [[1]];
  const thread = new Thread({ target: (list: number[]) => list, args });
  args[0].push(2);
  args.push([9] as never);
  assert.deepEqual(resultOf(thread.start()), [1, 2]);
});

test("TH07 Thread: ident, native id and text form from before start() to after the end, 10 threads at once", () => {
  const go = new Event();
  const inside = new AtomicInt();
  const threads = Array.from({ length: 10 }, (_, i) => {
    return new Thread({
      name: `worker ${i}`,
      target: () => {
        inside.increment();
        go.wait();
        return [getIdent(), getNativeId(), currentThread().ident, currentThread().nativeId];
      },
    });
  });
  for (const thread of threads) {
    assert.equal(thread.ident, undefined);
    assert.equal(thread.nativeId, undefined);
    assert.equal(thread.isAlive(), false);
    assert.match(String(thread), /^<Thread 'worker \d' new/);
    thread.start();
    assert.equal(typeof thread.ident, "number");
    assert.equal(thread.isAlive(), true);
  }
  untilSync(() => inside.load() === 10, { what: "10 threads to be inside" });
  for (const thread of threads) assert.match(String(thread), /^<Thread 'worker \d' (running|blocked)/);
  go.set();
  const natives = threads.map((thread) => {
    const [ident, native, same, sameNative] = resultOf(thread);
    assert.equal(ident, thread.ident);
    assert.equal(same, ident);
    assert.equal(native, thread.nativeId ?? 0);
    assert.equal(sameNative, thread.nativeId);
    assert.equal(thread.isAlive(), false);
    assert.match(String(thread), /^<Thread 'worker \d' terminated/);
    return native;
  });
  assert.equal(new Set(threads.map((thread) => thread.ident)).size, 10);
  if (process.platform === "linux") assert.equal(new Set(natives).size, 10);
});

test("TH09 TH10 TR03 Thread: stackSizeMb and stackSize() give deeper recursion; 0 is the platform's", () => {
  function depth(): number {
    let deepest = 0;
    const down = (level: number): void => {
      deepest = level;
      down(level + 1);
    };
    try {
      down(0);
    } catch {
      // that is the end of the stack
    }
    return deepest;
  }
  const small = resultOf(new Thread({ target: depth, stackSizeMb: 1 }).start());
  const large = resultOf(new Thread({ target: depth, stackSizeMb: 16 }).start());
  assert.ok(large > small * 6, `${small} and ${large} frames`);
  assert.equal(stackSize(), 0);
  assert.equal(stackSize(16), 0);
  assert.equal(stackSize(), 16);
  const later = new Thread({ target: depth });
  assert.equal(stackSize(0), 16);
  assert.ok(resultOf(later.start()) > small * 6);
});

test("TH18 enumerate(): right after join() a thread is never in it", () => {
  for (let round = 0; round < 100; round++) {
    const thread = spawn(() => round);
    resultOf(thread);
    assert.ok(!enumerate().includes(thread));
  }
});

test("TR04 activeCount() is the length of enumerate(): main, and those between start() and end", () => {
  const before = activeCount();
  assert.equal(before, enumerate().length);
  assert.ok(enumerate().includes(mainThread()));
  const go = new Event();
  const unstarted = new Thread({ target: () => {} });
  const threads = crew(3, () => [go.wait(), activeCount(), enumerate().map((thread) => thread.name)]);
  assert.equal(activeCount(), before + 3);
  assert.deepEqual(
    threads.filter((thread) => !enumerate().includes(thread as Thread<unknown[]>)),
    [],
  );
  assert.ok(!enumerate().includes(unstarted));
  go.set();
  results(threads);
  assert.equal(activeCount(), before);
});

test("TH23 Thread: the text form says daemon only of a daemon, and shows a subclass by its name", () => {
  class Special extends Thread {}
  const daemon = new Thread({ daemon: true, name: "d" });
  const other = new Special({ name: "o" });
  assert.match(String(daemon), /^<Thread 'd' new, daemon>$/);
  assert.match(inspect(other), /^<Special 'o' new>$/);
});

test("TH24 Thread.daemon: false by default in main, as given, inherited from the creating thread", () => {
  assert.equal(new Thread().daemon, false);
  assert.equal(new Thread({ daemon: false }).daemon, false);
  assert.equal(new Thread({ daemon: true }).daemon, true);
  assert.equal(new Thread({ daemon: null }).daemon, false);
  const children = (): boolean[] =>
    [{}, { daemon: null }, { daemon: true }, { daemon: false }].map((options) => new Thread(options).daemon);
  assert.deepEqual(resultOf(new Thread({ target: children, daemon: true }).start()), [
    true,
    true,
    true,
    false,
  ]);
  assert.deepEqual(resultOf(new Thread({ target: children }).start()), [false, false, true, false]);
});

test("TH24 Thread.daemon can be set until start()", () => {
  const thread = new Thread({ target: () => currentThread().daemon });
  thread.daemon = true;
  assert.equal(resultOf(thread.start()), true);
});

test("TH69 Thread.daemon: set after start() or after the end it throws AlreadyStartedError", () => {
  const go = new Event();
  const thread = spawn(() => go.wait());
  const error = { name: "AlreadyStartedError", message: /^Cannot set daemon of Thread-/ };
  assert.throws(() => {
    thread.daemon = true;
  }, error);
  go.set();
  resultOf(thread);
  assert.throws(() => {
    thread.daemon = false;
  }, error);
  assert.equal(thread.daemon, false);
});

test("TH27 mainThread(): named MainThread, with the ident that getIdent() tells here; others differ", () => {
  assert.equal(mainThread().name, "MainThread");
  assert.equal(mainThread().ident, getIdent());
  assert.equal(currentThread(), mainThread());
  assert.equal(mainThread().daemon, false);
  assert.equal(mainThread().isAlive(), true);
  assert.equal(mainThread().state, "running");
  const [ident, mainIdent, isMain] = resultOf(
    spawn(() => [getIdent(), mainThread().ident, currentThread() === mainThread()] as const),
  );
  assert.equal(mainIdent, getIdent());
  assert.notEqual(ident, getIdent());
  assert.equal(isMain, false);
});

test("currentThread() is the same object each time, and the very one that start() returned here", () => {
  const thread = new Thread({
    target: () => [currentThread() === currentThread(), currentThread()] as const,
  });
  assert.equal(thread.start(), thread);
  const [same, current] = resultOf(thread);
  assert.equal(same, true);
  assert.equal(current, thread);
});

test("TH34 Thread: the state becomes terminated by itself, without a join, while main never yields", () => {
  const thread = spawn(() => 1);
  untilState(thread, "terminated");
  assert.match(String(thread), /terminated/);
});

test("TH42 Thread: without a target, undefined or null, it runs and does nothing", () => {
  for (const target of [undefined, null]) {
    const thread = new Thread({ target: target as never }).start();
    assert.equal(resultOf(thread), undefined);
    assert.equal(thread.exception, undefined);
  }
});

test("TH43 TR09 threads that are never joined leave nothing behind", () => {
  const before = activeCount();
  for (let round = 0; round < 10; round++) spawn(() => {});
  untilSync(() => activeCount() === before, { what: "threads to end by themselves" });
});

test("TH71 endless recursion in a thread is a RangeError that can be caught there; the program goes on", () => {
  const thread = spawn(() => {
    const down = (): number => down() + 1;
    try {
      return down();
    } catch (error) {
      return (error as Error).name;
    }
  });
  assert.equal(resultOf(thread), "RangeError");
});

test("TH77 many threads append to one file and make stacks of errors at once", async () => {
  const { appendFileSync } = await import("node:fs");
  const path = new URL(`./many-threads-${process.pid}.txt`, import.meta.url);
  const threads = crew(20, (index) => {
    for (let i = 0; i < 5; i++)
      appendFileSync(path, `${index} ${new Error("x").stack?.length ? "ok" : "no"}\n`);
  });
  try {
    results(threads);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    assert.equal(lines.length, 100);
    assert.ok(lines.every((line) => /^\d+ ok$/.test(line)));
  } finally {
    rmSync(path, { force: true });
  }
});

test("TR01 10 threads all run, at the same time", () => {
  const arrived = new AtomicInt();
  const threads = crew(10, () => {
    arrived.increment();
    while (arrived.load() < 10) sleep(1); // nobody ends before all have begun
  });
  results(threads);
});

test("Thread.ident: never reused, over many threads on the same few carriers", () => {
  const seen = new Set<number>();
  for (let round = 0; round < 200; round++) {
    const thread = spawn(() => getIdent());
    seen.add(resultOf(thread));
    assert.equal(thread.ident, resultOf(thread));
  }
  assert.equal(seen.size, 200);
});

test("Thread: a subclass's run() runs in the thread, with its fields, and its result is the result", () => {
  class Adder extends Thread<[], number> {
    terms: number[];
    ran = getIdent();
    constructor(...terms: number[]) {
      super({ name: "adder" });
      this.terms = terms;
    }
    override run(): number {
      this.ran = getIdent();
      return this.sum();
    }
    sum(): number {
      return currentThread() === (this as unknown) ? this.terms.reduce((a, b) => a + b, 0) : Number.NaN;
    }
  }
  const adder = new Adder(1, 2, 3);
  assert.equal(resultOf(adder.start()), 6);
  assert.equal(adder.ran, getIdent(), "its fields travelled by copy");
  assert.equal(new Adder(4, 5).name, "adder");
});

test("Thread.run() called directly runs the target in the calling thread", () => {
  const thread = new Thread({ target: (a: number) => a + getIdent(), args: [1] });
  assert.equal(thread.run(), 1 + getIdent());
  assert.equal(thread.state, "new");
  assert.equal(thread.ident, undefined);
});

test("Thread: a thread starts threads, from closures, and joins them", () => {
  const add = (n: number): number => (n <= 0 ? 0 : n + spawn(() => add(n - 1)).result(PATIENCE_MS));
  assert.equal(resultOf(spawn(() => add(4))), 10);
  const outer = spawn(() => [1, 2, 3].map((n) => spawn((m: number) => m * n, 10).result(PATIENCE_MS)));
  assert.deepEqual(resultOf(outer), [10, 20, 30]);
});

test("Thread: a thread started by a thread that has ended goes on, and its object is at home anywhere", () => {
  const go = new Event();
  const creator = spawn(() =>
    spawn(() => {
      go.wait();
      return "done";
    }),
  );
  const child = resultOf(creator);
  untilState(creator, "terminated");
  untilWaiting(go, 1);
  assert.equal(child.isAlive(), true);
  go.set();
  assert.equal(resultOf(child), "done");
});

test("Thread: a SharedArrayBuffer of the program's own is the same memory on both sides", () => {
  const buffer = new SharedArrayBuffer(16);
  const mine = new Int32Array(buffer);
  mine[0] = 7;
  const thread = spawn((given: SharedArrayBuffer) => {
    const theirs = new Int32Array(buffer);
    const seen = theirs[0];
    theirs[1] = 8;
    mine[2] = 9;
    new Int32Array(given)[3] = 10;
    return [seen, given === buffer, mine.buffer === buffer, buffer] as const;
  }, buffer);
  const [seen, same, sameUnder, back] = resultOf(thread);
  assert.equal(seen, 7);
  assert.deepEqual([same, sameUnder], [true, true]);
  assert.equal(back, buffer);
  assert.deepEqual([...mine], [7, 8, 9, 10]);
});

test("Thread: sharedArray and AtomicInt captured, passed and returned are the same memory and object", () => {
  const array = sharedArray(Float64Array, 2);
  const count = new AtomicInt(5);
  const thread = spawn((given: Float64Array) => {
    array[0] = 1.5;
    given[1] = 2.5;
    count.add(1);
    return [given === array, array, count] as const;
  }, array);
  const [same, backArray, backCount] = resultOf(thread);
  assert.equal(same, true);
  assert.equal(backArray, array);
  assert.equal(backCount, count);
  assert.deepEqual([[...array], count.load()], [[1.5, 2.5], 6]);
});
