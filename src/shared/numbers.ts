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

interface Numbers<V> {
  /** All shared memory as such numbers. */
  readonly view: V;
  readonly bytes: number;
  /** Bits by which a byte offset is shifted to the index of an element. */
  readonly shift: number;
}

interface NumberTypes {
  readonly i8: Numbers<Int8Array>;
  readonly u8: Numbers<Uint8Array>;
  readonly i16: Numbers<Int16Array>;
  readonly u16: Numbers<Uint16Array>;
  readonly i32: Numbers<Int32Array>;
  readonly u32: Numbers<Uint32Array>;
  readonly i64: Numbers<BigInt64Array>;
  readonly u64: Numbers<BigUint64Array>;
  readonly f32: Numbers<Float32Array>;
  readonly f64: Numbers<Float64Array>;
}

/** By name: `i` signed, `u` unsigned, `f` floating, with its bits. */
export const NUMBER_TYPES: NumberTypes = {
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
};

/** A type of number: `i` signed, `u` unsigned, `f` floating, with its bits; 64-bit whole numbers are bigints. */
export type NumberType = keyof typeof NUMBER_TYPES;

/** The typed array over numbers of one type. */
export type NumberArray<T extends NumberType> = (typeof NUMBER_TYPES)[T]["view"];

/** `length` numbers from this byte offset on. */
export function numbersAt(type: NumberType, at: number, length: number): NumberArray<NumberType> {
  const { view } = NUMBER_TYPES[type];
  return new (view.constructor as new (b: SharedArrayBuffer, at: number, n: number) => typeof view)(
    buffer,
    at,
    length,
  );
}
