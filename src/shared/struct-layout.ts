/** Layouts of structs: from the fields that a program names to places in memory. */
import { type NumberType, NUMBER_TYPES } from "./numbers.ts";

/** The layout of another struct, by its class. */
export type LayoutOf = (value: unknown) => StructLayout | undefined;

/** One field of a struct. */
export interface Field {
  readonly name: string;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  readonly type: FieldKind;
}

/** What a field holds. `slot`: its index among the fields that hold a string or a reference. */
export type FieldKind =
  | { readonly kind: "number"; readonly type: NumberType }
  | { readonly kind: "bool" }
  | { readonly kind: "string" | "ref"; readonly slot: number }
  | { readonly kind: "struct"; readonly layout: StructLayout; readonly part: number; readonly slot: number }
  | {
      readonly kind: "array";
      readonly item: NumberType | StructLayout;
      readonly length: number;
      readonly part: number;
      readonly slot: number;
    };

/** Where everything is in a struct. */
export interface StructLayout {
  readonly fields: readonly Field[];
  /** Bytes, a multiple of `align`. */
  readonly size: number;
  readonly align: number;
  /** Strings and references in it and in its parts. */
  readonly slots: number;
  /** Structs inside it, counted through: each has a number. */
  readonly parts: number;
}

/** The longest fixed array, and the largest struct in bytes. */
const LARGEST = 2 ** 24;

/** Lays out the fields in their order, each at a multiple of its size. */
export function layOut(fields: unknown, layoutOf: LayoutOf): StructLayout {
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
    throw new TypeError(`Cannot create struct: fields must be an object, got ${shown(fields)}`);
  }
  const placed: Field[] = [];
  let [end, align, slots, parts] = [0, 1, 0, 0];
  for (const [name, type] of Object.entries(fields)) {
    const at = { slot: slots, part: parts + 1 };
    const { kind, size, to, slotsIn, partsIn } = fieldOf(name, type, layoutOf, at);
    const offset = Math.ceil(end / to) * to;
    placed.push({ name, offset, type: kind });
    [end, align, slots, parts] = [offset + size, Math.max(align, to), slots + slotsIn, parts + partsIn];
    if (end > LARGEST) throw new RangeError(`Cannot create struct: it is larger than ${LARGEST} bytes`);
  }
  if (placed.length === 0) throw new TypeError("Cannot create struct: it has no fields");
  return { fields: placed, size: Math.ceil(end / align) * align, align, slots, parts };
}

interface Measured {
  readonly kind: FieldKind;
  readonly size: number;
  readonly to: number;
  readonly slotsIn: number;
  readonly partsIn: number;
}

function fieldOf(
  name: string,
  type: unknown,
  layoutOf: LayoutOf,
  at: { slot: number; part: number },
): Measured {
  if (RESERVED.has(name)) throw new TypeError(`Cannot create struct: a field cannot be named ${name}`);
  if (type === "bool") return { kind: { kind: "bool" }, size: 1, to: 1, slotsIn: 0, partsIn: 0 };
  if (type === "string" || type === "ref") {
    return { kind: { kind: type, slot: at.slot }, size: 0, to: 1, slotsIn: 1, partsIn: 0 };
  }
  if (isNumberType(type)) {
    const { bytes } = NUMBER_TYPES[type];
    return { kind: { kind: "number", type }, size: bytes, to: bytes, slotsIn: 0, partsIn: 0 };
  }
  if (Array.isArray(type)) return arrayOf(name, type, layoutOf, at);
  const layout = layoutOf(type);
  if (layout === undefined) throw new TypeError(unknownType(name, type));
  return {
    kind: { kind: "struct", layout, ...at },
    size: layout.size,
    to: layout.align,
    slotsIn: layout.slots,
    partsIn: 1 + layout.parts,
  };
}

function arrayOf(
  name: string,
  type: readonly unknown[],
  layoutOf: LayoutOf,
  at: { slot: number; part: number },
): Measured {
  const [of, length] = type;
  if (
    type.length !== 2 ||
    !Number.isInteger(length) ||
    (length as number) < 1 ||
    (length as number) > LARGEST
  )
    throw new TypeError(`Cannot create struct: field ${name} must be [type, length], got ${shown(type)}`);
  const n = length as number;
  const item = isNumberType(of) ? of : layoutOf(of);
  if (item === undefined) {
    throw new TypeError(
      `Cannot create struct: field ${name} is an array of ${shown(of)}, and only numbers and structs can be in one`,
    );
  }
  const kind: FieldKind = { kind: "array", item, length: n, ...at };
  if (typeof item === "string") {
    const { bytes } = NUMBER_TYPES[item];
    return { kind, size: n * bytes, to: bytes, slotsIn: 0, partsIn: 0 };
  }
  const partsIn = n * (1 + item.parts);
  return { kind, size: n * item.size, to: item.align, slotsIn: n * item.slots, partsIn };
}

function isNumberType(type: unknown): type is NumberType {
  return typeof type === "string" && Object.hasOwn(NUMBER_TYPES, type);
}

/** Names that every struct has for something else. */
const RESERVED: ReadonlySet<string> = new Set(["constructor", "__proto__", "toJSON", "toString"]);

function unknownType(name: string, type: unknown): string {
  const known = [...Object.keys(NUMBER_TYPES), "bool", "string", "ref"].join(", ");
  return `Cannot create struct: field ${name} has the type ${shown(type)}; known are ${known}, a struct, and [type, length]`;
}

export function shown(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value === "function") return value.name || "a function";
  return Array.isArray(value) ? `[${value.map(shown).join(", ")}]` : String(value);
}
