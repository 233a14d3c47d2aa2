/** From a key to the words that core/key.ts compares. */
import { allocate } from "../core/heap.ts";
import { WORD } from "../core/key.ts";
import { i32 } from "../core/memory.ts";
import { TAG } from "../core/slot.ts";
import type { Parcel } from "./store.ts";

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);
const LOW_WORD = 0xffffffffn;

/**
 * Writes a key into a parcel. Throws TypeError where it has no order: an object, a function, NaN. Inside an array
 * such a thing only ends the comparison.
 */
export function packKey(key: unknown, into: Parcel): void {
  if (typeof key === "number" || typeof key === "boolean") {
    if (Number.isNaN(key)) throw new TypeError("Cannot compare keys: NaN has no order");
    into.keyTag = TAG.NUMBER;
    into.keyValue = Number(key);
    return;
  }
  const words: number[] = [];
  if (!writeKey(key, words, []))
    throw new TypeError(`Cannot compare keys: ${described(key)} has no order; give the queue a { key }`);
  words.push(WORD.END);
  const block = allocate(words.length * 4);
  i32.set(words, block >> 2);
  into.keyTag = TAG.KEY;
  into.keyValue = block;
}

function described(key: unknown): string {
  if (key instanceof Date) return "an invalid Date";
  return key === null || key === undefined
    ? String(key)
    : typeof key === "object"
      ? "an object"
      : `a ${typeof key}`;
}

/** Writes one key. False: it has no order, and nothing was written. */
function writeKey(key: unknown, words: number[], inside: readonly unknown[]): boolean {
  switch (typeof key) {
    case "number":
    case "boolean":
      return !Number.isNaN(key) && writeDouble(WORD.NUMBER, Number(key), words);
    case "bigint":
      return writeBigint(key, words);
    case "string":
      return writeString(key, words);
    default:
      if (key instanceof Date)
        return !Number.isNaN(key.getTime()) && writeDouble(WORD.DATE, key.getTime(), words);
      return Array.isArray(key) && !inside.includes(key) && writeArray(key, words, [...inside, key]);
  }
}

function writeArray(array: readonly unknown[], words: number[], inside: readonly unknown[]): true {
  words.push(WORD.OPEN);
  for (const element of array) {
    if (writeKey(element, words, inside)) continue;
    words.push(WORD.OPAQUE); // nothing behind it is ever compared
    return true;
  }
  words.push(WORD.CLOSE);
  return true;
}

function writeDouble(word: number, value: number, words: number[]): true {
  double[0] = value;
  words.push(word, halves[0] as number, halves[1] as number);
  return true;
}

function writeBigint(value: bigint, words: number[]): true {
  words.push(WORD.BIGINT, value < 0n ? -1 : value > 0n ? 1 : 0, 0);
  const length = words.length - 1;
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 32n)
    words.push(Number(rest & LOW_WORD) | 0);
  words[length] = words.length - length - 1;
  return true;
}

function writeString(value: string, words: number[]): true {
  words.push(WORD.STRING, value.length);
  for (let i = 0; i < value.length; i += 2) {
    words.push(value.charCodeAt(i) | (i + 1 < value.length ? value.charCodeAt(i + 1) << 16 : 0));
  }
  return true;
}
