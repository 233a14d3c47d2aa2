/**
 * Slots: eight bytes of shared memory that hold one item of a queue.
 *
 * A number is there as itself. Anything else is a tag and a word: the bits of a
 * NaN that no arithmetic makes, with the tag in its high half and the word in its
 * low half. (A number that is NaN has a tag, so that its bits do not matter.)
 *
 * The accesses are plain: whoever writes a slot publishes it with a `store` of
 * another word afterwards, and whoever reads it has loaded that word before. This
 * file is a seam as word.ts is: the model checker replaces it.
 */
import { f64, i32 } from "./memory.ts";
import type { Addr } from "./word.ts";

/** What a slot holds. From BLOCK on, the word is the address of something that the item owns. */
export const TAG = {
  NUMBER: 0,
  NAN: 1,
  UNDEFINED: 2,
  NULL: 3,
  TRUE: 4,
  FALSE: 5,
  /** A message (value/message.ts). */
  MESSAGE: 8,
  /** A record of heddle's, and one reference to it. */
  HANDLE: 9,
  /** A key that is no number (core/key.ts). */
  KEY: 10,
} as const;

/** What {@link readSlot} met last: the tag, and the number or the word. One object, to be read before the next slot is. */
export const slot: { tag: number; value: number } = { tag: 0, value: 0 };

/** The high half of a tagged slot; no number has these bits. */
const TAGGED = 0xfffc0000;
export const SLOT_BYTES = 8;

/** Writes a number, or a tag and its word. */
export function writeSlot(at: Addr, tag: number, value: number): void {
  if (tag === TAG.NUMBER) {
    f64[at >> 3] = value;
  } else {
    i32[at >> 2] = value;
    i32[(at >> 2) + 1] = TAGGED | tag;
  }
}

/** Reads a slot into {@link slot}. */
export function readSlot(at: Addr): void {
  const high = i32[(at >> 2) + 1] as number;
  if (high >>> 0 >= TAGGED) {
    slot.tag = high & 0xffff;
    slot.value = i32[at >> 2] as number;
  } else {
    slot.tag = TAG.NUMBER;
    slot.value = f64[at >> 3] as number;
  }
}

/** Copies `bytes` bytes, a multiple of 8. */
export function copySlots(from: Addr, to: Addr, bytes: number): void {
  i32.copyWithin(to >> 2, from >> 2, (from + bytes) >> 2);
}

/** A plain word beside the slots, under the same rule. */
export function peek(at: Addr): number {
  return i32[at >> 2] as number;
}
export function poke(at: Addr, value: number): void {
  i32[at >> 2] = value;
}
