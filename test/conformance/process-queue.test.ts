// Conformance: queues, pipes, wait() and managers between processes (MP).
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CaptureError,
  Empty,
  EOFError,
  Full,
  InvalidStateError,
  OverReleaseError,
  ProcessError,
  sleep,
  spawn,
} from "heddle";
import {
  type Connection,
  Event,
  JoinableQueue,
  Pipe,
  Process,
  Queue,
  SimpleQueue,
  wait,
} from "heddle/multiprocessing";
import { ended, PATIENCE_MS, run } from "../support/processes.ts";
import { untilSync } from "../support/until.ts";

test("MP020 MP021 MP023 MP025 Queue: the forms of put and get; Full and Empty at once or after the timeout; sizes", () => {
  const queue = new Queue<number>(2);
  assert.ok(queue.empty() && !queue.full());
  queue.put(1);
  queue.put(2, true);
  assert.ok(queue.full());
  for (const put of [
    () => queue.put(3, false),
    () => queue.putNowait(3),
    () => queue.put(3, false, 1e6),
    () => queue.put(3, true, 1),
    () => queue.put(3, { timeoutMs: 1 }),
  ])
    assert.throws(put, Full);
  assert.deepEqual(
    [queue.qsize(), queue.get(), queue.qsize(), queue.getNowait(), queue.qsize()],
    [2, 1, 1, 2, 0],
  );
  for (const get of [
    () => queue.get(false),
    () => queue.getNowait(),
    () => queue.get(false, 1e6),
    () => queue.get(true, 1),
    () => queue.get(1),
  ])
    assert.throws(get, Empty);
});

test("MP011 MP022 MP142 MP154 Queue: a child and its child put into it, in order, after the parent has used it", () => {
  const queue = new Queue<string>();
  queue.put("parent");
  const child = new Process({
    target: () => {
      queue.put("child 1");
      const grandchild = new Process({ target: () => queue.put("grandchild") }).start();
      grandchild.join();
      queue.put("child 2");
    },
  }).start();
  child.join(PATIENCE_MS);
  assert.deepEqual(
    Array.from({ length: 4 }, () => queue.get(PATIENCE_MS)),
    ["parent", "child 1", "grandchild", "child 2"],
  );
});

test("Queue: back-pressure: a producer waits for room; nothing is lost or doubled", () => {
  const queue = new Queue<number>(2);
  const child = run(() => {
    for (let i = 0; i < 50; i++) queue.put(i);
  });
  untilSync(() => queue.full(), { what: "a full queue" });
  const items = Array.from({ length: 50 }, () => queue.get(PATIENCE_MS));
  assert.deepEqual(
    items,
    Array.from({ length: 50 }, (_, i) => i),
  );
  ended(child);
});

test("MP024 JoinableQueue.join(): waits for every task of four workers; one taskDone() too many is an error", () => {
  const queue = new JoinableQueue<number | null>();
  assert.throws(() => queue.taskDone(), OverReleaseError);
  const workers = Array.from({ length: 2 }, () =>
    run(() => {
      for (let item = queue.get(); item !== null; item = queue.get()) queue.taskDone();
      queue.taskDone();
    }),
  );
  for (let i = 0; i < 10; i++) queue.put(i);
  assert.equal(queue.join(PATIENCE_MS), true);
  for (const _ of workers) queue.put(null);
  ended(...workers);
});

test("MP026 Queue.put(): what cannot leave the process is refused at once, and takes no place", () => {
  const queue = new Queue<unknown>(1);
  assert.throws(() => queue.put(Promise.resolve()), CaptureError);
  queue.put(1, false);
  assert.equal(queue.get(PATIENCE_MS), 1);
});

test("MP028 MP029 MP155 MP157 a closed queue: put, get and empty() are errors; a second close() is none", () => {
  for (const queue of [new Queue<number>(), new SimpleQueue<number>()]) {
    queue.close();
    queue.close();
    for (const use of [() => queue.put(1), () => queue.get(), () => queue.empty()])
      assert.throws(use, InvalidStateError);
  }
});

test("MP156 SimpleQueue: what a child puts the parent gets", () => {
  const queue = new SimpleQueue<boolean>();
  assert.equal(queue.empty(), true);
  ended(run(() => queue.put(true)));
  assert.deepEqual([queue.empty(), queue.get(PATIENCE_MS), queue.empty()], [false, true, true]);
});

test("Queue: async get and an awaiting consumer; an aborted get takes nothing", async () => {
  const queue = new Queue<number>();
  const abort = new AbortController();
  const aborted = queue.getAsync({ signal: abort.signal });
  abort.abort(new Error("enough"));
  await assert.rejects(aborted, /enough/);
  const next = queue.getAsync();
  await queue.putAsync(7);
  assert.equal(await next, 7);
});

test("values cross whole: classes and errors of the program come home as what they were", () => {
  class Point {
    x: number;
    constructor(x: number) {
      this.x = x;
    }
  }
  const queue = new Queue<unknown>();
  const back = new Queue<Point & RangeError>();
  const child = run(() => {
    back.put(queue.get() as never);
    back.put(new RangeError("far") as never);
  });
  queue.put(new Point(3));
  const point = back.get(PATIENCE_MS);
  assert.ok(point instanceof Point && point.x === 3);
  const error = back.get(PATIENCE_MS);
  assert.ok(error instanceof RangeError && error.message === "far");
  ended(child);
});

test("MP112 Pipe: values, bytes, nothing, a long message; poll(); EOFError when the other end is closed", () => {
  const [here, there] = Pipe();
  const child = run(() => {
    for (;;) {
      const message = there.recv();
      if (message === "end") break;
      if (message instanceof Uint8Array) there.sendBytes(message);
      else there.send(message);
    }
  });
  there.close();
  const echoed = (value: unknown): unknown => {
    here.send(value);
    return here.recv();
  };
  assert.deepEqual(echoed([1, 2.25, null, undefined]), [1, 2.25, null, undefined]);
  assert.equal(here.poll(), false);
  assert.equal(here.poll(1), false);
  here.sendBytes(new TextEncoder().encode("hello"));
  assert.equal(here.poll(PATIENCE_MS), true);
  assert.equal(new TextDecoder().decode(here.recvBytes()), "hello");
  const long = new Uint8Array(4 * 2 ** 20).fill(7);
  here.sendBytes(long);
  assert.deepEqual(Buffer.compare(here.recvBytes(), long), 0);
  const into = new Uint8Array(8);
  here.sendBytes(Uint8Array.of(1, 2, 3));
  assert.equal(here.recvBytesInto(into, 5), 3);
  assert.deepEqual([...into], [0, 0, 0, 0, 0, 1, 2, 3]);
  here.sendBytes(Uint8Array.of(1, 2, 3));
  assert.throws(
    () => here.recvBytesInto(into, 6),
    (error: Error) => (error.cause as Uint8Array).length === 3,
  );
  here.send("end");
  assert.throws(() => here.recv(), EOFError);
  assert.equal(here.poll(), true);
  assert.throws(() => here.send(1), ProcessError);
  ended(child);
});

test("MP113 Pipe(false): one end only receives, the other only sends", () => {
  const [reader, writer] = Pipe(false);
  writer.send(1);
  assert.equal(reader.recv(), 1);
  assert.deepEqual(
    [reader.readable, reader.writable, writer.readable, writer.writable],
    [true, false, false, true],
  );
  assert.throws(() => reader.send(2), InvalidStateError);
  for (const read of [() => writer.recv(), () => writer.poll()]) assert.throws(read, InvalidStateError);
});

test("MP114 Process.start(): the parent may close its copy of an end right afterwards", () => {
  const [here, there] = Pipe();
  const child = run(() => there.send("hello"));
  there.close();
  assert.equal(here.recv(), "hello");
  ended(child);
  assert.throws(() => here.recv(), EOFError);
});

test("MP115 MP118 MP119 MP121 Connection.sendBytes(): parts of bytes, empty ones too, and what is not in them; none are merged", () => {
  const [a, b] = Pipe();
  const bytes = Uint8Array.of(1, 2, 3, 4);
  a.sendBytes(bytes);
  a.sendBytes(bytes, 2);
  a.sendBytes(bytes, 1, 2);
  a.sendBytes(bytes, 4);
  a.sendBytes(new Uint8Array(0));
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => [b.poll(), [...b.recvBytes()]]),
    [[1, 2, 3, 4], [3, 4], [2, 3], [], []].map((part) => [true, part]),
  );
  assert.equal(b.poll(), false);
  for (const [offset, size] of [
    [5, undefined],
    [-1, undefined],
    [0, 5],
    [2, 3],
    [0, -1],
  ] as const)
    assert.throws(() => a.sendBytes(bytes, offset, size), RangeError);
});

test("MP116 Connection: closed at the end of its scope; then every use is an error", () => {
  const [a, b] = Pipe();
  a[Symbol.dispose]();
  assert.equal(a.closed, true);
  assert.throws(() => a.recv(), InvalidStateError);
  assert.throws(() => b.recv(), EOFError);
});

test("MP122 connections can be sent through connections; an end on its way is open", () => {
  const [here, there] = Pipe();
  const child = run(() => {
    const end = there.recv() as Connection;
    end.send("through the new one");
    end.close();
  });
  const [mine, yours] = Pipe();
  here.send(yours);
  yours.close();
  assert.equal(mine.recv(), "through the new one");
  assert.throws(() => mine.recv(), EOFError);
  ended(child);
});

test("Connection: the process at the other end is killed: EOFError for who receives", () => {
  const [here, there] = Pipe();
  const child = run(() => sleep(1e9));
  const other = new Process({
    target: (end: Connection) => void end.recv(),
    args: [there],
    daemon: true,
  }).start();
  there.close();
  const reader = spawn(() => here.recv());
  other.kill();
  assert.throws(() => reader.result(PATIENCE_MS), EOFError);
  child.kill();
});

test("Connection: back-pressure: a sender waits for a reader that does not read", () => {
  const [a, b] = Pipe();
  const chunk = new Uint8Array(600_000);
  const sender = spawn(() => {
    for (let i = 0; i < 4; i++) a.sendBytes(chunk);
  });
  untilSync(() => sender.state === "blocked" && b.poll(), { what: "a sender that waits" });
  assert.equal(sender.join(20), false);
  for (let i = 0; i < 4; i++) assert.equal(b.recvBytes().length, chunk.length);
  assert.ok(sender.join(PATIENCE_MS));
});

test("MP117 MP144 MP145 MP146 MP147 wait(): connections, queues and sentinels, all that are ready; [] after the timeout", () => {
  assert.deepEqual(wait([], 0), []);
  const [a, b] = Pipe();
  const queue = new Queue<number>();
  const child = run(() => sleep(1e9));
  const all = [a, queue, child.sentinel];
  assert.deepEqual(wait(all, 0), []);
  assert.deepEqual(wait(all, 2), []);
  b.send(1);
  assert.deepEqual(wait(all, PATIENCE_MS), [a]);
  queue.put(1);
  untilSync(() => wait(all, 0).length === 2, { what: "two things that are ready" });
  a.recv();
  queue.get();
  child.kill();
  assert.deepEqual(wait(all, PATIENCE_MS), [child.sentinel]);
  b.close();
  assert.deepEqual(wait([a], PATIENCE_MS), [a]);
  assert.throws(() => wait([{}], 0), TypeError);
});

test("MP148 wait(): a negative timeout is refused, as everywhere", () => {
  assert.throws(() => wait([], -1), RangeError);
});

test("MP120 Connection.poll(): a process that polls takes nothing of what another one receives", () => {
  const [reader, writer] = Pipe(false);
  const [polled, done] = [new Event(), new Event()];
  const messages = ["", "a".repeat(2 ** 16), "b", "", "c".repeat(2 ** 20)];
  const child = run(() => {
    while (!done.isSet()) if (reader.poll(1)) polled.set();
  });
  writer.send("first");
  assert.ok(polled.wait(PATIENCE_MS));
  assert.equal(reader.recv(), "first");
  const sender = spawn(() => {
    for (const message of messages) writer.send(message);
  });
  assert.deepEqual(
    messages.map(() => reader.recv()),
    messages,
  );
  done.set();
  ended(child);
  sender.join();
});
