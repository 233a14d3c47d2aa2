/**
 * Rings: the short way from one thread to another, in a file that only two processes and the broker have open.
 *
 * The broker makes the file, without a name, and lends it to one reader and one writer: a *lease*. While the lease
 * is theirs, messages go through the file, and nobody else is asked. The broker may end a lease at any moment,
 * whatever the two are doing; it then takes out what was written and not yet read.
 *
 *   file = HEAD | LEASE | TAIL | NONCE | … | messages from DATA on
 *   record = u32 lease | u32 value | u32 value | u32 check
 *   message = u32 bytes of raw | u32 bytes of payload | raw | payload
 *
 *   record | who writes it | its values
 *   LEASE  | the broker    | the ring's number; lease 0: nobody has it
 *   HEAD   | the reader    | messages that it has taken under this lease; where the next one lies behind them
 *   TAIL   | the writer    | messages that it has put under this lease; the first of those that lie from DATA on,
 *          |               | and WRITING while it puts a large one, which its reader then waits for
 *
 * Invariants
 *   R1  One thread reads and one thread writes a ring, ever. Another pair gets another ring, and another lease
 *       another number: a record that names an old lease says nothing.
 *   R2  A party first writes its record, then reads LEASE; the broker first writes LEASE, then reads the records.
 *       So either the party sees that its lease is over, or the broker sees what it did; or both. In doubt the
 *       party asks, and the broker, which remembers what it saw, says what holds.
 *   R3  A message counts when its record says so. A party killed before that has done nothing.
 *   R4  The writer begins at DATA again only when the reader has taken everything.
 *   R5  A record that is read while it is written has the wrong check, and is read again.
 *   R6  When a lease has ended, the broker cuts the file. Who reads or writes behind the cut just then learns by R2 that
 *       nothing of it holds.
 *
 * Lineage: Lamport's one-reader-one-writer queue; Dekker's "write mine, then read yours"; Gray and Cheriton's leases.
 */
import type { Fill, Portable } from "../value/portable.ts";
import { nextPiece } from "../value/tags.ts";
import { NO_BYTES } from "./frame.ts";
import { closeFile, type File, readAt, truncate, writeAllAt, writeAt } from "./platform.ts";

const RECORD_BYTES = 16;
const HEAD_AT = 0;
const LEASE_AT = 16;
const TAIL_AT = 32;
const NONCE_AT = 48;
const DATA_AT = 4096;
export const MESSAGE_HEAD = 8;
/** A writer waits when so many bytes lie there that were not read. */
export const MAX_WAITING: number = 1 << 20;
/** A larger message goes through the broker: two processes would hold its memory as long as they have the ring. */
export const MAX_DIRECT: number = 1 << 24;
/** A message from this size on is announced before it is put. */
export const LARGE: number = 1 << 17;
/** In TAIL's second value, beside the number. */
const WRITING = 2 ** 31;
/** What is read at once, in the hope that it is all: as much as the last message had, and this at most. */
const GLANCE = 16_384;
const LEAST_GLANCE = 1024;
/** How often a record is read again before it is taken for broken. */
const RETRIES = 1000;

/** A record: what it says under which lease. */
export interface Mark {
  readonly lease: number;
  readonly value: number;
  readonly more: number;
}

/** How a party finds a ring, as the broker tells it. */
export interface RingName {
  readonly id: number;
  readonly pid: number;
  readonly fd: number;
  /** Whoever opens the descriptor knows by these that it still is the ring. */
  readonly nonce: readonly number[];
}

const records = new Uint32Array(8);
const recordBytes = new Uint8Array(records.buffer);
const glance: Buffer = Buffer.allocUnsafeSlow(GLANCE);

function checkOf(lease: number, value: number, more: number): number {
  const mixed = Math.imul(lease, 0x9e3779b1) ^ Math.imul(value, 0x85ebca6b) ^ Math.imul(more, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 15) ^ 0x68656464) >>> 0;
}

const NOTHING: Mark = { lease: 0, value: 0, more: 0 };

/** A record among those that were read; undefined: it was being written. A file that is new has none. */
function markAt(index: number): Mark | undefined {
  const [lease = 0, value = 0, more = 0, check = 0] = records.subarray(index * 4, index * 4 + 4);
  if (check === checkOf(lease, value, more)) return { lease, value, more };
  return lease + value + more + check === 0 ? NOTHING : undefined;
}

/** A message's value, in pieces that lie behind each other at multiples of 8. */
export type Payload = Pick<Portable, "length" | "pieces">;
/** No value. */
export const NO_PAYLOAD: Payload = { length: 0, pieces: () => [] };

/** An open ring. */
export class Ring {
  readonly #file: File;
  #glance = LEAST_GLANCE;
  #open = true;

  constructor(file: File) {
    this.#file = file;
  }

  #pair(position: number): readonly [Mark, Mark] {
    for (let i = 0; i < RETRIES; i++) {
      records.fill(0);
      readAt(this.#file, recordBytes, 0, 2 * RECORD_BYTES, position);
      const first = markAt(0);
      const second = markAt(1);
      if (first !== undefined && second !== undefined) return [first, second];
    }
    throw new RangeError("Cannot read a ring: its records are broken");
  }

  #mark(position: number, { lease, value, more }: Mark): void {
    records.set([lease, value, more, checkOf(lease, value, more)]);
    writeAt(this.#file, recordBytes, 0, RECORD_BYTES, position);
  }

  /** What the writer looks at: HEAD and LEASE. */
  headAndLease(): readonly [Mark, Mark] {
    return this.#pair(HEAD_AT);
  }
  /** What the reader looks at: LEASE and TAIL. */
  leaseAndTail(): readonly [lease: Mark, tail: Mark, writing: boolean] {
    const [lease, tail] = this.#pair(LEASE_AT);
    return tail.more < WRITING ? [lease, tail, false] : [lease, { ...tail, more: tail.more - WRITING }, true];
  }
  setLease(mark: Mark): void {
    this.#mark(LEASE_AT, mark);
  }
  setHead(mark: Mark): void {
    this.#mark(HEAD_AT, mark);
  }
  setTail(mark: Mark): void {
    this.#mark(TAIL_AT, mark);
  }
  /** Says that a large message follows those of this mark. */
  announce(mark: Mark): void {
    this.#mark(TAIL_AT, { ...mark, more: mark.more + WRITING });
  }

  setNonce(nonce: readonly number[]): void {
    writeAt(this.#file, new Uint8Array(Uint32Array.from(nonce).buffer), 0, RECORD_BYTES, NONCE_AT);
  }
  hasNonce(nonce: readonly number[]): boolean {
    const found = new Uint32Array(4);
    const got = readAt(this.#file, new Uint8Array(found.buffer), 0, RECORD_BYTES, NONCE_AT);
    return got === RECORD_BYTES && nonce.length === 4 && found.every((part, i) => part === nonce[i]);
  }

  /** Puts a message there. It counts only when TAIL says so: R3. */
  put(offset: number, raw: Uint8Array, payload: Payload): void {
    const size = MESSAGE_HEAD + raw.length + payload.length;
    glance.writeUInt32LE(raw.length, 0);
    glance.writeUInt32LE(payload.length, 4);
    const isSmall = size <= GLANCE;
    if (!isSmall) writeAllAt(this.#file, glance, MESSAGE_HEAD, DATA_AT + offset);
    const add = (bytes: Uint8Array, at: number): void => {
      if (isSmall) glance.set(bytes, at);
      else writeAllAt(this.#file, bytes, bytes.length, DATA_AT + offset + at);
    };
    add(raw, MESSAGE_HEAD);
    let end = 0;
    for (const piece of payload.pieces()) {
      const at = nextPiece(end);
      add(piece, MESSAGE_HEAD + raw.length + at);
      end = at + piece.length;
    }
    if (isSmall) writeAllAt(this.#file, glance, size, DATA_AT + offset);
  }

  /**
   * Reads the message there. `keep` is given its payload: how many bytes, and a function that puts some of them into
   * an array. Throws RangeError for what is no message.
   */
  take<T>(
    offset: number,
    keep: (length: number, fill: Fill) => T,
  ): { raw: Uint8Array; payload: T; size: number } {
    const got = readAt(this.#file, glance, 0, this.#glance, DATA_AT + offset);
    const rawLength = got < MESSAGE_HEAD ? MAX_DIRECT : glance.readUInt32LE(0);
    const length = got < MESSAGE_HEAD ? 0 : glance.readUInt32LE(4);
    const size = MESSAGE_HEAD + rawLength + length;
    if (size > MAX_DIRECT || size === MESSAGE_HEAD)
      throw new RangeError(`Cannot read a ring: a message of ${size} bytes`);
    const bytes = (target: Uint8Array, at: number, count: number, from: number): void => {
      const here = Math.max(0, Math.min(count, got - from));
      if (here > 0) target.set(glance.subarray(from, from + here), at);
      for (let done = here; done < count; ) {
        const more = readAt(this.#file, target, at + done, count - done, DATA_AT + offset + from + done);
        if (more === 0) throw new RangeError("Cannot read a ring: a message is cut off");
        done += more;
      }
    };
    this.#glance = Math.max(LEAST_GLANCE, Math.min(size, GLANCE));
    const raw = rawLength === 0 ? NO_BYTES : new Uint8Array(rawLength);
    bytes(raw, 0, rawLength, MESSAGE_HEAD);
    const payload = keep(length, (target, at, from, count) =>
      bytes(target, at, count, MESSAGE_HEAD + rawLength + from),
    );
    return { raw, payload, size };
  }

  /** Gives back the memory of large messages, when the lease is over. */
  trim(): void {
    truncate(this.#file, DATA_AT + MAX_WAITING);
  }

  /** Lets go of the file. */
  close(): void {
    if (this.#open) closeFile(this.#file);
    this.#open = false;
  }
}
