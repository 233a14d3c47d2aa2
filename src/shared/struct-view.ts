/**
 * Objects over the memory of a struct: the class of each layout is generated.
 *
 * Accessors that all struct types shared would see objects of many shapes, and the engine inlines an access
 * only while it sees few. A generated class has accessors of its own, each one access of a typed array.
 */
import type { Addr } from "../core/word.ts";
import { NUMBER_TYPES } from "./numbers.ts";
import type { Field, StructLayout } from "./struct-layout.ts";

/** Where a struct is. */
export interface Place {
  /** Byte offset of its memory. */
  readonly at: number;
  /** The record that it is in. */
  readonly record: Addr;
  /** The object that keeps the record alive; undefined: the struct itself is its handle. */
  readonly owner: object | undefined;
  /** Its number among the structs of the record, from 1; 0: it is all of it. */
  readonly part: number;
  /** The strings and references of the record, and its first one among them. */
  readonly slots: unknown[] | undefined;
  readonly slot: number;
}

/** The base of all struct objects. */
export class StructView {
  readonly #place: Place;
  /** Its structs and arrays, made when they are first asked for. */
  #inner: Map<Field, object> | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  static place(view: StructView): Place {
    return view.#place;
  }

  /** The struct or array in a field: always the same object. */
  static inner(view: StructView, field: Field, make: (outer: Place) => object): object {
    const known = view.#inner?.get(field);
    if (known !== undefined) return known;
    const made = make({ ...view.#place, owner: view.#place.owner ?? view });
    (view.#inner ??= new Map()).set(field, made);
    return made;
  }
}

/** What the generated accessors call for all that is no number. */
export interface FieldAccess {
  readonly getSlot: (view: StructView, slot: number) => unknown;
  readonly setString: (view: StructView, slot: number, value: unknown) => void;
  readonly setRef: (view: StructView, slot: number, value: unknown) => void;
  readonly getInner: (view: StructView, field: Field) => object;
  readonly setInner: (view: StructView, field: Field, value: unknown) => void;
}

/** The constructor of a generated class. */
export type ViewClass = new (place: Place) => StructView;

const VIEWS = Object.fromEntries(Object.entries(NUMBER_TYPES).map(([type, { view }]) => [type, view]));

/** Generates the class for a layout. Names stand in its source as string literals only. */
export function generateView(layout: StructLayout, access: FieldAccess): ViewClass {
  const accessors = layout.fields.map((field, index) => accessorOf(field, index));
  const source = `"use strict";
const { ${Object.keys(VIEWS).join(", ")} } = views;
return class extends StructView {
  #at;
  constructor(place) { super(place); this.#at = place.at; }
${accessors.join("\n")}
};`;
  // oxlint-disable-next-line typescript/no-implied-eval -- see the head of the file
  const generate = new Function("StructView", "views", "fields", "access", source);
  return generate(StructView, VIEWS, layout.fields, access) as ViewClass;
}

function accessorOf({ name, type, offset }: Field, index: number): string {
  const key = JSON.stringify(name);
  const accessor = (get: string, set: string): string =>
    `  get [${key}]() { return ${get}; }\n  set [${key}](value) { ${set}; }`;
  switch (type.kind) {
    case "number": {
      const { shift } = NUMBER_TYPES[type.type];
      const element = `${type.type}[(this.#at >> ${shift}) + ${offset >> shift}]`;
      return accessor(element, `${element} = value`);
    }
    case "bool":
      return accessor(`u8[this.#at + ${offset}] !== 0`, `u8[this.#at + ${offset}] = value ? 1 : 0`);
    case "string":
      return accessor(`access.getSlot(this, ${type.slot})`, `access.setString(this, ${type.slot}, value)`);
    case "ref":
      return accessor(`access.getSlot(this, ${type.slot})`, `access.setRef(this, ${type.slot}, value)`);
    default:
      return accessor(
        `access.getInner(this, fields[${index}])`,
        `access.setInner(this, fields[${index}], value)`,
      );
  }
}
