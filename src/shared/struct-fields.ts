/** Fields of structs that are no numbers, first values, and the plain copy. */
import { addressOf } from "../value/handle.ts";
import { numbersAt } from "./numbers.ts";
import { type Field, shown, type StructLayout } from "./struct-layout.ts";
import { classOf } from "./struct-record.ts";
import { type FieldAccess, type Place, StructView } from "./struct-view.ts";

type Row = Record<string, unknown>;

/** What the generated accessors call. */
export const access: FieldAccess = {
  getSlot: (view, slot) => {
    const place = StructView.place(view);
    return place.slots?.[place.slot + slot];
  },
  setString: (view, slot, value) => {
    if (typeof value !== "string") throw new TypeError(`Cannot set string field: got ${typeof value}`);
    setSlot(view, slot, value);
  },
  setRef: (view, slot, value) => {
    if (value !== null && (typeof value !== "object" || addressOf(value) === undefined)) {
      throw new TypeError(
        `Cannot set ref field: a reference is null or one of heddle's objects, such as what shared() returns, got ${shown(value)}`,
      );
    }
    setSlot(view, slot, value);
  },
  getInner: (view, field) => StructView.inner(view, field, (outer) => innerAt(outer, field)),
  setInner: (view, field, value) => {
    const inner = access.getInner(view, field);
    if (value !== inner) fillInner(inner, field, value, "struct");
  },
};

function setSlot(view: StructView, slot: number, value: unknown): void {
  const place = StructView.place(view);
  if (place.slots !== undefined) place.slots[place.slot + slot] = value;
}

function innerAt(outer: Place, { type, offset }: Field): object {
  const at = outer.at + offset;
  if (type.kind === "struct") {
    const place = { ...outer, at, part: outer.part + type.part, slot: outer.slot + type.slot };
    return classOf(type.layout).viewAt(place);
  }
  if (type.kind !== "array") throw new TypeError("Cannot open field: it holds no struct and no array");
  const { item, length } = type;
  if (typeof item === "string") return keeping(outer, numbersAt(item, at, length));
  return Array.from({ length }, (_, i) =>
    classOf(item).viewAt({
      ...outer,
      at: at + i * item.size,
      part: outer.part + type.part + i * (1 + item.parts),
      slot: outer.slot + type.slot + i * item.slots,
    }),
  );
}

/** What keeps the memory under a typed array of a struct. */
const keepers = new WeakMap<object, object>();

function keeping<T extends object>(outer: Place, numbers: T): T {
  if (outer.owner !== undefined) keepers.set(numbers, outer.owner);
  return numbers;
}

/** Writes first values; what is no field is refused before anything is written. */
export function fill(view: StructView, layout: StructLayout, init: unknown, name: string): void {
  if (typeof init !== "object" || init === null) {
    throw new TypeError(`Cannot create ${name}: first values must be an object, got ${shown(init)}`);
  }
  const known = new Map(layout.fields.map((field) => [field.name, field]));
  const values = init instanceof StructView ? Object.entries(plain(init, layout)) : Object.entries(init);
  for (const [key] of values) {
    if (!known.has(key)) throw new TypeError(`Cannot create ${name}: it has no field ${key}`);
  }
  for (const [key, value] of values) fillField(view, known.get(key) as Field, value, name);
}

function fillField(view: StructView, field: Field, value: unknown, name: string): void {
  const { type } = field;
  if (type.kind === "struct" || type.kind === "array") {
    fillInner(access.getInner(view, field), field, value, name);
  } else {
    const wanted =
      type.kind === "number"
        ? type.type.endsWith("64") && type.type !== "f64"
          ? "bigint"
          : "number"
        : undefined;
    const type_ = type.kind === "bool" ? "boolean" : wanted;
    if (type_ !== undefined && typeof value !== type_) {
      throw new TypeError(
        `Cannot create ${name}: field ${field.name} must be a ${type_}, got ${typeof value}`,
      );
    }
    (view as unknown as Row)[field.name] = value;
  }
}

function fillInner(inner: object, { name: key, type }: Field, value: unknown, name: string): void {
  if (type.kind === "struct") return fill(inner as StructView, type.layout, value, `${name}.${key}`);
  if (type.kind !== "array") return;
  if (
    typeof value !== "object" ||
    value === null ||
    !("length" in value) ||
    Number(value.length) > type.length
  ) {
    throw new TypeError(
      `Cannot create ${name}: field ${key} takes an array of at most ${type.length} values`,
    );
  }
  const values = Array.from(value as ArrayLike<unknown>);
  const { item } = type;
  if (typeof item === "string") return (inner as { set(values: unknown[]): void }).set(values);
  for (const [i, each] of values.entries()) {
    fill((inner as StructView[])[i] as StructView, item, each, `${name}.${key}[${i}]`);
  }
}

/** A plain copy of a struct, deep. */
export function plain(view: StructView, layout: StructLayout): Row {
  const row = view as unknown as Row;
  return Object.fromEntries(
    layout.fields.map(({ name, type }): [string, unknown] => {
      const value = row[name];
      if (type.kind === "struct") return [name, plain(value as StructView, type.layout)];
      if (type.kind !== "array") return [name, value];
      const { item } = type;
      const items = Array.from(value as ArrayLike<unknown>);
      return [name, typeof item === "string" ? items : items.map((each) => plain(each as StructView, item))];
    }),
  );
}
