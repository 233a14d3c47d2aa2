/**
 * Spans: plain access to many bytes of containers at once.
 *
 * Nothing here is ordered. Who writes a span owns it, and publishes it with a `store` afterwards; who reads one has
 * the LOCK, or checks afterwards that nothing changed meanwhile (core/container.ts, N5). This file is a seam as
 * word.ts and slot.ts are: the model checker replaces it, so that these accesses, too, are steps that can be taken back.
 */
import { f64, i32, u8 } from "./memory.ts";
import type { Addr } from "./word.ts";

/** Shorter copies are done by a loop: a native call costs more. */
const LOOP_COPY = 16;

/** Copies `count` places, which are 8 bytes each. NaNs keep their bits. */
export function copyPlaces(from: Addr, to: Addr, count: number): void {
  const source = from >> 3;
  const target = to >> 3;
  if (count < LOOP_COPY) for (let i = 0; i < count; i++) f64[target + i] = f64[source + i] as number;
  else f64.copyWithin(target, source, source + count);
}

/** Sets `count` words to 0. */
export function clearWords(at: Addr, count: number): void {
  i32.fill(0, at >> 2, (at >> 2) + count);
}

/** The words from one address to another, as they are now. */
export function wordsBetween(from: Addr, to: Addr): Int32Array {
  return i32.slice(from >> 2, to >> 2);
}

/** Do these words stand there? */
export function areWords(at: Addr, words: Int32Array): boolean {
  const first = at >> 2;
  for (let i = 0; i < words.length; i++) if (i32[first + i] !== words[i]) return false;
  return true;
}

/** Do the units of this string stand there, one byte each, or two? */
export function areUnits(at: Addr, text: string, wide: boolean): boolean {
  if (!wide) {
    for (let i = 0; i < text.length; i++) if (u8[at + i] !== text.charCodeAt(i)) return false;
    return true;
  }
  for (let i = 0; i < text.length; i++) {
    const unit = (u8[at + i * 2] as number) | ((u8[at + i * 2 + 1] as number) << 8);
    if (unit !== text.charCodeAt(i)) return false;
  }
  return true;
}
