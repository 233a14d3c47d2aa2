/**
 * Messages: values in flight between isolates, each in a block of shared memory.
 *
 * A message can be loaded any number of times, by any isolate: loading changes
 * nothing in it. It holds one reference to each of heddle's objects inside it,
 * and gives them back when it is discarded.
 */
import { allocate, free } from "../core/heap.ts";
import { i32, u8 } from "../core/memory.ts";
import type { Addr } from "../core/word.ts";
import { Decoder } from "./decode.ts";
import { Encoder } from "./encode.ts";
import { functionCodec } from "./function-codec.ts";
import { release, retain } from "./handle.ts";
import { importModule, needsLoading } from "./known.ts";
import { PortableTables } from "./portable-tables.ts";
import { Reader } from "./reader.ts";
import { HEAD, PORTABLE } from "./tags.ts";

/** Encoders at rest. Capturing a function may store its code, so one may be at work while another starts. */
const idle: Encoder[] = [];

/**
 * Puts a value into a new message and returns its address. `what` names it in
 * errors. Throws CaptureError, with the path to what cannot cross, and
 * HeapExhaustedError; neither leaves anything behind.
 */
export function store(value: unknown, what: string): Addr {
  return write(value, what, false);
}

/** Like {@link store}, with a text in place of each part that cannot cross: for errors, which must arrive. */
export function storeLenient(value: unknown, what: string): Addr {
  return write(value, what, true);
}

/**
 * Like {@link store}, for another process: the message's bytes may be copied there, and read there.
 * `refs` are the names of what processes share in it. Throws CaptureError for what only threads share.
 */
export function storePortable(
  value: unknown,
  what: string,
  lenient: boolean = false,
): { message: Addr; refs: readonly string[] } {
  const encoder = idle.pop() ?? new Encoder();
  const tables = new PortableTables();
  try {
    encoder.encode(value, what, lenient, tables);
    return { message: publish(encoder, tables.codes.map(functionCodec().exportCode)), refs: tables.refs };
  } finally {
    encoder.reset();
    idle.push(encoder);
  }
}

/** Of a portable message: its bytes in shared memory, valid until it is discarded. */
export function bytesOf(message: Addr): Uint8Array {
  return u8.subarray(message, message + headOf(message, HEAD.LENGTH));
}

/** Puts the bytes of a portable message from another process into a message here. Throws RangeError for what is none. */
export function receive(bytes: Uint8Array): Addr {
  if (bytes.length < HEAD.BYTES) throw new RangeError("Cannot receive a message: it is too short");
  const head = new Int32Array(new Uint8Array(bytes.subarray(0, HEAD.BYTES)).buffer);
  if (head[HEAD.HANDLES] !== PORTABLE || head[HEAD.LENGTH] !== bytes.length)
    throw new RangeError("Cannot receive a message: it is none of another process's");
  const message = allocate(bytes.length);
  u8.set(bytes, message);
  return message;
}

/** Like {@link receive}, of `length` bytes that `fill` puts into an array from a place on. */
export function receiveInto(length: number, fill: (target: Uint8Array, at: number) => void): Addr {
  if (length < HEAD.BYTES) throw new RangeError("Cannot receive a message: it is too short");
  const message = allocate(length);
  try {
    fill(u8, message);
    if (headOf(message, HEAD.HANDLES) === PORTABLE && headOf(message, HEAD.LENGTH) === length) return message;
  } catch (error) {
    free(message);
    throw error;
  }
  free(message);
  throw new RangeError("Cannot receive a message: it is none of another process's");
}

/**
 * Puts a value into `room` bytes at `place`, where it is small and holds none of heddle's objects, and returns 0;
 * {@link loadWithin} reads it. Else like {@link store}.
 */
export function storeWithin(value: unknown, what: string, place: Addr, room: number): Addr {
  const encoder = idle.pop() ?? new Encoder();
  try {
    encoder.encode(value, what, false);
    const { bytes, handles, modules, blobs } = encoder;
    if (bytes.at <= room && handles.length === 0 && modules.size === 0 && blobs.length === 0) {
      bytes.copyTo(place);
      return 0 as Addr;
    }
    const message = publish(encoder);
    for (const handle of handles) retain(handle);
    return message;
  } finally {
    encoder.reset();
    idle.push(encoder);
  }
}

/** Reads what {@link storeWithin} put there. */
export function loadWithin(place: Addr): unknown {
  return new Decoder(place, 0).decode();
}

function write(value: unknown, what: string, lenient: boolean): Addr {
  const encoder = idle.pop() ?? new Encoder();
  try {
    encoder.encode(value, what, lenient);
    const message = publish(encoder);
    for (const handle of encoder.handles) retain(handle);
    return message;
  } finally {
    encoder.reset();
    idle.push(encoder);
  }
}

/** Copies what an encoder wrote into shared memory: head, bytes, tables, blobs. */
function publish(encoder: Encoder, codes?: readonly string[]): Addr {
  const { bytes, handles, modules, blobs } = encoder;
  const tables = bytes.at;
  for (const handle of handles) bytes.count(handle);
  for (const module of modules) bytes.text(module);
  const codesAt = HEAD.BYTES + bytes.at;
  if (codes !== undefined) {
    bytes.count(codes.length);
    for (const code of codes) bytes.text(code);
  }
  const blobStart = Math.ceil((HEAD.BYTES + bytes.at) / 8) * 8;
  const message = allocate(blobStart + encoder.blobBytes);
  const head = message >> 2;
  i32[head + HEAD.HANDLES] = codes === undefined ? handles.length : PORTABLE;
  i32[head + HEAD.CODES] = codesAt;
  i32[head + HEAD.MODULES] = modules.size;
  i32[head + HEAD.TABLES] = HEAD.BYTES + tables;
  i32[head + HEAD.BLOBS] = blobStart;
  i32[head + HEAD.LENGTH] = blobStart + encoder.blobBytes;
  bytes.copyTo(message + HEAD.BYTES);
  let at = message + blobStart;
  for (const blob of blobs) {
    u8.set(blob, at);
    at += Math.ceil(blob.length / 8) * 8;
  }
  return message;
}

function headOf(message: Addr, field: number): number {
  return i32[(message >> 2) + field] as number;
}

/**
 * Reads the value of a message: a new copy each time. The modules that
 * {@link modulesOf} names must have been prepared, or be loadable at once.
 */
export function load(message: Addr): unknown {
  const codes = headOf(message, HEAD.HANDLES) === PORTABLE ? codesOf(message) : undefined;
  return new Decoder(message + HEAD.BYTES, message + headOf(message, HEAD.BLOBS), codes).decode();
}

/** Code records by the texts that came with portable messages: most bring the same few functions again and again. */
const imported = new Map<string, Addr>();
const NO_CODES: readonly Addr[] = [];
const MOST_IMPORTED = 256;

function codesOf(message: Addr): readonly Addr[] {
  const reader = new Reader(message + headOf(message, HEAD.CODES));
  const count = reader.count();
  if (count === 0) return NO_CODES;
  return Array.from({ length: count }, () => codeOf(reader.text()));
}

function codeOf(text: string): Addr {
  let code = imported.get(text);
  if (code === undefined) {
    code = functionCodec().importCode(text);
    if (imported.size >= MOST_IMPORTED) imported.clear();
    imported.set(text, code);
  }
  return code;
}

/** Frees a message, and gives back the references that it holds. */
export function discard(message: Addr): void {
  const reader = new Reader(message + headOf(message, HEAD.TABLES));
  for (let count = headOf(message, HEAD.HANDLES); count > 0; count--) release(reader.count() as Addr);
  free(message);
}

/** Loads a message and discards it, whether or not it could be read. */
export function take(message: Addr): unknown {
  try {
    return load(message);
  } finally {
    discard(message);
  }
}

/** The modules that a message needs and that this isolate has not loaded yet, by their names in `ModuleExport`. */
export function modulesOf(message: Addr): readonly string[] {
  const count = headOf(message, HEAD.MODULES);
  if (count === 0) return [];
  const reader = new Reader(message + headOf(message, HEAD.TABLES));
  for (let handles = headOf(message, HEAD.HANDLES); handles > 0; handles--) reader.count();
  return Array.from({ length: count }, () => reader.text()).filter(needsLoading);
}

/** Imports what {@link modulesOf} names. Rejects with the module's own error when one cannot be loaded. */
export async function prepare(message: Addr): Promise<void> {
  for (const module of modulesOf(message)) await importModule(module);
}
