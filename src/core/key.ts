/**
 * Keys that are no numbers: strings, bigints, dates, and arrays of what has an order, as
 * blocks of words that any thread can compare without making values of them.
 *
 *   | word   | followed by                                                       |
 *   | ------ | ----------------------------------------------------------------- |
 *   | END    | –                                                                 |
 *   | NUMBER | its 8 bytes                                                       |
 *   | BIGINT | sign (−1, 0, 1), how many words, the words, the lowest first      |
 *   | STRING | length, then two UTF-16 units a word, the first one in the low half |
 *   | DATE   | 8 bytes: its time                                                 |
 *   | OPEN   | the elements of an array, then CLOSE                              |
 *   | OPAQUE | –: something without an order; it comes last, and of two of them neither comes first |
 *
 * Arrays compare as Python's tuples do: the first elements that differ decide, and of
 * two that are equal as far as the shorter one goes, the shorter comes first. Strings
 * compare by code points. Kinds that Python cannot compare have no order here, either.
 */
import { f64, i32 } from "./memory.ts";
import { TAG } from "./slot.ts";

export const WORD = {
  END: 0,
  NUMBER: 1,
  BIGINT: 2,
  STRING: 3,
  DATE: 4,
  OPEN: 5,
  OPAQUE: 6,
  CLOSE: 7,
} as const;
const NAMES = ["end", "number", "bigint", "string", "date", "array", "object", "end"] as const;

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

/** How two keys compare: below, at, or above 0. `strict`: throws TypeError where they have no order. */
export function compareKeys(aTag: number, a: number, bTag: number, b: number, strict: boolean): number {
  if (aTag === TAG.KEY && bTag === TAG.KEY) return compareBlocks(a >> 2, b >> 2, strict);
  if (aTag === TAG.KEY) return -compareNumber(b, a >> 2, strict);
  return compareNumber(a, b >> 2, strict);
}

/** A number against the block at word `b`. */
function compareNumber(a: number, b: number, strict: boolean): number {
  const word = i32[b] as number;
  if (word === WORD.BIGINT) return order(a, bigintAt(b + 1));
  return noOrder(WORD.NUMBER, word, strict);
}

function order(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function noOrder(a: number, b: number, strict: boolean): number {
  if (strict) throw new TypeError(`Cannot compare keys: a ${NAMES[a]} and a ${NAMES[b]} have no order`);
  return a - b;
}

/** Where the walk through the two blocks is. */
const at = { a: 0, b: 0 };

function compareBlocks(a: number, b: number, strict: boolean): number {
  at.a = a;
  at.b = b;
  for (;;) {
    const first = i32[at.a++] as number;
    const second = i32[at.b++] as number;
    if (first === second) {
      if (first === WORD.END || first === WORD.OPAQUE) return 0;
      const result = compareSame(first);
      if (result !== 0) return result;
    } else if (first === WORD.OPAQUE || second === WORD.OPAQUE) {
      return first === WORD.OPAQUE ? 1 : -1;
    } else if (first === WORD.CLOSE || second === WORD.CLOSE) {
      return first === WORD.CLOSE ? -1 : 1;
    } else {
      return compareMixed(first, second, strict);
    }
  }
}

function compareSame(word: number): number {
  if (word === WORD.NUMBER || word === WORD.DATE) return order(doubleA(), doubleB());
  if (word === WORD.STRING) return compareStrings();
  return word === WORD.BIGINT ? compareBigints() : 0; // OPEN, CLOSE
}

function doubleA(): number {
  const value = doubleAt(at.a);
  at.a += 2;
  return value;
}
function doubleB(): number {
  const value = doubleAt(at.b);
  at.b += 2;
  return value;
}

function doubleAt(index: number): number {
  if ((index & 1) === 0) return f64[index >> 1] as number;
  halves[0] = i32[index] as number;
  halves[1] = i32[index + 1] as number;
  return double[0] as number;
}

function compareMixed(first: number, second: number, strict: boolean): number {
  if (first === WORD.NUMBER && second === WORD.BIGINT) {
    const result = order(doubleA(), bigintAt(at.b));
    at.b += 2 + (i32[at.b + 1] as number);
    return result === 0 ? compareRest(strict) : result;
  }
  if (first === WORD.BIGINT && second === WORD.NUMBER) {
    const result = order(bigintAt(at.a), doubleB());
    at.a += 2 + (i32[at.a + 1] as number);
    return result === 0 ? compareRest(strict) : result;
  }
  return noOrder(first, second, strict);
}

function compareRest(strict: boolean): number {
  return compareBlocks(at.a, at.b, strict);
}

/** The bigint whose sign is at this word. */
function bigintAt(index: number): bigint {
  let value = 0n;
  for (let i = index + 1 + (i32[index + 1] as number); i > index + 1; i--) {
    value = (value << 32n) | BigInt((i32[i] as number) >>> 0);
  }
  return (i32[index] as number) < 0 ? -value : value;
}

function compareBigints(): number {
  const [a, b] = [at.a, at.b];
  const [lengthA, lengthB] = [i32[a + 1] as number, i32[b + 1] as number];
  at.a += 2 + lengthA;
  at.b += 2 + lengthB;
  const sign = i32[a] as number;
  if (sign !== i32[b]) return sign - (i32[b] as number);
  if (lengthA !== lengthB) return (lengthA - lengthB) * sign;
  for (let i = lengthA + 1; i > 1; i--) {
    const [x, y] = [(i32[a + i] as number) >>> 0, (i32[b + i] as number) >>> 0];
    if (x !== y) return (x < y ? -1 : 1) * sign;
  }
  return 0;
}

function unitAt(start: number, index: number): number {
  return ((i32[start + (index >> 1)] as number) >>> ((index & 1) * 16)) & 0xffff;
}

function compareStrings(): number {
  const [lengthA, lengthB] = [i32[at.a++] as number, i32[at.b++] as number];
  const [a, b] = [at.a, at.b];
  at.a += (lengthA + 1) >> 1;
  at.b += (lengthB + 1) >> 1;
  const shorter = Math.min(lengthA, lengthB);
  for (let i = 0; i < shorter; i++) {
    const [x, y] = [unitAt(a, i), unitAt(b, i)];
    if (x !== y) return byCodePoint(x) - byCodePoint(y);
  }
  return lengthA - lengthB;
}

/** Units of code points above U+FFFF come after all others, and their units are in the middle: they change places. */
function byCodePoint(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
