/**
 * `struct`: objects with fixed fields over shared memory.
 *
 * A class is a record of its own, so that it is the same class in every thread that it comes to. The class
 * of each layout is generated (struct-view.ts); records of structs are in struct-record.ts.
 */
import { allocateRecord, free, freeRecord } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { field, HEADER, STRUCT, STRUCT_PART, STRUCT_TYPE, STRUCT_TYPE_SIZE } from "../core/layout.ts";
import { readText, writeText } from "../core/text.ts";
import { type Addr, add, load, store } from "../core/word.ts";
import { bind, handleAt, registerHandle, release, retain } from "../value/handle.ts";
import { layOut, type StructLayout } from "./struct-layout.ts";
import {
  arrayLength,
  classOf,
  type LayoutClass,
  newRecord,
  openArray,
  ownPlace,
  partOf,
  setTypes,
} from "./struct-record.ts";
import type { Fields, StructArray, StructClass } from "./struct-types.ts";
import { access, fill, plain } from "./struct-fields.ts";
import { generateView, type Place, type StructView, type ViewClass } from "./struct-view.ts";

/** Options of {@link struct}. */
export interface StructOptions {
  /** The name of the class, for printing. Default: Struct. */
  readonly name?: string;
}

/** What each class of this isolate was made from. */
interface Type {
  readonly record: Addr;
  readonly layout: StructLayout;
}
const types = new WeakMap<object, Type>();

/**
 * Makes a class of objects with fixed fields in shared memory: every thread that has such an object reads and
 * writes the same fields, at the speed of a typed array.
 *
 * Number types are `i8 u8 i16 u16 i32 u32 f32 f64` and, as bigints, `i64 u64`; they wrap and round as in typed
 * arrays. A single read or write of a field is whole; `point.x += 1` from two threads is a race and loses
 * updates, unless a lock guards it. Fields are accessors: `{ ...point }` copies none, `point.toJSON()` all.
 *
 * @throws TypeError for what is no type of a field; HeapExhaustedError.
 *
 * @example
 * ```ts
 * import { spawn, struct } from "heddle";
 * const Body = struct({ x: "f64", y: "f64", alive: "bool" });
 * const bodies = Body.array(1000);
 * spawn(() => { for (const body of bodies) body.x += 1; }).join();
 * console.log(bodies[999]?.x); // 1
 * ```
 */
export function struct<const F extends Fields>(fields: F, options?: StructOptions): StructClass<F> {
  const name = checkedName(options);
  const layout = layOut(fields, (type) => (typeof type === "function" ? types.get(type)?.layout : undefined));
  const text = JSON.stringify([name, Object.entries(fields).map(([key, type]) => [key, written(type)])]);
  const record = allocateRecord();
  for (let offset = 4; offset < STRUCT_TYPE_SIZE; offset += 4) store(field(record, offset), 0);
  store(field(record, STRUCT_TYPE.REFS), 1);
  store(field(record, STRUCT_TYPE.TEXT), writeText(text));
  for (const inner of innerTypes(text)) retain(inner);
  store(record, KIND.STRUCT_TYPE);
  return newClass(record, name, layout) as unknown as StructClass<F>;
}

function checkedName(options: StructOptions | undefined): string {
  const name = options?.name ?? "Struct";
  if (typeof name !== "string")
    throw new TypeError(`Cannot create struct: name must be a string, got ${typeof name}`);
  return name;
}

/** A field type as it stands in the record: inner types by their address. */
function written(type: unknown): unknown {
  if (Array.isArray(type)) return type.map(written);
  return typeof type === "function" ? { type: types.get(type)?.record } : type;
}

/** The records of the types that a type contains. */
function innerTypes(text: string): Addr[] {
  const found: Addr[] = [];
  JSON.parse(text, (_, value: unknown) => {
    const inner = (value as { type?: Addr } | null)?.type;
    if (typeof inner === "number") found.push(inner);
    return value;
  });
  return found;
}

/** The struct that the next constructor is to open instead of making one. */
let opening: Place | undefined;

function newClass(record: Addr, name: string, layout: StructLayout): ViewClass {
  const View = generateView(layout, access);
  const Class = class extends View {
    constructor(init?: unknown) {
      const opened = opening;
      opening = undefined;
      if (new.target !== Class)
        throw new TypeError(`Cannot subclass ${name}: keep a struct in a field instead`);
      const place = opened ?? ownPlace(newRecord(record, layout, -1), layout);
      super(place);
      if (place.part === 0) bind(this, place.record);
      if (opened === undefined && init !== undefined) fill(this as unknown as StructView, layout, init, name);
    }

    static array(lengthOrValues: unknown): StructArray<unknown> {
      const length = arrayLength(name, lengthOrValues);
      const array = openArray(newRecord(record, layout, length), layout, viewAt);
      if (Array.isArray(lengthOrValues)) {
        for (const [i, init] of lengthOrValues.entries()) fill(array[i] as StructView, layout, init, name);
      }
      return array as unknown as StructArray<unknown>;
    }

    static get byteSize(): number {
      return layout.size;
    }
  };
  Object.defineProperty(Class, "name", { value: name });
  const viewAt = (place: Place): StructView => {
    opening = place;
    return new (Class as unknown as new () => StructView)();
  };
  describe(Class as unknown as ViewClass, layout, name);
  setTypes(layout, { name, viewAt });
  types.set(Class, { record, layout });
  bind(Class, record);
  return Class as unknown as ViewClass;
}

/** A copy for JSON, and the text form: on the prototype of every struct. */
function describe(Class: ViewClass, layout: StructLayout, name: string): void {
  Object.defineProperty(Class.prototype, "toJSON", {
    configurable: true,
    value(this: StructView) {
      return plain(this, layout);
    },
  });
  Object.defineProperty(Class.prototype, INSPECT, {
    configurable: true,
    value(
      this: StructView,
      _: number,
      options: object,
      inspect: (value: unknown, options: object) => string,
    ) {
      const text = inspect(plain(this, layout), options);
      return `${name} ${text}`;
    },
  });
}
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** What a struct's record was made of. */
function typeOf(record: Addr): Type & LayoutClass {
  const type = types.get(handleAt(load(field(record, STRUCT.TYPE)) as Addr)) as Type;
  return { ...type, ...classOf(type.layout) };
}

registerHandle({
  kind: KIND.STRUCT,
  name: "struct",
  create: (record) => {
    const { layout, viewAt } = typeOf(record);
    const alone = load(field(record, STRUCT.LENGTH)) < 0;
    return alone ? viewAt(ownPlace(record, layout)) : openArray(record, layout, viewAt);
  },
  reclaim: (record) => {
    const slots = load(field(record, STRUCT.SLOTS)) as Addr;
    const type = load(field(record, STRUCT.TYPE)) as Addr;
    free(record);
    if (slots !== 0) {
      add(HEADER.REFERRING as Addr, -1);
      release(slots);
    }
    release(type);
  },
});

registerHandle({
  kind: KIND.STRUCT_PART,
  name: "struct",
  create: (record) => {
    const struct = load(field(record, STRUCT_PART.STRUCT)) as Addr;
    const part = partOf(
      handleAt(struct) as StructView,
      typeOf(struct).layout,
      load(field(record, STRUCT_PART.PART)),
    );
    bind(part, record);
    return part;
  },
  reclaim: (record) => {
    const struct = load(field(record, STRUCT_PART.STRUCT)) as Addr;
    free(record);
    release(struct);
  },
});

registerHandle({
  kind: KIND.STRUCT_TYPE,
  name: "struct",
  create: (record) => {
    const [name, fields] = JSON.parse(
      readText(load(field(record, STRUCT_TYPE.TEXT)) as Addr),
      (_, value: unknown) => {
        const inner = (value as { type?: Addr } | null)?.type;
        return typeof inner === "number" ? handleAt(inner) : value;
      },
    ) as [string, [string, unknown][]];
    const layout = layOut(Object.fromEntries(fields), (type) => types.get(type as object)?.layout);
    return newClass(record, name, layout);
  },
  reclaim: (record) => {
    const text = load(field(record, STRUCT_TYPE.TEXT)) as Addr;
    const inner = innerTypes(readText(text));
    free(text);
    freeRecord(record);
    inner.forEach(release);
  },
});
