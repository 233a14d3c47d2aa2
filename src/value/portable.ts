/**
 * Portable messages: values on their way between processes.
 *
 * The bytes of one mean the same in every process. They go as they are, or in pieces: first everything but the large
 * contents of buffers, then each of those. So a large buffer needs no copy on its way: it is written from where it is,
 * and read into the memory that it will have.
 */
import { allocate, free } from "../core/heap.ts";
import { i32, u8 } from "../core/memory.ts";
import type { Addr } from "../core/word.ts";
import type { Encoder } from "./encode.ts";
import { functionCodec } from "./function-codec.ts";
import { encoderAtRest, publish, putToRest, seal } from "./message.ts";
import { newMemory } from "./platform.ts";
import { PortableTables } from "./portable-tables.ts";
import { Reader } from "./reader.ts";
import { BLOB_BYTES, HEAD, nextPiece, PORTABLE } from "./tags.ts";

/** A value that is to leave the process. It has an encoder until it is released. */
export class Portable {
  readonly #encoder: Encoder;
  /** The names of what processes share in it. */
  readonly refs: readonly string[];
  /** Its bytes in all. */
  readonly length: number;

  /** Throws CaptureError for what only threads share; `lenient`: a text stands in place of that. */
  constructor(value: unknown, what: string, lenient: boolean = false) {
    const encoder = encoderAtRest();
    const tables = new PortableTables();
    this.#encoder = encoder;
    this.refs = tables.refs;
    try {
      encoder.encode(value, what, lenient, tables);
      this.length = seal(encoder, tables.codes.map(functionCodec().exportCode));
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Its pieces, in order; the next one begins behind each at {@link nextPiece}. Valid until it is released. */
  pieces(): readonly Uint8Array[] {
    const { bytes, blobs } = this.#encoder;
    return [bytes.written(), ...blobs];
  }

  /** Puts it into shared memory. */
  publish(): Addr {
    return publish(this.#encoder, this.length);
  }

  /** It is needed no longer. Once. */
  release(): void {
    putToRest(this.#encoder);
  }
}

/** Puts a value into a message that may leave the process, and tells the names of what processes share in it. */
export function storePortable(
  value: unknown,
  what: string,
  lenient?: boolean,
): { message: Addr; refs: readonly string[] } {
  const portable = new Portable(value, what, lenient);
  try {
    return { message: portable.publish(), refs: portable.refs };
  } finally {
    portable.release();
  }
}

/** Puts the bytes of a portable message from another process into a message here. Throws RangeError for what is none. */
export function receive(bytes: Uint8Array): Addr {
  return receiveWhole(bytes.length, (target, at, from, count) =>
    target.set(bytes.subarray(from, from + count), at),
  );
}

/** Puts `count` bytes of a message, from its byte `from` on, into an array. */
export type Fill = (target: Uint8Array, at: number, from: number, count: number) => void;

/** A message from another process. Its large contents are in memory of their own: it can be loaded once. */
export interface Received {
  readonly message: Addr;
  readonly blobs: readonly ArrayBuffer[];
}
const NO_BLOBS: readonly ArrayBuffer[] = [];

/** Like {@link receive}, of `length` bytes that `fill` brings. */
export function receivePieces(length: number, fill: Fill): Received {
  if (length < BLOB_BYTES) return { message: receiveWhole(length, fill), blobs: NO_BLOBS };
  const head = new Int32Array(HEAD.BYTES / 4);
  fill(new Uint8Array(head.buffer), 0, 0, HEAD.BYTES);
  const front = Math.min(length, head[HEAD.BLOBS] as number);
  const message = receiveWhole(length, fill, Math.max(HEAD.BYTES, front));
  try {
    return { message, blobs: receiveBlobs(message, length, fill) };
  } catch (error) {
    free(message);
    throw error;
  }
}

/** Brings the first `count` of a message's `length` bytes. */
function receiveWhole(length: number, fill: Fill, count: number = length): Addr {
  if (length < HEAD.BYTES) throw new RangeError("Cannot receive a message: it is too short");
  const message = allocate(count);
  try {
    fill(u8, message, 0, count);
    const head = message >> 2;
    if (i32[head + HEAD.HANDLES] === PORTABLE && i32[head + HEAD.LENGTH] === length) return message;
  } catch (error) {
    free(message);
    throw error;
  }
  free(message);
  throw new RangeError("Cannot receive a message: it is none of another process's");
}

function receiveBlobs(message: Addr, length: number, fill: Fill): ArrayBuffer[] {
  const head = message >> 2;
  const sizes = new Reader(message + (i32[head + HEAD.CODES] as number));
  const blobs: ArrayBuffer[] = [];
  let from = i32[head + HEAD.BLOBS] as number;
  for (let count = sizes.count(); count > 0; count--) {
    const size = sizes.count();
    if (size < BLOB_BYTES || size > length - from)
      throw new RangeError("Cannot receive a message: it is cut off");
    const memory = newMemory(size);
    fill(new Uint8Array(memory), 0, from, size);
    blobs.push(memory);
    from = nextPiece(from + size);
  }
  return blobs;
}
