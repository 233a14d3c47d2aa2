// Rings: what goes the short way arrives once and in order, whenever the broker takes the ring back.
import assert from "node:assert/strict";
import { fstatSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { Ask } from "../../src/process/broker/ask.ts";
import { PipeThing } from "../../src/process/broker/pipe.ts";
import type { FrameOf } from "../../src/process/frame.ts";
import { ReadLane, WriteLane } from "../../src/process/lane.ts";
import { namelessFile } from "../../src/process/platform.ts";
import { NO_PAYLOAD, Ring } from "../../src/process/ring.ts";
import { randomFrom } from "./frames.ts";

const SEED: number = Number(process.env["HEDDLE_SEED"] ?? Date.now() % 2 ** 31);
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
    const outcome = writing.send(raw);
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
  const pieces = [new Uint8Array(5).fill(4), new Uint8Array(3).fill(5)]; // the second one begins at 8
  for (const rawLength of [20_000, 2]) {
    ring.put(0, new Uint8Array(rawLength).fill(3), { length: 11, pieces: () => pieces });
    const { raw, payload, size } = ring.take(0, (length, fill) => {
      const bytes = new Uint8Array(length + 1);
      fill(bytes, 1, 0, 5);
      fill(bytes, 9, 8, 3);
      return [...bytes];
    });
    assert.deepEqual([raw.length, raw.at(-1), size], [rawLength, 3, rawLength + 19]);
    assert.deepEqual(payload, [0, 4, 4, 4, 4, 4, 0, 0, 0, 5, 5, 5]);
  }
  assert.throws(() => ring.take(64, () => 0), RangeError);
  ring.close();
  ring.close();
});

test("ring: trim() gives back the memory of large messages", { skip: none }, () => {
  const file = namelessFile() as number;
  const ring = new Ring(file);
  const held = (): number => fstatSync(file).blocks * 512;
  ring.put(0, new Uint8Array(8_000_000).fill(1), NO_PAYLOAD);
  assert.ok(held() >= 8_000_000);
  ring.trim();
  assert.ok(held() < 2_000_000, `${held()} bytes`);
  ring.close();
});
