// A fuzzer for frames: mutates good ones, and looks at what reading them does.
import assert from "node:assert/strict";
import { encodeFrame, FrameError, type Frame, FrameSplitter, MAX_TEXT } from "../../src/process/frame.ts";
import { Broker } from "../../src/process/broker/broker.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const call = (object: string, method: string, more: Partial<Frame> = {}): Frame =>
  ({
    kind: "CALL",
    request: 4096,
    sequence: 1,
    process: "r_1",
    thread: 1,
    object,
    method,
    timeoutMs: 0,
    numbers: [1, 2],
    text: "__proto__",
    refs: "Pipe:x:duplex/0",
    raw: bytes(1, 2, 3),
    payload: bytes(4, 5, 6, 7),
    ...more,
  }) as Frame;

const GOOD: readonly Frame[] = [
  ...[
    "Lock:a",
    "RLock:b",
    "Semaphore:c:2:bounded",
    "Event:d",
    "Condition:e:Lock%3Aa",
    "Barrier:f:2",
    "Queue:g:3",
    "Pipe:h:duplex",
    "Memory:i:64",
    "Server:j",
    "Sentinel:k",
    "",
  ].flatMap((object) =>
    ["acquire", "release", "put", "get", "send", "recv", "wait", "state", "write", "serve"].map((method) =>
      call(object, method),
    ),
  ),
  { kind: "CANCEL", request: 1, sequence: 2, process: "r" },
  { kind: "GONE", process: "r_2", thread: 0 },
  { kind: "HOLD", process: "r_1", refs: "Pipe:x:duplex/0,Pipe:x:duplex/1" },
  { kind: "JOB", text: "{}", payload: bytes(1, 2, 3) },
  { kind: "INTERRUPT", payload: bytes() },
];

/** Numbers that look random and are the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function mutate(good: Buffer, random: () => number): Buffer {
  const frame = Buffer.from(good);
  const times = 1 + Math.floor(random() * 4);
  for (let i = 0; i < times; i++) {
    const at = Math.floor(random() * frame.length);
    if (random() < 0.2 && at + 4 <= frame.length) frame.writeUInt32LE(Math.floor(random() * 2 ** 32), at);
    else frame[at] = Math.floor(random() * 256);
  }
  return random() < 0.2 ? frame.subarray(0, Math.floor(random() * frame.length)) : frame;
}

/** Reads so many mutated frames, and hands those that can be read to a broker. Returns how many could. */
export function fuzzFrames(count: number, seed: number): number {
  const random = randomFrom(seed);
  const encoded = GOOD.map((frame) => encodeFrame(frame));
  let broker = new Broker();
  let readable = 0;
  const before = process.memoryUsage().rss;
  for (let n = 0; n < count; n++) {
    if (n % 5000 === 0) broker = new Broker();
    const good = encoded[Math.floor(random() * encoded.length)] as Buffer;
    const splitter = new FrameSplitter();
    try {
      const bad = mutate(good, random);
      const cut = Math.floor(random() * bad.length);
      for (const piece of [bad.subarray(0, cut), bad.subarray(cut)]) {
        for (const frame of splitter.push(piece)) {
          readable++;
          broker.handle(frame, (reply) => assert.ok(encodeFrame(reply).length < MAX_TEXT * 8));
        }
      }
    } catch (error) {
      assert.ok(error instanceof FrameError, `seed ${seed}, frame ${n}: ${String(error)}`);
    }
  }
  assert.deepEqual(Object.keys(Object.prototype), []);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  assert.ok(process.memoryUsage().rss - before < 600 * 2 ** 20, "memory is bounded");
  return readable;
}
