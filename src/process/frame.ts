/**
 * Frames: what heddle's processes say to each other over a channel.
 *
 *   frame = u32 length of the rest | u8 kind | the kind's fields, in the order of its schema
 *
 * A frame is read by its schema and by nothing else: fields have fixed types, no
 * value nests in another, every count has a limit, and nothing may be left over.
 * Values of the program are in `payload`, which only the thread that asked for it
 * ever looks into. Whatever is wrong with a frame, reading it throws
 * {@link FrameError}, and the channel that it came through is closed.
 */

/** The types of fields, and what they may hold at most. */
interface FieldTypes {
  /** A whole number below 2 ** 32. */
  u32: number;
  f64: number;
  /** Up to {@link MAX_TEXT} bytes of UTF-8. */
  text: string;
  /** Up to {@link MAX_NUMBERS} numbers. */
  f64s: readonly number[];
  /** What is left of the frame's allowance. */
  bytes: Uint8Array;
}
type Schema = Readonly<Record<string, keyof FieldTypes>>;

export const MAX_FRAME: number = 512 * 2 ** 20;
export const MAX_TEXT: number = 65_536;
export const MAX_NUMBERS: number = 255;
const LENGTH_BYTES = 4;

/** What frames say: the type of each field, by name. */
interface Frames {
  /** A thread asks a thing of the broker's for something; request 0: it wants no answer. */
  CALL: {
    readonly request: number;
    readonly sequence: number;
    /** Who asks: a process and its thread. */
    readonly process: string;
    readonly thread: number;
    readonly object: string;
    readonly method: string;
    readonly timeoutMs: number;
    readonly numbers: readonly number[];
    readonly text: string;
    /** The connections inside the payload. */
    readonly refs: string;
    readonly raw: Uint8Array;
    readonly payload: Uint8Array;
  };
  /** The answer; `status` is empty, or says what went wrong. */
  REPLY: {
    readonly request: number;
    readonly sequence: number;
    readonly process: string;
    readonly status: string;
    readonly numbers: readonly number[];
    readonly text: string;
    readonly raw: Uint8Array;
    readonly payload: Uint8Array;
  };
  /** Whoever asked waits no longer; an answer comes all the same. */
  CANCEL: { readonly request: number; readonly sequence: number; readonly process: string };
  /** A thread of a process has ended, or, with thread 0, the whole process. */
  GONE: { readonly process: string; readonly thread: number };
  /** A process holds these connections from now on. */
  HOLD: { readonly process: string; readonly refs: string };
  /** To a new process: who it is and what it is to run. */
  JOB: { readonly text: string; readonly payload: Uint8Array };
  /** To a process: its main thread is interrupted. */
  INTERRUPT: { readonly payload: Uint8Array };
}
type Kind = keyof Frames;
/** A frame of one kind. */
export type FrameOf<K extends Kind> = { readonly kind: K } & Frames[K];
/** Any frame. */
export type Frame = { [K in Kind]: FrameOf<K> }[Kind];

/** The order and types of their fields on the wire. */
const SCHEMAS: { readonly [K in Kind]: Readonly<Record<keyof Frames[K], keyof FieldTypes>> } = {
  CALL: {
    request: "u32",
    sequence: "u32",
    process: "text",
    thread: "u32",
    object: "text",
    method: "text",
    timeoutMs: "f64",
    numbers: "f64s",
    text: "text",
    refs: "text",
    raw: "bytes",
    payload: "bytes",
  },
  REPLY: {
    request: "u32",
    sequence: "u32",
    process: "text",
    status: "text",
    numbers: "f64s",
    text: "text",
    raw: "bytes",
    payload: "bytes",
  },
  CANCEL: { request: "u32", sequence: "u32", process: "text" },
  GONE: { process: "text", thread: "u32" },
  HOLD: { process: "text", refs: "text" },
  JOB: { text: "text", payload: "bytes" },
  INTERRUPT: { payload: "bytes" },
};

const KINDS = Object.keys(SCHEMAS) as Kind[];
const KIND_NUMBERS = new Map<string, number>(KINDS.map((kind, index) => [kind, index + 1]));

/** A frame that breaks its schema or a limit. */
export class FrameError extends Error {
  static {
    this.prototype.name = "FrameError";
  }
}

/** No bytes. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);
const NO_NUMBERS: readonly number[] = [];

function sizeOf(type: keyof FieldTypes, value: unknown): number {
  switch (type) {
    case "u32":
      return 4;
    case "f64":
      return 8;
    case "text":
      return 4 + Buffer.byteLength(value as string);
    case "f64s":
      return 1 + 8 * (value as readonly number[]).length;
    default:
      return 4 + (value as Uint8Array).length;
  }
}

/**
 * Writes a frame, its length first. Throws FrameError for one that no receiver would take.
 * `apart`: so many bytes of payload, its last field, are left out and follow by themselves.
 */
export function encodeFrame(frame: Frame, apart: number = 0): Buffer {
  const schema: Schema = SCHEMAS[frame.kind];
  const values = frame as unknown as Readonly<Record<string, unknown>>;
  let size = LENGTH_BYTES + 1;
  for (const name in schema) size += sizeOf(schema[name] as keyof FieldTypes, values[name]);
  if (size - LENGTH_BYTES > MAX_FRAME)
    throw new FrameError(`Cannot send ${size} bytes: a message has at most ${MAX_FRAME}`);
  const bytes = Buffer.allocUnsafe(size - apart);
  bytes.writeUInt32LE(size - LENGTH_BYTES, 0);
  bytes[LENGTH_BYTES] = KIND_NUMBERS.get(frame.kind) as number;
  let at = LENGTH_BYTES + 1;
  for (const name in schema) at = writeField(bytes, at, schema[name] as keyof FieldTypes, values[name]);
  return bytes;
}

function writeField(bytes: Buffer, at: number, type: keyof FieldTypes, value: unknown): number {
  switch (type) {
    case "u32":
      return bytes.writeUInt32LE(value as number, at);
    case "f64":
      return bytes.writeDoubleLE(value as number, at);
    case "text": {
      const length = bytes.write(value as string, at + 4);
      if (length > MAX_TEXT)
        throw new FrameError(`Cannot send a text of ${length} bytes: at most ${MAX_TEXT}`);
      bytes.writeUInt32LE(length, at);
      return at + 4 + length;
    }
    case "f64s": {
      const numbers = value as readonly number[];
      if (numbers.length > MAX_NUMBERS)
        throw new FrameError(`Cannot send ${numbers.length} numbers: at most ${MAX_NUMBERS}`);
      bytes[at++] = numbers.length;
      for (const number of numbers) at = bytes.writeDoubleLE(number, at);
      return at;
    }
    default: {
      const source = value as Uint8Array;
      bytes.writeUInt32LE(source.length, at);
      if (at + 4 + source.length <= bytes.length) bytes.set(source, at + 4);
      return at + 4 + source.length;
    }
  }
}

/** Reads one frame without its length. Throws FrameError. `bytes` is not copied: fields may be views of it. */
export function decodeFrame(bytes: Buffer): Frame {
  const kind = KINDS[(bytes[0] ?? 0) - 1];
  if (kind === undefined) throw new FrameError(`Cannot read a frame: there is no kind ${bytes[0]}`);
  const schema: Schema = SCHEMAS[kind];
  const from = new FieldReader(bytes);
  const frame: Record<string, unknown> = { kind };
  for (const name in schema) frame[name] = from.field(schema[name] as keyof FieldTypes);
  if (from.at !== bytes.length)
    throw new FrameError(`Cannot read a frame: ${bytes.length - from.at} bytes are left over`);
  return frame as unknown as Frame;
}

class FieldReader {
  at = 1;
  readonly #bytes: Buffer;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Where the next `count` bytes start. */
  #take(count: number): number {
    const start = this.at;
    if (count > this.#bytes.length - start)
      throw new FrameError(`Cannot read a frame: ${count} bytes are missing at ${start}`);
    this.at = start + count;
    return start;
  }

  field(type: keyof FieldTypes): FieldTypes[keyof FieldTypes] {
    switch (type) {
      case "u32":
        return this.#bytes.readUInt32LE(this.#take(4));
      case "f64":
        return this.#bytes.readDoubleLE(this.#take(8));
      case "text": {
        const length = this.#bytes.readUInt32LE(this.#take(4));
        if (length > MAX_TEXT) throw new FrameError(`Cannot read a frame: a text of ${length} bytes`);
        const start = this.#take(length);
        return length === 0 ? "" : this.#bytes.toString("utf8", start, start + length);
      }
      case "f64s": {
        const count = this.#bytes[this.#take(1)] as number;
        if (count === 0) return NO_NUMBERS;
        const start = this.#take(count * 8);
        return Array.from({ length: count }, (_, i) => this.#bytes.readDoubleLE(start + i * 8));
      }
      default: {
        const length = this.#bytes.readUInt32LE(this.#take(4));
        const start = this.#take(length);
        return length === 0 ? NO_BYTES : this.#bytes.subarray(start, start + length);
      }
    }
  }
}

/** Cuts what a channel delivers into frames, whatever the pieces are that it comes in. */
export class FrameSplitter {
  #pieces: Buffer[] = [];
  #have = 0;
  /** Bytes of the frame that is being received, with its length; 0: not known yet. */
  #need = 0;

  /** Takes a piece and returns the frames that are whole now. Throws FrameError. */
  *push(piece: Buffer): Generator<Frame> {
    let rest = piece;
    while (rest.length > 0) {
      if (this.#need === 0 && this.#have === 0 && rest.length >= LENGTH_BYTES) {
        const end = LENGTH_BYTES + checkedLength(rest.readUInt32LE(0));
        if (rest.length >= end) {
          yield decodeFrame(rest.subarray(LENGTH_BYTES, end));
          rest = rest.subarray(end);
          continue;
        }
        this.#need = end;
      }
      rest = this.#keep(rest);
      if (this.#need !== 0 && this.#have === this.#need) yield decodeFrame(this.#whole());
    }
  }

  /** Keeps what belongs to the frame that is being received; returns the rest. */
  #keep(piece: Buffer): Buffer {
    const need = this.#need === 0 ? LENGTH_BYTES : this.#need;
    const count = Math.min(need - this.#have, piece.length);
    this.#pieces.push(piece.subarray(0, count));
    this.#have += count;
    if (this.#need === 0 && this.#have === LENGTH_BYTES) {
      const length = Buffer.concat(this.#pieces).readUInt32LE(0);
      this.#need = LENGTH_BYTES + checkedLength(length);
    }
    return piece.subarray(count);
  }

  #whole(): Buffer {
    const bytes = this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#have = 0;
    this.#need = 0;
    return bytes.subarray(LENGTH_BYTES);
  }
}

function checkedLength(length: number): number {
  if (length < 1 || length > MAX_FRAME)
    throw new FrameError(`Cannot read a frame of ${length} bytes: it must have 1 to ${MAX_FRAME}`);
  return length;
}
