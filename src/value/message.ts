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
import { Reader } from "./reader.ts";
import { HEAD, nextPiece, PORTABLE } from "./tags.ts";

/** Encoders at rest. Capturing a function may store its code, so one may be at work while another starts. */
const idle: Encoder[] = [];

/** An encoder for one message. */
export function encoderAtRest(): Encoder {
  return idle.pop() ?? new Encoder();
}
/** It is needed no longer. */
export function putToRest(encoder: Encoder): void {
  encoder.reset();
  idle.push(encoder);
}

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

/** Of a portable message: its bytes in shared memory, valid until it is discarded. */
export function bytesOf(message: Addr): Uint8Array {
  return u8.subarray(message, message + headOf(message, HEAD.LENGTH));
}

/**
 * Puts a value into `room` bytes at `place`, where it is small and holds none of heddle's objects, and returns 0;
 * {@link loadWithin} reads it. Else like {@link store}.
 */
export function storeWithin(value: unknown, what: string, place: Addr, room: number): Addr {
  const encoder = encoderAtRest();
  try {
    encoder.encode(value, what, false);
    const { bytes, handles, modules, blobs } = encoder;
    if (bytes.at - HEAD.BYTES <= room && handles.length === 0 && modules.size === 0 && blobs.length === 0) {
      bytes.copyTo(place, HEAD.BYTES);
      return 0 as Addr;
    }
    const message = publish(encoder, seal(encoder));
    for (const handle of handles) retain(handle);
    return message;
  } finally {
    putToRest(encoder);
  }
}

/** Reads what {@link storeWithin} put there. */
export function loadWithin(place: Addr): unknown {
  return new Decoder(place, 0).decode();
}

function write(value: unknown, what: string, lenient: boolean): Addr {
  const encoder = encoderAtRest();
  try {
    encoder.encode(value, what, lenient);
    const message = publish(encoder, seal(encoder));
    for (const handle of encoder.handles) retain(handle);
    return message;
  } finally {
    putToRest(encoder);
  }
}

/** Puts the tables behind what an encoder wrote, and the head before it. `codes`: the message is portable. Its length. */
export function seal(encoder: Encoder, codes?: readonly string[]): number {
  const { bytes, handles, modules, blobs } = encoder;
  bytes.i32(HEAD.HANDLES, codes === undefined ? handles.length : PORTABLE);
  bytes.i32(HEAD.MODULES, modules.size);
  bytes.i32(HEAD.TABLES, bytes.at);
  for (const handle of handles) bytes.count(handle);
  for (const module of modules) bytes.text(module);
  bytes.i32(HEAD.CODES, bytes.at);
  if (codes !== undefined) {
    bytes.count(blobs.length);
    for (const { length } of blobs) bytes.count(length);
    bytes.count(codes.length);
    for (const code of codes) bytes.text(code);
  }
  const blobStart = nextPiece(bytes.at);
  const length = blobs.length === 0 ? bytes.at : blobStart + encoder.blobBytes;
  bytes.i32(HEAD.BLOBS, blobStart);
  bytes.i32(HEAD.LENGTH, length);
  return length;
}

/** Copies a sealed message into shared memory. */
export function publish(encoder: Encoder, length: number): Addr {
  const message = allocate(length);
  encoder.bytes.copyTo(message, 0);
  let at = message + headOf(message, HEAD.BLOBS);
  for (const blob of encoder.blobs) {
    u8.set(blob, at);
    at = nextPiece(at + blob.length);
  }
  return message;
}

function headOf(message: Addr, field: number): number {
  return i32[(message >> 2) + field] as number;
}

/**
 * Reads the value of a message: a new copy each time. The modules that
 * {@link modulesOf} names must have been prepared, or be loadable at once.
 * `blobs`: its large contents, where they are not in the message; they become the value's.
 */
export function load(message: Addr, blobs?: readonly ArrayBuffer[]): unknown {
  const codes = headOf(message, HEAD.HANDLES) === PORTABLE ? codesOf(message) : undefined;
  const blobsAt = message + headOf(message, HEAD.BLOBS);
  return new Decoder(message + HEAD.BYTES, blobsAt, codes, blobs).decode();
}

/** Code records by the texts that came with portable messages: most bring the same few functions again and again. */
const imported = new Map<string, Addr>();
const NO_CODES: readonly Addr[] = [];
const MOST_IMPORTED = 256;

function codesOf(message: Addr): readonly Addr[] {
  const reader = new Reader(message + headOf(message, HEAD.CODES));
  for (let blobs = reader.count(); blobs > 0; blobs--) reader.count();
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
export function take(message: Addr, blobs?: readonly ArrayBuffer[]): unknown {
  try {
    return load(message, blobs);
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
