// Rings: what goes the short way arrives once and in order, whenever the broker takes the ring back.
import assert from "node:assert/strict";
import { fstatSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { Thread } from "heddle";
import { Event, Pipe, Process, Queue, wait } from "heddle/multiprocessing";
import { Ask } from "../../src/process/broker/ask.ts";
import { PipeThing } from "../../src/process/broker/pipe.ts";
import type { FrameOf } from "../../src/process/frame.ts";
import { ReadLane, WriteLane } from "../../src/process/lane.ts";
import { namelessFile } from "../../src/process/platform.ts";
import { Ring } from "../../src/process/ring.ts";
import type { Addr } from "../../src/core/word.ts";
import { randomFrom } from "./frames.ts";

const SEED: number = Number(process.env["HEDDLE_SEED"] ?? Date.now() % 2 ** 31);
const PATIENCE_MS = 30_000;
const NO_BYTES: Uint8Array = new Uint8Array(0);
const none = namelessFile() === undefined ? "the platform has no nameless files" : false;

type Answered = FrameOf<"REPLY"> | undefined;
let sequence = 0;

/** Asks a pipe as a process would; undefined: no answer yet, and none will come. */
function ask(pipe: PipeThing, process: string, method: string, numbers: number[], raw = NO_BYTES): Answered {
  let answered: Answered;
  const call: FrameOf<"CALL"> = {
    kind: "CALL",
    request: 4,
    sequence: ++sequence,
    process,
    thread: 1,
    object: "",
    method,
    timeoutMs: 0,
    numbers,
    text: "",
    refs: "",
    raw,
    payload: NO_BYTES,
  };
  pipe.call(new Ask(call, (frame) => void (answered = frame)));
  return answered;
}

const bytesOf = (n: number, size: number): Uint8Array => {
  const bytes = Buffer.alloc(size, n & 255);
  bytes.writeUInt32LE(n, 0);
  return bytes;
};
const numberIn = (bytes: Uint8Array): number => {
  const n = Buffer.from(bytes).readUInt32LE(0);
  assert.ok(bytes.subarray(4).every((byte) => byte === (n & 255)));
  return n;
};

const STEPS = [
  "put",
  "take",
  "setHead",
  "setTail",
  "announce",
  "trim",
  "headAndLease",
  "leaseAndTail",
] as const;

/** Runs `between` before and after each step that a lane takes, but not within those of the broker. */
function withIntruder(between: () => void, run: () => void): void {
  const prototype = Ring.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  const originals = STEPS.map((name) => prototype[name] as (...args: unknown[]) => unknown);
  STEPS.forEach((name, i) => {
    prototype[name] = function (this: Ring, ...args: unknown[]): unknown {
      between();
      const result = (originals[i] as (...args: unknown[]) => unknown).apply(this, args);
      between();
      return result;
    };
  });
  try {
    run();
  } finally {
    STEPS.forEach((name, i) => (prototype[name] = originals[i] as (...args: unknown[]) => unknown));
  }
}

/** One writer, one reader, and others who come in between; returns how many messages went the short way. */
function simulate(seed: number, count: number): number {
  const random = randomFrom(seed);
  const pipe = new PipeThing();
  for (const who of ["r", "w", "x"]) for (const end of [0, 1]) pipe.hold(end, who);
  const [reading, writing] = [new ReadLane(), new WriteLane()];
  const seen = new Set<number>();
  let [last, direct, lent, busy] = [0, 0, 0, false];
  const arrived = (bytes: Uint8Array, own: boolean): void => {
    const n = numberIn(bytes);
    assert.ok(!seen.has(n), `message ${n} arrives twice (seed ${seed})`);
    if (own) assert.ok(n > last, `message ${n} comes after ${last} (seed ${seed})`);
    if (own) last = n;
    seen.add(n);
  };
  const intrude = (): void => {
    if (busy || random() > 0.06) return;
    busy = true;
    if (random() < 0.7) ask(pipe, "x", "poll", [0]);
    else {
      const got = ask(pipe, "x", "recv", [0]);
      if (got?.status === "") arrived(got.raw.subarray(1), false);
    }
    busy = false;
  };
  const broker = (who: string, method: string, numbers: number[], raw = NO_BYTES): Answered => {
    busy = true;
    const reply = ask(pipe, who, method, numbers, raw);
    busy = false;
    return reply;
  };
  const send = (n: number): void => {
    const most = random() < 0.03 ? 400_000 : 30_000; // large ones are announced
    const raw = Buffer.concat([Uint8Array.of(0), bytesOf(n, 4 + Math.floor(random() ** 4 * most))]);
    const outcome = writing.send(raw, 0 as Addr);
    if (outcome === true) return void direct++;
    const reply = broker("w", "send", [1, ...writing.numbers(outcome)], raw);
    assert.equal(reply?.status, "");
    writing.learn(reply?.numbers ?? []);
  };
  const receive = (): void => {
    const taken = reading.receive();
    if (taken !== undefined && taken.claim === undefined) return arrived(taken.raw.subarray(1), true);
    const reply = broker("r", "recv", [0, ...reading.numbers(taken?.claim)]);
    reading.learn(reply?.numbers ?? []);
    if (reply?.status === "yours" && taken !== undefined) return arrived(taken.raw.subarray(1), true);
    if (reply?.status === "") arrived(reply.raw.subarray(1), true);
  };
  withIntruder(intrude, () => {
    for (let n = 1; n <= count; n++) {
      send(n);
      lent++;
      while (lent - seen.size > (random() < 0.3 ? 0 : random() * 8)) receive();
    }
    for (let i = 0; seen.size < count && i < 1000; i++) receive();
  });
  assert.equal(seen.size, count, `messages are missing (seed ${seed})`);
  reading.close();
  writing.close();
  for (const who of ["r", "w", "x"]) pipe.gone(who, 0);
  return direct;
}

function descriptors(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
}

test(`ring: others come in between at every step, each message arrives once and in order (HEDDLE_SEED=${SEED})`, {
  skip: none,
}, () => {
  const before = descriptors();
  let direct = 0;
  for (let i = 0; i < 30; i++) direct += simulate(SEED + i, 200);
  assert.ok(direct > 600, `${direct} of 6000 messages went the short way`);
  assert.equal(descriptors(), before);
});

test("ring: a record that is half written is none, broken ones and broken messages are errors", {
  skip: none,
}, () => {
  const file = namelessFile() as number;
  const ring = new Ring(file);
  assert.deepEqual(ring.headAndLease()[1], { lease: 0, value: 0, more: 0 });
  ring.setLease({ lease: 7, value: 1, more: 2 });
  assert.deepEqual(ring.headAndLease()[1], { lease: 7, value: 1, more: 2 });
  assert.throws(() => ring.take(0, () => 0), RangeError);
  ring.put(0, new Uint8Array(20_000).fill(3), new Uint8Array(5).fill(4));
  const { raw, payload, size } = ring.take(0, (length, fill) => {
    const bytes = new Uint8Array(length);
    fill(bytes, 0);
    return bytes;
  });
  assert.deepEqual([raw.length, raw[19_999], [...payload], size], [20_000, 3, [4, 4, 4, 4, 4], 20_013]);
  assert.throws(() => ring.take(64, () => 0), RangeError);
  ring.close();
  ring.close();
});

/** A child that sends back what it gets. */
function echoOf(end: ReturnType<typeof Pipe>[0]): Process {
  return new Process({
    target: () => {
      for (;;) end.send(end.recv());
    },
  }).start();
}

test("Pipe: values of all sizes go there and back, in order, while others look at the ends", () => {
  const [here, there] = Pipe();
  const echo = echoOf(there);
  for (let i = 0; i < 300; i++) {
    const size = i % 50 === 49 ? 2_000_000 : (i * 37) % 5000;
    here.send({ i, bytes: new Uint8Array(size).fill(i) });
    if (i % 40 === 20) assert.deepEqual(wait([here], PATIENCE_MS), [here]);
    if (i % 40 === 30) assert.equal(here.poll(PATIENCE_MS), true);
    const { i: j, bytes } = here.recv() as { i: number; bytes: Uint8Array };
    assert.deepEqual([j, bytes.length, bytes.every((byte) => byte === (i & 255))], [i, size, true]);
  }
  echo.kill();
  assert.ok(echo.join(PATIENCE_MS));
});

test("Pipe: a stream of messages arrives whole, then EOFError, when its sender is killed or ends", () => {
  for (const end of ["kill", "exit"]) {
    const [here, there] = Pipe(false);
    const told = new Queue<number>();
    const child = new Process({
      target: () => {
        for (let i = 0; i < 500; i++) there.send(i);
        told.put(500);
        if (end === "kill") process.kill(process.pid, "SIGKILL");
      },
    }).start();
    there.close();
    for (let i = 0; i < 500; i++) assert.equal(here.recv(), i);
    assert.throws(() => here.recv(), { name: "EOFError" });
    assert.ok(child.join(PATIENCE_MS));
  }
});

test("ring: trim() gives back the memory of large messages", { skip: none }, () => {
  const file = namelessFile() as number;
  const ring = new Ring(file);
  const held = (): number => fstatSync(file).blocks * 512;
  ring.put(0, new Uint8Array(8_000_000).fill(1), NO_BYTES);
  assert.ok(held() >= 8_000_000);
  ring.trim();
  assert.ok(held() < 2_000_000, `${held()} bytes`);
  ring.close();
});

const LARGE_MESSAGE = 6_000_000;
/** A child that sends large messages, each full of its number, for ever. */
function largeMessages(there: ReturnType<typeof Pipe>[0]): Process {
  return new Process({
    target: () => {
      for (let i = 0; ; i++) there.send(new Uint8Array(LARGE_MESSAGE).fill(i));
    },
  }).start();
}

test("Pipe: a sender that is killed while it sends large messages: they arrive whole and in order, then EOFError", () => {
  for (let round = 0; round < 5; round++) {
    const [here, there] = Pipe(false);
    const child = largeMessages(there);
    there.close();
    for (let i = 0; ; i++) {
      let bytes: Uint8Array;
      try {
        bytes = here.recv() as Uint8Array;
      } catch (error) {
        assert.equal((error as Error).name, "EOFError");
        assert.ok(i > 6 + round, `${i} messages`);
        break;
      }
      assert.ok(Buffer.alloc(LARGE_MESSAGE, i).equals(bytes), `message ${i} is not whole`);
      if (i === 6 + round) child.kill();
    }
    assert.ok(child.join(PATIENCE_MS));
  }
});

test("Pipe: who waits for a large message of a sender that stands still can be interrupted", () => {
  for (let round = 0; round < 5; round++) {
    const [here, there] = Pipe(false);
    const child = largeMessages(there);
    const many = new Event();
    const receiver = new Thread({
      target: () => {
        try {
          for (let i = 0; ; i++) {
            here.recv();
            if (i === 6 + round) many.set();
          }
        } catch (error) {
          return (error as Error).name;
        }
      },
    }).start();
    assert.ok(many.wait(PATIENCE_MS));
    process.kill(child.pid as number, "SIGSTOP");
    receiver.interrupt();
    assert.equal(receiver.result(PATIENCE_MS), "InterruptedError");
    child.kill();
    assert.ok(child.join(PATIENCE_MS));
  }
});

test("Pipe: another thread and another process go on where one has received", () => {
  const [here, there] = Pipe();
  const echo = echoOf(there);
  const times = (): number[] =>
    Array.from({ length: 20 }, (_, i) => {
      here.send(i);
      return here.recv() as number;
    });
  const expected = Array.from({ length: 20 }, (_, i) => i);
  assert.deepEqual(times(), expected);
  const thread = new Thread({ target: times });
  thread.start();
  assert.deepEqual(thread.result(PATIENCE_MS), expected);
  const child = new Process({ target: () => process.exit(times().length) }).start();
  assert.ok(child.join(PATIENCE_MS));
  assert.equal(child.exitcode, 20);
  assert.deepEqual(times(), expected);
  echo.kill();
  echo.join();
});

test("Pipe: close() ends the short way: ProcessError for who sends, InvalidStateError here", () => {
  const [here, there] = Pipe();
  for (let i = 0; i < 20; i++) {
    here.send(i);
    assert.equal(there.recv(), i);
  }
  there.close();
  assert.throws(() => here.send(1), { name: "ProcessError" });
  assert.throws(() => there.recv(), { name: "InvalidStateError" });
});

test("Pipe: interrupt() and terminate() end who receives all the time", () => {
  const [here, there] = Pipe();
  const running = new Event();
  const child = new Process({
    target: () => {
      try {
        for (let i = 0; ; i++) {
          there.send(there.recv());
          if (i === 50) running.set();
        }
      } catch (error) {
        process.exit((error as Error).name === "InterruptedError" ? 7 : 8);
      }
    },
  }).start();
  for (let i = 0; i <= 50; i++) {
    here.send(i);
    assert.equal(here.recv(), i);
  }
  assert.ok(running.wait(PATIENCE_MS));
  child.interrupt();
  assert.ok(child.join(PATIENCE_MS));
  assert.equal(child.exitcode, 7);
  const [a, b] = Pipe();
  const ready = new Event();
  const thread = new Thread({
    target: () => {
      for (let i = 0; ; i++) {
        if (i === 50) ready.set();
        a.send(i);
        b.recv();
      }
    },
  });
  thread.start();
  assert.ok(ready.wait(PATIENCE_MS));
  thread.terminate();
  assert.ok(thread.join(PATIENCE_MS));
  a.send("after");
  while (b.recv() !== "after");
});

test("Pipe: sendAsync() and send() of one thread arrive in their order", async () => {
  const [here, there] = Pipe();
  const echo = echoOf(there);
  for (let i = 0; i < 20; i++) {
    here.send(i);
    assert.equal(here.recv(), i);
  }
  const sending = here.sendAsync("a");
  here.send("b");
  await sending;
  assert.deepEqual([await here.recvAsync(), here.recv()], ["a", "b"]);
  echo.kill();
  echo.join();
});
