/**
 * The modelled slot: plain accesses, too, are steps of the model, so that they can be taken back.
 *
 * `hook.ts` puts it in place of core/slot.ts. Its numbers are whole ones of 32 bits.
 */
import type * as real from "../../src/core/slot.ts";
import type { Addr } from "../../src/core/word.ts";
import { load, store } from "./word.ts";

export const TAG: typeof real.TAG = {
  NUMBER: 0,
  NAN: 1,
  UNDEFINED: 2,
  NULL: 3,
  TRUE: 4,
  FALSE: 5,
  MESSAGE: 8,
  HANDLE: 9,
  KEY: 10,
};
export const slot: { tag: number; value: number } = { tag: 0, value: 0 };
export const SLOT_BYTES = 8;

export function writeSlot(at: Addr, tag: number, value: number): void {
  store(at, value);
  store((at + 4) as Addr, tag);
}
export function readSlot(at: Addr): void {
  const tag = load((at + 4) as Addr);
  slot.value = load(at);
  slot.tag = tag;
}
export function copySlots(from: Addr, to: Addr, bytes: number): void {
  for (let offset = 0; offset < bytes; offset += 4)
    store((to + offset) as Addr, load((from + offset) as Addr));
}
export function peek(at: Addr): number {
  return load(at);
}
export function poke(at: Addr, value: number): void {
  store(at, value);
}

({ TAG, slot, SLOT_BYTES, writeSlot, readSlot, copySlots, peek, poke }) satisfies typeof real;
