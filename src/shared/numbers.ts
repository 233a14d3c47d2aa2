/** The number types of struct fields, and views of all shared memory as each of them. */
import { buffer } from "../core/memory.ts";

const i8 = new Int8Array(buffer);
const u8 = new Uint8Array(buffer);
const i16 = new Int16Array(buffer);
const u16 = new Uint16Array(buffer);
const i32 = new Int32Array(buffer);
const u32 = new Uint32Array(buffer);
const i64 = new BigInt64Array(buffer);
const u64 = new BigUint64Array(buffer);
const f32 = new Float32Array(buffer);
const f64 = new Float64Array(buffer);

/** By name: the view, and the bytes that one takes. */
export const NUMBER_TYPES = {
  i8: { view: i8, bytes: 1, shift: 0 },
  u8: { view: u8, bytes: 1, shift: 0 },
  i16: { view: i16, bytes: 2, shift: 1 },
  u16: { view: u16, bytes: 2, shift: 1 },
  i32: { view: i32, bytes: 4, shift: 2 },
  u32: { view: u32, bytes: 4, shift: 2 },
  i64: { view: i64, bytes: 8, shift: 3 },
  u64: { view: u64, bytes: 8, shift: 3 },
  f32: { view: f32, bytes: 4, shift: 2 },
  f64: { view: f64, bytes: 8, shift: 3 },
} as const;

/** A type of number: `i` signed, `u` unsigned, `f` floating, with its bits; 64-bit whole numbers are bigints. */
export type NumberType = keyof typeof NUMBER_TYPES;
