import assert from "node:assert/strict";
import { test } from "node:test";
import { heapUse } from "../core/heap.ts";
import { bytesOf, discard, take } from "./message.ts";
import { type Fill, Portable, receive, receivePieces, storePortable } from "./portable.ts";
import { nextPiece } from "./tags.ts";
import { BLOB_BYTES, HEAD } from "./tags.ts";

const value = {
  text: "größer",
  large: new Uint8Array(BLOB_BYTES + 3).fill(7),
  list: [1, new Float64Array(BLOB_BYTES).fill(0.25), new Uint8Array([1, 2])],
  odd: new Uint8Array(BLOB_BYTES + 1).fill(9),
};

/** The bytes of a value, put together from its pieces. */
function bytesInPieces(what: unknown): Uint8Array {
  const portable = new Portable(what, "value");
  const bytes = new Uint8Array(portable.length);
  let end = 0;
  for (const piece of portable.pieces()) {
    bytes.set(piece, nextPiece(end));
    end = nextPiece(end) + piece.length;
  }
  assert.equal(end, portable.length);
  portable.release();
  return bytes;
}
const filling =
  (bytes: Uint8Array): Fill =>
  (target, at, from, count) =>
    target.set(bytes.subarray(from, from + count), at);
const used = (): number => heapUse().blocks;

test("a portable value's pieces are a message, as its bytes are", () => {
  for (const each of [value, 7, "x".repeat(30_000), value.odd]) {
    const bytes = bytesInPieces(each);
    const { message } = storePortable(each, "value");
    assert.equal(bytes.length, bytesOf(message).length);
    assert.deepEqual([take(receive(bytes)), take(message)], [each, each]);
  }
});

test("receive() and receivePieces() give the value back, and leave nothing behind", () => {
  const bytes = bytesInPieces(value);
  take(receive(bytes)); // what the first one allocates for good
  const before = used();
  assert.deepEqual(take(receive(bytes)), value);
  const { message, blobs } = receivePieces(bytes.length, filling(bytes));
  assert.deepEqual(
    blobs.map(({ byteLength }) => byteLength),
    [BLOB_BYTES + 3, BLOB_BYTES + 1, BLOB_BYTES * 8],
  );
  const back = take(message, blobs) as typeof value;
  assert.deepEqual(back, value);
  assert.ok(blobs.includes(back.large.buffer as ArrayBuffer), "it was read into its own memory");
  const small = bytesInPieces("small");
  const received = receivePieces(small.length, filling(small));
  assert.deepEqual([take(received.message, received.blobs), received.blobs], ["small", []]);
  assert.equal(used(), before);
});

test("what is no portable message is a RangeError, and leaves nothing behind", () => {
  const bytes = bytesInPieces(value);
  const before = used();
  const broken = (change: (head: Int32Array) => void): Uint8Array => {
    const copy = bytes.slice();
    change(new Int32Array(copy.buffer, 0, HEAD.BYTES / 4));
    return copy;
  };
  const cases = [
    bytes.subarray(0, 10),
    bytes.subarray(0, bytes.length - 1),
    broken((head) => (head[HEAD.HANDLES] = 1)),
    broken((head) => (head[HEAD.LENGTH] = 99)),
  ];
  for (const each of cases) {
    assert.throws(() => receive(each), RangeError);
    assert.throws(() => receivePieces(each.length, filling(each)), RangeError);
  }
  const beyond = broken((head) => (head[HEAD.BLOBS] = bytes.length - 8));
  assert.throws(() => receivePieces(beyond.length, filling(beyond)), RangeError);
  const fails: Fill = (_target, _at, from) => {
    if (from > 0) throw new RangeError("cut off");
    filling(bytes)(_target, _at, from, HEAD.BYTES);
  };
  assert.throws(() => receivePieces(bytes.length, fails), /cut off|another process/);
  assert.equal(used(), before);
});

test("a value that cannot leave the process is refused, and its encoder is free again", () => {
  assert.throws(() => new Portable(() => process.stdout, "value"), { name: "CaptureError" });
  discard(storePortable([1], "value").message);
});
