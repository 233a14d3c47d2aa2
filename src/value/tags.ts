/**
 * The wire: what each tag byte of a message is followed by.
 *
 * A message is one value; an object is announced where it is first met and gets
 * the next number there (`REF` leads back to it), so that the reader can create
 * it empty at once. Its contents come later, in the order of the announcements:
 * neither side recurses, however deep the value is.
 *
 *   message = value contents* tables
 *
 * `count` is a base-128 number, `text` a count (length * 2 + wide) and its units.
 */
export const TAG = {
  UNDEFINED: 0,
  NULL: 1,
  TRUE: 2,
  FALSE: 3,
  /** count */
  NATURAL: 4,
  /** count, negated less 1 */
  NEGATIVE: 5,
  /** 8 bytes */
  DOUBLE: 6,
  /** text */
  STRING: 7,
  /** text, decimal */
  BIGINT: 8,
  /** count: the number of an object announced before */
  REF: 9,
  /** an array element that does not exist */
  HOLE: 10,
  /** value: prototype; then the announcement that it modifies */
  WITH_PROTOTYPE: 11,

  /** contents: properties */
  OBJECT: 16,
  /** count: length; contents: elements, then byte 1 and properties or byte 0 */
  ARRAY: 17,
  /** contents: count, pairs, then as ARRAY */
  MAP: 18,
  /** contents: count, members, then as ARRAY */
  SET: 19,
  /** text: stack; contents: properties */
  ERROR: 20,
  /** 8 bytes; contents: properties */
  DATE: 21,
  /** text: source, text: flags, value: lastIndex; contents: properties */
  REGEXP: 22,
  /** value: a primitive; contents: properties */
  BOXED: 23,
  /** count: length, count: largest length + 1 or 0, bytes */
  BYTES: 24,
  /** count: length, count: largest length + 1 or 0, count: offset among the blobs */
  BLOB: 25,
  /** byte: constructor, value: buffer, count: offset, count: length */
  VIEW: 26,
  /** value: BYTES or BLOB; a Node Buffer over it */
  BUFFER: 27,
  /** byte: constructor, count: offset, count: length, in heddle's own memory */
  HEAP_VIEW: 28,
  /** count: what the shared-buffer port gave for it */
  SHARED_BUFFER: 29,
  /** text: global constructor, text: JSON of its arguments */
  CONSTRUCTED: 30,
  /** count: address */
  HANDLE: 31,
  /** key, key: module and member */
  KNOWN: 32,
  /** value: function; its prototype object */
  PROTOTYPE_OF: 33,
  /** text: kind, text: of what; made again by closure/ */
  RECIPE: 34,
  /** count: code, 8 bytes: origin; contents: captured values, byte, extras */
  FUNCTION: 35,
  /** count: code, 8 bytes: origin, value: superclass, [early: captured values]; contents as FUNCTION */
  CLASS: 36,
  /** text: key of Symbol.for */
  SYMBOL_FOR: 37,
  /** text: name in Symbol */
  SYMBOL_WELL_KNOWN: 38,
  /** 8 bytes: origin, value: description */
  SYMBOL: 39,
  /** value: CommonJS exports, byte: default is the module itself; an ES view of them */
  INTEROP: 40,
  /** text: what stood here and could not cross */
  STAND_IN: 41,
  /** text: name of something that processes share, count: length, bytes: a portable message that goes with it; only in portable messages */
  REMOTE: 42,
} as const;

/** Flags of a property that is not an ordinary one. */
export const PROPERTY = { ENUMERABLE: 1, WRITABLE: 2, CONFIGURABLE: 4, ACCESSOR: 8 } as const;

/** How closed an object is; kept beside the number of its properties. */
export const CLOSED = { OPEN: 0, NO_NEW: 1, SEALED: 2, FROZEN: 3 } as const;

export type ViewConstructor = (new (
  memory: ArrayBufferLike,
  offset: number,
  length: number,
) => ArrayBufferView) & {
  readonly prototype: object;
  readonly BYTES_PER_ELEMENT?: number;
};

/** The constructors of views, by their byte on the wire. */
export const VIEWS: readonly ViewConstructor[] = [
  DataView,
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
] as ViewConstructor[];

/** Buffers from this size on are copied once, straight into the message's block. */
export const BLOB_BYTES = 16384;

/** The large contents begin at multiples of this, so that every element has an even place. */
const PIECE_STEP = 8;

/** Where the large contents behind what ends at `end` begin. */
export function nextPiece(end: number): number {
  return Math.ceil(end / PIECE_STEP) * PIECE_STEP;
}

/** The message's head, in words: where its tables are and what they hold. */
export const HEAD = { HANDLES: 0, MODULES: 1, TABLES: 2, BLOBS: 3, LENGTH: 4, CODES: 5, BYTES: 24 } as const;

/** HEAD.HANDLES of a portable message: it has no handles. At CODES are the sizes of its blobs and the texts of its functions, each behind their count. */
export const PORTABLE = -1;
