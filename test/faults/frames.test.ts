import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeFrame, encodeFrame, FrameError, FrameSplitter, MAX_FRAME } from "../../src/process/frame.ts";
import { fuzzFrames } from "./frames.ts";

test("frames: 5,000 mutated ones: each is read by its schema or refused, and nothing else happens", () => {
  const readable = fuzzFrames(5000, 20261121);
  assert.ok(readable > 0 && readable < 5000);
});

test("frames: an oversized length, an unknown kind, missing and left-over bytes are refused", () => {
  const good = encodeFrame({ kind: "GONE", process: "r", thread: 1 });
  const long = Buffer.from(good);
  long.writeUInt32LE(MAX_FRAME + 1, 0);
  assert.throws(() => [...new FrameSplitter().push(long)], FrameError);
  const unknown = Buffer.from(good.subarray(4));
  unknown[0] = 99;
  for (const bad of [
    unknown,
    good.subarray(4, -1),
    Buffer.concat([good.subarray(4), Buffer.of(0)]),
    Buffer.alloc(0),
  ])
    assert.throws(() => decodeFrame(bad), FrameError);
});

test("frames: whole ones come out of pieces of any size", () => {
  const frames = [1, 2, 3].map(
    (thread) => ({ kind: "GONE", process: "r".repeat(thread * 40), thread }) as const,
  );
  const all = Buffer.concat(frames.map((frame) => encodeFrame(frame)));
  for (const size of [1, 3, 50, all.length]) {
    const splitter = new FrameSplitter();
    const read = [];
    for (let at = 0; at < all.length; at += size) read.push(...splitter.push(all.subarray(at, at + size)));
    assert.deepEqual(read, frames);
  }
});
