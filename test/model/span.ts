/** The modelled span: the same functions as core/span.ts, one step a word. `hook.ts` puts it in its place. */
import type * as real from "../../src/core/span.ts";
import type { Addr } from "../../src/core/word.ts";
import { load, readReal, store, writeReal } from "./word.ts";

const at = (addr: number, offset: number): Addr => (addr + offset) as Addr;

export function copyPlaces(from: Addr, to: Addr, count: number): void {
  for (let i = 0; i < count; i++) writeReal(at(to, i * 8), readReal(at(from, i * 8)));
}
export function clearWords(addr: Addr, count: number): void {
  for (let i = 0; i < count; i++) store(at(addr, i * 4), 0);
}
export function wordsBetween(from: Addr, to: Addr): Int32Array {
  return Int32Array.from({ length: (to - from) / 4 }, (_, i) => load(at(from, i * 4)));
}
export function areWords(addr: Addr, words: Int32Array): boolean {
  return words.every((word, i) => load(at(addr, i * 4)) === word);
}
/** The modelled text (text.ts) has one unit a word. */
export function areUnits(addr: Addr, text: string): boolean {
  return [...text].every((unit, i) => load(at(addr, i * 4)) === unit.charCodeAt(0));
}

({ copyPlaces, clearWords, wordsBetween, areWords, areUnits }) satisfies typeof real;
