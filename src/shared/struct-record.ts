/** Records of structs: their memory, and the objects of this isolate over them. */
import { allocate } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { field, HEADER, STRUCT, STRUCT_PART, STRUCT_PART_SIZE, STRUCT_SIZE } from "../core/layout.ts";
import { u8 } from "../core/memory.ts";
import { type Addr, add, load, store } from "../core/word.ts";
import { bind, handleAt, registerLate, retain } from "../value/handle.ts";
import { newSlots } from "./struct-slots.ts";
import { type StructLayout } from "./struct-layout.ts";
import { type Place, StructView } from "./struct-view.ts";

/** How the structs of a layout become objects. */
export interface LayoutClass {
  readonly name: string;
  readonly viewAt: (place: Place) => StructView;
}
const classes = new WeakMap<StructLayout, LayoutClass>();

export function setTypes(layout: StructLayout, type: LayoutClass): void {
  classes.set(layout, type);
}
export function classOf(layout: StructLayout): LayoutClass {
  return classes.get(layout) as LayoutClass;
}

/** Makes the record of one struct (`length` -1) or of an array, all zeros. */
export function newRecord(type: Addr, layout: StructLayout, length: number): Addr {
  const count = Math.abs(length);
  const bytes = STRUCT_SIZE + count * layout.size;
  const record = allocate(bytes);
  u8.fill(0, record, record + bytes);
  store(field(record, STRUCT.REFS), 1);
  store(field(record, STRUCT.LENGTH), length);
  retain(type);
  store(field(record, STRUCT.TYPE), type);
  if (layout.slots > 0 && count > 0) {
    add(HEADER.REFERRING as Addr, 1);
    store(field(record, STRUCT.SLOTS), newSlots(layout, count));
  }
  store(field(record, STRUCT.KIND), KIND.STRUCT);
  return record;
}

/** The place of a struct that is alone in its record. */
export function ownPlace(record: Addr, layout: StructLayout): Place {
  return {
    at: record + STRUCT_SIZE,
    record,
    owner: undefined,
    part: 0,
    slots: slotsOf(record, layout),
    slot: 0,
  };
}

function slotsOf(record: Addr, layout: StructLayout): unknown[] | undefined {
  const slots = load(field(record, STRUCT.SLOTS)) as Addr;
  return layout.slots === 0 || slots === 0 ? undefined : (handleAt(slots) as unknown[]);
}

/** The checked length of a new array: a number, or that of its first values. */
export function arrayLength(name: string, lengthOrValues: unknown): number {
  const length: unknown = Array.isArray(lengthOrValues) ? lengthOrValues.length : lengthOrValues;
  if (typeof length !== "number") {
    throw new TypeError(
      `Cannot create array of ${name}: give a length or an array of values, got ${typeof length}`,
    );
  }
  if (!Number.isInteger(length) || length < 0 || length > 2 ** 28) {
    throw new RangeError(
      `Cannot create array of ${name}: length must be a whole number from 0 to ${2 ** 28}, got ${length}`,
    );
  }
  return length;
}

/**
 * This isolate's object for the record of an array. An ordinary array: what is frozen, or of a subclass, the engine
 * reads five times slower.
 */
export function openArray(
  record: Addr,
  layout: StructLayout,
  viewAt: (place: Place) => StructView,
): StructView[] {
  const length = load(field(record, STRUCT.LENGTH));
  const slots = slotsOf(record, layout);
  const array: StructView[] = [];
  for (let i = 0; i < length; i++) {
    const at = record + STRUCT_SIZE + i * layout.size;
    array.push(
      viewAt({ at, record, owner: array, part: 1 + i * (1 + layout.parts), slots, slot: i * layout.slots }),
    );
  }
  bind(array, record);
  return array;
}

/** The struct with this number among those of an object. */
export function partOf(
  whole: StructView | readonly StructView[],
  layout: StructLayout,
  part: number,
): object {
  if (Array.isArray(whole)) {
    const each = 1 + layout.parts;
    return partOf(whole[Math.floor((part - 1) / each)] as StructView, layout, (part - 1) % each);
  }
  if (part === 0) return whole;
  const inside = layout.fields.filter(({ type }) => "part" in type && type.part <= part).at(-1);
  if (inside === undefined || !("part" in inside.type)) return whole;
  const inner = (whole as unknown as Record<string, unknown>)[inside.name] as StructView | StructView[];
  const { type } = inside;
  if (type.kind === "struct") return partOf(inner, type.layout, part - type.part);
  return type.kind === "array" && typeof type.item === "object"
    ? partOf(inner, type.item, part - type.part + 1)
    : whole;
}

/** A struct inside another record gets a record of its own when it first crosses by itself. */
registerLate((value) => {
  if (!(value instanceof StructView)) return undefined;
  const { record, part } = StructView.place(value);
  if (part === 0) return undefined;
  const own = allocate(STRUCT_PART_SIZE);
  store(field(own, STRUCT_PART.REFS), 1);
  retain(record);
  store(field(own, STRUCT_PART.STRUCT), record);
  store(field(own, STRUCT_PART.PART), part);
  store(field(own, STRUCT_PART.KIND), KIND.STRUCT_PART);
  bind(value, own);
  return own;
});
