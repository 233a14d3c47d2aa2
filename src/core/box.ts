/**
 * Places: 64 bits of shared memory that hold one value of a container.
 *
 * A number is its own 64 bits. Everything else is a quiet NaN whose other bits
 * say what it is, so that a value is read and written whole, by one access:
 *
 *   | high word                  | low word         | value                                |
 *   | -------------------------- | ---------------- | ------------------------------------ |
 *   | any but the following      | any              | a number                             |
 *   | 0x7ff80000                 | 0                | NaN                                  |
 *   | 0x7ff80000 + TAG, TAG < 16 | payload          | undefined, null, a boolean, an atom … |
 *   | 0x7ff80000 + TAG, TAG ≥ 16 | address          | something the place owns: see below  |
 *   | 0x7ffc0000 + length, units | units            | a string of up to 6 ASCII characters |
 *
 * Invariants
 *   V1  A NaN of the program is stored as the one NaN of the table.
 *   V2  A place owns what its address points to: the block of a TEXT, BIGINT or
 *       DATE, one reference of a HANDLE, one link of a LINK. Whoever takes a value
 *       out of its place owns that from then on.
 *   V3  Equal keys have equal bits, but for TEXT and BIGINT, whose blocks are compared.
 *
 * Lineage: NaN boxing as in LuaJIT and SpiderMonkey.
 */
import { type Addr, readReal, writeReal } from "./word.ts";

export const TAG = {
  NAN: 0,
  UNDEFINED: 1,
  NULL: 2,
  FALSE: 3,
  TRUE: 4,
  /** A hole of an array; the place of a deleted entry. */
  ABSENT: 5,
  /** A property key that all threads know by its number. */
  ATOM: 6,
  TEXT: 16,
  BIGINT: 17,
  DATE: 18,
  /** One of heddle's own objects that is no container. */
  HANDLE: 19,
  /** A container. */
  LINK: 20,
} as const;
/** Tags from here on own something. */
const FIRST_OWNER: number = TAG.TEXT;

const BOXED = 0x7ff80000;
const SHORT = 0x7ffc0000;
/** Units of the longest string that fits into a place. */
export const LONGEST_SHORT = 6;

const bits = new Float64Array(1);
const words = new Int32Array(bits.buffer);

/** The value of two words: see {@link boxOf}. */
export function fromWords(lowWord: number, highWord: number): number {
  words[0] = lowWord;
  words[1] = highWord;
  return bits[0] as number;
}

/**
 * The value of that tag and payload, as the 64 bits of a number. It goes into places, variables and typed arrays
 * only: elements of arrays and fields of objects need not keep the bits of a NaN.
 */
export function boxOf(tag: number, payload: number): number {
  words[0] = payload;
  words[1] = BOXED | tag;
  return bits[0] as number;
}

/** The values that are only a tag, ready: putting two words together waits until both are written. */
const bares = new Float64Array(TAG.TEXT);
for (let t = 0; t < bares.length; t++) new Int32Array(bares.buffer)[2 * t + 1] = BOXED | t;

/** The value of a tag without a payload. */
export function bareBox(tag: number): number {
  return bares[tag] as number;
}

/** The bits of a program's number. V1 */
export function numberBox(value: number): number {
  return value === value ? value : bareBox(TAG.NAN);
}

/** A short ASCII string as a value; undefined: it does not fit. */
export function shortBox(text: string): number | undefined {
  const { length } = text;
  if (length > LONGEST_SHORT) return undefined;
  let low = 0;
  let high = length << 14;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return undefined;
    if (i < 4) low |= unit << (i * 7);
    else high |= unit << (i * 7 - 28);
  }
  words[0] = low;
  words[1] = SHORT | high;
  return bits[0] as number;
}

/** A value that owns nothing; undefined: it would own something. */
export function plainBox(value: unknown): number | undefined {
  switch (typeof value) {
    case "number":
      return numberBox(value);
    case "string":
      return shortBox(value);
    case "boolean":
      return bareBox(value ? TAG.TRUE : TAG.FALSE);
    case "undefined":
      return bareBox(TAG.UNDEFINED);
    default:
      return value === null ? bareBox(TAG.NULL) : undefined;
  }
}

/** Is this a value, and does it own nothing? */
export function isPlain(box: number): boolean {
  if (box === box) return true;
  bits[0] = box;
  const t = tag();
  return t < FIRST_OWNER && t !== TAG.ABSENT;
}

/** Looks at a value that is not a number: fills {@link tag} and {@link low}. */
export function open(box: number): void {
  bits[0] = box;
}
/** The tag of the value that was opened; -1: a short string. */
export function tag(): number {
  const high = words[1] as number;
  return (high & SHORT) === SHORT ? -1 : high & 0xffff;
}
/** The payload, or the address, of the value that was opened. */
export function low(): number {
  return words[0] as number;
}
/** The high word of the value that was opened. */
export function high(): number {
  return words[1] as number;
}
/** Short strings that were read lately, by their bits: putting one together takes ten times as long. */
const RECENT = 256;
const recentLow = new Int32Array(RECENT);
const recentHigh = new Int32Array(RECENT);
const recent: string[] = Array.from({ length: RECENT }, () => "");

/** The short string that was opened. */
export function shortText(): string {
  const first = words[0] as number;
  const rest = words[1] as number;
  const at = (first ^ (first >>> 7) ^ (first >>> 15) ^ rest) & (RECENT - 1);
  if (recentLow[at] === first && recentHigh[at] === rest) return recent[at] as string;
  const text = unpack(first, rest);
  recentLow[at] = first;
  recentHigh[at] = rest;
  recent[at] = text;
  return text;
}

function unpack(first: number, rest: number): string {
  const length = (rest >> 14) & 7;
  let text = "";
  for (let i = 0; i < length; i++) {
    text += String.fromCharCode((i < 4 ? first >> (i * 7) : rest >> (i * 7 - 28)) & 0x7f);
  }
  return text;
}

/** Does this value own something? */
export function owns(box: number): boolean {
  if (box === box) return false;
  bits[0] = box;
  const t = tag();
  return t >= FIRST_OWNER;
}

export function isAbsent(box: number): boolean {
  if (box === box) return false;
  bits[0] = box;
  return (words[1] as number) === (BOXED | TAG.ABSENT);
}

/** Takes the value out of a place and leaves `instead`. */
export function swap(place: Addr, instead: number): number {
  const old = readReal(place);
  writeReal(place, instead);
  return old;
}
