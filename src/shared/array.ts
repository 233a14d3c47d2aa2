/** `sharedArray`: a typed array whose elements all threads share. */
import { allocate, free } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { ARRAY, ARRAY_SIZE, field } from "../core/layout.ts";
import { buffer } from "../core/memory.ts";
import { type Addr, load, store } from "../core/word.ts";
import { bind, registerHandle } from "../value/handle.ts";

/** A typed array. */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** The constructor of a typed array. */
export interface TypedArrayConstructor {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
}

/** Their places are the TYPE of a record: add at the end only. */
const TYPES: readonly TypedArrayConstructor[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

/**
 * Makes a real typed array over shared memory: of `length` zeros, or with these values.
 *
 * Single reads and writes of elements are whole; `array[i] += 1` from two threads is
 * a race and loses updates, unless a lock guards it.
 *
 * @throws TypeError for what is no typed array constructor; RangeError for a bad length; HeapExhaustedError.
 *
 * @example
 * ```ts
 * import { sharedArray, spawn } from "heddle";
 * const squares = sharedArray(Float64Array, [1, 2, 3]);
 * spawn(() => squares.forEach((x, i) => { squares[i] = x * x; })).join();
 * console.log([...squares]); // [ 1, 4, 9 ]
 * ```
 */
export function sharedArray<C extends TypedArrayConstructor>(
  ctor: C,
  lengthOrValues: number | Iterable<number> | Iterable<bigint>,
): InstanceType<C> {
  const type = TYPES.indexOf(ctor);
  if (type < 0)
    throw new TypeError(`Cannot create sharedArray: ${describe(ctor)} is not a typed array constructor`);
  const values = typeof lengthOrValues === "number" ? undefined : valuesOf(lengthOrValues);
  const length = values?.length ?? (lengthOrValues as number);
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new RangeError(
      `Cannot create sharedArray: length must be a whole number of 0 or more, got ${length}`,
    );
  }
  const record = allocate(ARRAY_SIZE + length * ctor.BYTES_PER_ELEMENT);
  store(field(record, ARRAY.REFS), 1);
  store(field(record, ARRAY.TYPE), type);
  store(field(record, ARRAY.LENGTH), length);
  store(field(record, ARRAY.KIND), KIND.ARRAY);
  const array = view(record);
  try {
    if (values === undefined)
      array.fill((array instanceof BigInt64Array || array instanceof BigUint64Array ? 0n : 0) as never);
    else (array as { set(values: ArrayLike<unknown>): void }).set(values);
  } catch (error) {
    free(record);
    throw error;
  }
  return own(array, record) as InstanceType<C>;
}

function valuesOf(values: unknown): ArrayLike<unknown> {
  if (values === null || typeof values !== "object" || !(Symbol.iterator in values)) {
    throw new TypeError(`Cannot create sharedArray: give a length or values, got ${describe(values)}`);
  }
  return ArrayBuffer.isView(values)
    ? (values as unknown as ArrayLike<unknown>)
    : Array.from(values as Iterable<unknown>);
}

function describe(value: unknown): string {
  return typeof value === "function" ? value.name || "a function" : value === null ? "null" : typeof value;
}

function view(record: Addr): TypedArray {
  const ctor = TYPES[load(field(record, ARRAY.TYPE))] as TypedArrayConstructor;
  return new ctor(buffer, record + ARRAY_SIZE, load(field(record, ARRAY.LENGTH)));
}

/** Views made by `subarray`, which keep the whole array: its memory must not be given back under them. */
const wholeOf = new WeakMap<TypedArray, TypedArray>();

/** Makes the array a handle of its record. */
function own(array: TypedArray, record: Addr): TypedArray {
  const proto = Object.getPrototypeOf(array) as { subarray: (begin?: number, end?: number) => TypedArray };
  Object.defineProperty(array, "subarray", {
    configurable: true,
    value: (begin?: number, end?: number): TypedArray => {
      const part = proto.subarray.call(array, begin, end);
      wholeOf.set(part, array);
      return part;
    },
  });
  bind(array, record);
  return array;
}

registerHandle({
  kind: KIND.ARRAY,
  name: "sharedArray",
  create: (record) => own(view(record), record),
  reclaim: free,
});
