/** The types of structs: from the fields that a program names to the objects that it gets. */
import type { NumberArray, NumberType } from "./numbers.ts";

/** The type of a field: a number type, `"bool"`, `"string"`, `"ref"`, another struct, or `[type, length]`. */
export type FieldType =
  | NumberType
  | "bool"
  | "string"
  | "ref"
  | AnyStructClass
  | readonly [NumberType | AnyStructClass, number];

/** The fields of a struct, in the order in which they lie in memory. */
export type Fields = Readonly<Record<string, FieldType>>;

/** What a field of this type holds. */
export type FieldValue<T> = T extends "i64" | "u64"
  ? bigint
  : T extends NumberType
    ? number
    : T extends "bool"
      ? boolean
      : T extends "string"
        ? string
        : T extends "ref"
          ? object | null
          : T extends { readonly [FIELDS]: infer F }
            ? Struct<F>
            : T extends readonly [infer I, number]
              ? I extends NumberType
                ? NumberArray<I>
                : readonly FieldValue<I>[]
              : never;

/** An object of a struct class. */
export type Struct<F> = { -readonly [K in keyof F]: FieldValue<F[K]> } & {
  /** A plain copy of all fields, deep. */
  toJSON(): Record<string, unknown>;
};

/** First values; the fields that are left out are 0, false, "" and null. */
export type StructInit<F> = { readonly [K in keyof F]?: FieldInit<F[K]> };

/** A first value of a field. */
export type FieldInit<T> = T extends { readonly [FIELDS]: infer F }
  ? StructInit<F>
  : T extends readonly [infer I, number]
    ? ArrayLike<I extends { readonly [FIELDS]: infer F } ? StructInit<F> : FieldValue<I>>
    : FieldValue<T>;

/** Structs side by side in memory: an array whose length and elements are fixed, and whose fields are not. */
export type StructArray<F> = readonly Struct<F>[];

/** Not there at run time: carries the fields of a class in its type. */
declare const FIELDS: unique symbol;

/** What `struct()` makes. */
export interface StructClass<F> {
  readonly [FIELDS]: F;
  new (init?: StructInit<F>): Struct<F>;
  /** `length` structs side by side, all zeros; or one for each of these first values. @throws RangeError, HeapExhaustedError. */
  array(lengthOrValues: number | readonly StructInit<F>[]): StructArray<F>;
  /** Bytes of memory that one takes, without its strings and references. */
  readonly byteSize: number;
}

/** A struct class of any fields. */
export type AnyStructClass = { readonly [FIELDS]: unknown };
