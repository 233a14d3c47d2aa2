/** Typecodes: which numbers a Value or an Array holds, as Python's `array` and `ctypes` name them. */

type NumberArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;
type Constructor = new (
  memory: ArrayBufferLike,
  offset: number,
  length: number,
) => NumberArray | BigInt64Array | BigUint64Array;

/** `b B h H i I l L` whole numbers of 1, 2, 4 and 4 bytes; `q Q` bigints; `f d` floating point; `c` a character. */
export type Typecode = "b" | "B" | "h" | "H" | "i" | "I" | "l" | "L" | "q" | "Q" | "f" | "d" | "c";

/** What an element of a typecode is in JavaScript. */
export type ElementOf<C extends Typecode> = C extends "q" | "Q" ? bigint : C extends "c" ? string : number;

interface Kind {
  readonly bytes: number;
  readonly array: Constructor;
}

const KINDS: Readonly<Record<Typecode, Kind>> = {
  b: { bytes: 1, array: Int8Array },
  B: { bytes: 1, array: Uint8Array },
  h: { bytes: 2, array: Int16Array },
  H: { bytes: 2, array: Uint16Array },
  i: { bytes: 4, array: Int32Array },
  I: { bytes: 4, array: Uint32Array },
  l: { bytes: 4, array: Int32Array },
  L: { bytes: 4, array: Uint32Array },
  q: { bytes: 8, array: BigInt64Array },
  Q: { bytes: 8, array: BigUint64Array },
  f: { bytes: 4, array: Float32Array },
  d: { bytes: 8, array: Float64Array },
  c: { bytes: 1, array: Uint8Array },
};

/** Checks a typecode. @throws TypeError */
export function checkTypecode(what: string, code: unknown): Typecode {
  if (typeof code === "string" && Object.hasOwn(KINDS, code)) return code as Typecode;
  throw new TypeError(
    `Cannot create ${what}: bad typecode ${JSON.stringify(code)} (known: ${Object.keys(KINDS).join(" ")})`,
  );
}

/** Bytes of one element. */
export function bytesPer(code: Typecode): number {
  return KINDS[code].bytes;
}

/** Elements as bytes. @throws TypeError or RangeError for what is none. */
export function toBytes(code: Typecode, values: readonly unknown[]): Uint8Array {
  const kind = KINDS[code];
  const memory = new ArrayBuffer(kind.bytes * values.length);
  const array = new kind.array(memory, 0, values.length) as unknown as unknown[];
  values.forEach((value, index) => {
    array[index] = code === "c" ? characterCode(value) : checked(code, value);
  });
  return new Uint8Array(memory);
}

function checked(code: Typecode, value: unknown): number | bigint {
  const wanted = code === "q" || code === "Q" ? "bigint" : "number";
  if (typeof value === wanted) return value as number | bigint;
  throw new TypeError(`Cannot store element of type "${code}": it must be a ${wanted}, got ${typeof value}`);
}

function characterCode(value: unknown): number {
  if (typeof value === "string" && value.length === 1 && value.charCodeAt(0) < 256)
    return value.charCodeAt(0);
  throw new TypeError(`Cannot store element of type "c": it must be one character below U+0100`);
}

/** Bytes as elements. */
export function fromBytes(code: Typecode, bytes: Uint8Array): unknown[] {
  const kind = KINDS[code];
  const own = new Uint8Array(bytes); // aligned
  const array = new kind.array(own.buffer, 0, own.length / kind.bytes) as unknown as ArrayLike<
    number | bigint
  >;
  return Array.from(array, (value) => (code === "c" ? String.fromCharCode(Number(value)) : value));
}
