import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AtomicInt,
  concurrentTee,
  enumerate,
  Event,
  InterruptedError,
  type SerializedIterator,
  serializeIterator,
  spawn,
  synchronizedIterator,
  type Thread,
  ThreadTerminatedError,
} from "../../src/api/index.ts";
import { collectGarbage } from "../support/census.ts";
import { crew, resultOf, results, untilState } from "../support/threads.ts";
import { until, untilSync } from "../support/until.ts";

function* upTo(n: number): Generator<number, string, unknown> {
  for (let i = 0; i < n; i++) yield i;
  return "end";
}

/** A generator that says what is done to it, and waits in each step until `go` is set. */
function talker(go: Event, steps: AtomicInt): () => Generator<unknown, string, unknown> {
  return function* talk() {
    let got: unknown = "nothing";
    for (;;) {
      steps.add(1);
      go.wait();
      try {
        got = yield got;
      } catch (error) {
        got = `caught ${(error as Error).message}`;
      }
    }
  };
}

/** The thread that has an iterator, by its name. */
function serverOf(iterator: SerializedIterator<unknown>): Thread {
  return enumerate().find(({ name }) => name === `iterator ${iterator.name}`) as Thread;
}

test("TH90 serializeIterator: 10 threads drain one generator of 3,000, each item is delivered once", () => {
  const items = serializeIterator(() => upTo(3_000));
  const seen = results(crew(10, () => [...items]));
  assert.deepEqual(
    seen.flat().sort((a, b) => a - b),
    Array.from({ length: 3_000 }, (_, i) => i),
  );
  for (const mine of seen)
    assert.deepEqual(
      mine,
      [...mine].sort((a, b) => a - b),
    );
  assert.deepEqual(items.next(), { value: undefined, done: true });
});

test("TH91 serializeIterator: next(v), throw and return pass through to the generator, from any thread", () => {
  const go = new Event();
  go.set();
  const talk = serializeIterator(talker(go, new AtomicInt()));
  assert.deepEqual(talk.next(), { value: "nothing", done: false });
  assert.deepEqual(talk.next("x"), { value: "x", done: false });
  assert.deepEqual(resultOf(spawn(() => talk.throw(new Error("y")))), { value: "caught y", done: false });
  assert.deepEqual(resultOf(spawn(() => talk.return("z"))), { value: "z", done: true });
  assert.deepEqual(talk.next(), { value: undefined, done: true });
  assert.deepEqual(talk.return("again"), { value: "again", done: true });
  assert.throws(() => talk.throw(new RangeError("late")), { name: "RangeError", message: "late" });
});

test("TH92 serializeIterator: of a plain iterator, next(v), throw and return are a TypeError", () => {
  const items = serializeIterator([1, 2, 3]) as SerializedIterator<number>;
  assert.throws(() => items.next("v"), { name: "TypeError", message: /^Cannot send a value into/ });
  assert.throws(() => items.throw(new Error("e")), { name: "TypeError", message: /^Cannot throw into/ });
  assert.throws(() => items.return(4), { name: "TypeError", message: /^Cannot close/ });
  assert.deepEqual([...items], [1, 2, 3]);
});

test("TH93 serializeIterator: next(v), throw and return wait for the call that is being made", () => {
  for (const verb of ["next", "throw", "return"] as const) {
    const go = new Event();
    const steps = new AtomicInt();
    const talk = serializeIterator(talker(go, steps));
    const first = spawn(() => talk.next());
    untilSync(() => steps.load() === 1, { what: "the generator to run" });
    const second = spawn(() => {
      if (verb === "next") return talk.next("x");
      return verb === "throw" ? talk.throw(new Error("x")) : talk.return("x");
    });
    untilState(second, "blocked");
    untilSync(() => talk.statistics().waiting === 1, { what: `${verb} to wait` });
    assert.equal(steps.load(), 1);
    go.set();
    assert.deepEqual(resultOf(first), { value: "nothing", done: false });
    const expected = { next: "x", throw: "caught x", return: "x" }[verb];
    assert.deepEqual(resultOf(second), { value: expected, done: verb === "return" });
  }
});

test("TH94 serializeIterator: what the generator throws reaches the caller, then it has ended", () => {
  const items = serializeIterator(function* failing() {
    yield 1;
    throw new RangeError("no more");
  });
  assert.equal(items.next().value, 1);
  const other = spawn(() => {
    try {
      items.next();
    } catch (error) {
      return [error instanceof RangeError, (error as Error).message];
    }
    return [];
  });
  assert.deepEqual(resultOf(other), [true, "no more"]);
  assert.deepEqual(items.next(), { value: undefined, done: true });
});

test("TH94 serializeIterator: an item that cannot travel is its consumer's error, and the next one is fine", () => {
  const items = serializeIterator(function* () {
    yield new WeakMap();
    yield 2;
  });
  assert.throws(() => items.next(), { name: "CaptureError", message: /WeakMap/ });
  assert.equal(items.next().value, 2);
});

test("TH95 synchronizedIterator: 10 instances, each used by 5 threads for 40 items, lose nothing", () => {
  const count = synchronizedIterator(upTo);
  const instances = Array.from({ length: 10 }, () => count(200));
  const seen = results(
    crew(5, () => instances.map((items) => Array.from({ length: 40 }, () => items.next().value))),
  );
  for (let i = 0; i < 10; i++) {
    const of = seen.flatMap((mine) => mine[i] as number[]).sort((a, b) => a - b);
    assert.deepEqual(
      of,
      Array.from({ length: 200 }, (_, n) => n),
    );
    assert.deepEqual(instances[i]?.next(), { value: "end", done: true });
  }
});

test("TH95 synchronizedIterator: a thread may call the function itself", () => {
  const count = synchronizedIterator(upTo);
  const sums = crew(3, (index) => {
    let sum = 0;
    for (const n of count(index + 2)) sum += n;
    return sum;
  });
  assert.deepEqual(results(sums), [1, 3, 6]);
});

test("TH96 synchronizedIterator: the function keeps its name, the iterator shows it", () => {
  const count = synchronizedIterator(upTo);
  assert.equal(count.name, "upTo");
  assert.equal(String(count(1)), "<SerializedIterator 'upTo' not begun>");
  assert.throws(() => synchronizedIterator(1 as never), {
    name: "TypeError",
    message: /^Cannot synchronize/,
  });
});

test("TH97 concurrentTee: 25 threads each see all items, however far the others are", () => {
  const copies = concurrentTee(() => upTo(120), 25);
  const seen = results(crew(25, (index) => [...(copies[index] as SerializedIterator<number>)]));
  const all = Array.from({ length: 120 }, (_, i) => i);
  for (const mine of seen) assert.deepEqual(mine, all);
});

test("TH97 concurrentTee: a copy that begins late has everything; copies cannot be sent to or closed", () => {
  const [first, second] = concurrentTee(() => upTo(3)) as [
    SerializedIterator<number>,
    SerializedIterator<number>,
  ];
  assert.deepEqual([...first], [0, 1, 2]);
  assert.throws(() => second.return(), { name: "TypeError", message: /one of several copies/ });
  assert.deepEqual([...second], [0, 1, 2]);
});

test("TH98 concurrentTee: of 0 copies there are none", () => {
  assert.deepEqual(concurrentTee([1], 0), []);
});

test("TH99 concurrentTee: a negative n is a RangeError, and what is no number a TypeError", () => {
  for (const n of [-1, 1.5, Number.NaN, Infinity])
    assert.throws(() => concurrentTee([1], n), { name: "RangeError", message: /^Cannot copy iterator: n / });
  assert.throws(() => concurrentTee([1], "2" as never), { name: "TypeError" });
});

test("serializeIterator() takes what can be copied, and refuses what is no iterable or runs already", () => {
  assert.deepEqual([...serializeIterator(new Set([1, 2]))], [1, 2]);
  assert.deepEqual([...serializeIterator(new Map([["a", 1]]))], [["a", 1]]);
  assert.throws(() => serializeIterator(1 as never), {
    name: "TypeError",
    message: /^Cannot serialize iterator/,
  });
  assert.throws(() => serializeIterator(upTo(1)), { name: "CaptureError", message: /running generator/ });
  const wrong = serializeIterator((() => 5) as never);
  assert.throws(() => wrong.next(), {
    name: "TypeError",
    message: /must make something iterable, got number/,
  });
  assert.deepEqual(wrong.next(), { value: undefined, done: true });
});

test("SerializedIterator: nothing runs before the first next(); leaving a loop leaves the rest to others", () => {
  const began = new AtomicInt();
  const items = serializeIterator(function* lazy() {
    began.add(1);
    yield* [1, 2, 3];
  });
  assert.equal(serverOf(items), undefined);
  assert.equal(began.load(), 0);
  for (const item of items) if (item === 1) break;
  assert.deepEqual(resultOf(spawn(() => [...items])), [2, 3]);
});

test("SerializedIterator: Async forms", async () => {
  const items = serializeIterator(() => upTo(3));
  assert.deepEqual(await items.nextAsync(), { value: 0, done: false });
  const rest: number[] = [];
  for await (const item of items) rest.push(item);
  assert.deepEqual(rest, [1, 2]);
});

test("SerializedIterator: a consumer that is terminated in the middle loses its own item at most", () => {
  const go = new Event();
  const items = serializeIterator(function* gated() {
    for (let i = 0; ; i++) {
      go.wait();
      yield i;
    }
  });
  const dying = spawn(() => items.next());
  untilSync(() => items.statistics().begun, { what: "the generator to run" });
  const heir = spawn(() => items.next().value);
  untilState(heir, "blocked");
  dying.terminate();
  dying.join();
  go.set();
  assert.ok([0, 1].includes(resultOf(heir) as number));
  assert.equal(typeof items.next().value, "number");
});

test("SerializedIterator: the item of an interrupted next() is what the next one gives", () => {
  const go = new Event();
  const items = serializeIterator(function* slow() {
    for (let i = 0; ; i++) {
      go.wait();
      yield i;
    }
  });
  const consumer = spawn(() => {
    try {
      items.next();
    } catch (error) {
      if (!(error instanceof InterruptedError)) throw error;
    }
    go.set();
    return items.next().value;
  });
  untilState(consumer, "blocked");
  untilSync(() => items.statistics().begun, { what: "the generator to run" });
  consumer.interrupt();
  assert.equal(resultOf(consumer), 0);
  assert.equal(items.next().value, 1);
});

test("SerializedIterator: when its thread is terminated, who waits and who comes later gets an error", () => {
  const never = new Event();
  const items = serializeIterator(function* stuck() {
    never.wait();
    yield 1;
  });
  const waiting = crew(3, () => {
    try {
      items.next();
    } catch (error) {
      return error instanceof ThreadTerminatedError;
    }
    return false;
  });
  untilSync(() => items.statistics().begun, { what: "the generator to run" });
  for (const thread of waiting) untilState(thread, "blocked");
  serverOf(items).terminate();
  assert.deepEqual(results(waiting), [true, true, true]);
  assert.throws(() => items.next(), {
    name: "ThreadTerminatedError",
    message: /^Cannot go on with <Serialized/,
  });
});

test("SerializedIterator: process.exit() in the generator ends it, with an error for its caller", () => {
  const items = serializeIterator(function* () {
    yield 1;
    process.exit();
  });
  assert.equal(items.next().value, 1);
  assert.throws(() => items.next(), { name: "ThreadTerminatedError" });
  assert.deepEqual(items.next(), { value: undefined, done: true });
});

test("SerializedIterator: its own generator may not ask it", () => {
  const items = serializeIterator(function* reentrant() {
    const me = (yield 1) as SerializedIterator<unknown>;
    me.next();
  });
  assert.equal(items.next().value, 1);
  assert.throws(() => items.next(items), { name: "TypeError", message: /it is running$/ });
});

test("SerializedIterator: its thread ends, and the generator is closed, when nobody has it any more", async () => {
  const closed = new Event();
  (() => {
    const copies = concurrentTee(function* forgotten() {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed.set();
      }
    }, 3);
    assert.deepEqual(
      copies.map((items) => items.next().value),
      [0, 0, 0],
    );
  })();
  await until(
    async () => {
      await collectGarbage();
      return closed.isSet() && enumerate().every(({ name }) => name !== "iterator forgotten");
    },
    { what: "the thread to end" },
  );
});
