/** What the encoder writes for an object's contents, after everything announced before it. */
import type { Encoder } from "./encode.ts";
import { FunctionImage } from "./function-image.ts";
import { kinds } from "./platform.ts";
import { CLOSED, PROPERTY, TAG } from "./tags.ts";

const ORDINARY = PROPERTY.ENUMERABLE | PROPERTY.WRITABLE | PROPERTY.CONFIGURABLE;
/** Own properties of arrays longer than this are not looked for: naming every element would take longer than sending it. */
const LISTED_ELEMENTS = 65536;

/** Writes the contents of the object that was announced as `number`. */
export function writeContents(to: Encoder, value: object, number: number): void {
  if (value instanceof FunctionImage) return writeFunction(to, value, number);
  if (Array.isArray(value)) return writeArray(to, value, number);
  if (kinds.isMap(value)) return writeMap(to, value, number);
  if (kinds.isSet(value)) return writeSet(to, value, number);
  let keys = Reflect.ownKeys(value);
  if (kinds.isNativeError(value)) keys = keys.filter((key) => key !== "stack");
  else if (kinds.isRegExp(value)) keys = keys.filter((key) => key !== "lastIndex");
  else if (kinds.isStringObject(value)) keys = keys.slice(value.length + 1);
  writeProperties(to, value, keys, number);
}

/** Writes the contents of an object that was announced as a plain one. */
export function writePlain(to: Encoder, value: object, number: number): void {
  writeProperties(to, value, Reflect.ownKeys(value), number);
}

/** Writes how closed an object is and these of its own properties. */
function writeProperties(to: Encoder, value: object, keys: readonly PropertyKey[], number: number): void {
  to.bytes.count(keys.length * 4 + closedness(value));
  for (const key of keys) {
    const property = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
    const flags =
      (property.enumerable === true ? PROPERTY.ENUMERABLE : 0) |
      (property.writable === true ? PROPERTY.WRITABLE : 0) |
      (property.configurable === true ? PROPERTY.CONFIGURABLE : 0);
    if ("value" in property) {
      to.key(key, flags !== ORDINARY);
      if (flags !== ORDINARY) to.bytes.byte(flags);
      to.value(property.value, number, key);
    } else {
      to.key(key, true);
      to.bytes.byte(flags | PROPERTY.ACCESSOR);
      to.value(property.get, number, key);
      to.value(property.set, number, key);
    }
  }
}

function closedness(value: object): number {
  if (Object.isExtensible(value)) return CLOSED.OPEN;
  if (Object.isFrozen(value)) return CLOSED.FROZEN;
  return Object.isSealed(value) ? CLOSED.SEALED : CLOSED.NO_NEW;
}

function writeArray(to: Encoder, array: readonly unknown[], number: number): void {
  if (isSparse(array)) {
    to.bytes.byte(2);
    return writeProperties(to, array, keysBeside(array, 0), number);
  }
  const listed = array.length <= LISTED_ELEMENTS;
  const extras = listed ? keysBeside(array, array.length) : [];
  const more = extras.length > 0 || !Object.isExtensible(array);
  to.bytes.byte(more ? 1 : 0);
  for (let i = 0; i < array.length; i++) {
    const element = array[i];
    if (element === undefined && !Object.hasOwn(array, i)) to.bytes.byte(TAG.HOLE);
    else to.value(element, number, i);
  }
  if (more) writeProperties(to, array, extras, number);
}

/** Own keys of an array apart from its length and the elements below `from`. */
function keysBeside(array: readonly unknown[], from: number): PropertyKey[] {
  const keys = Reflect.ownKeys(array);
  // Elements come first, then the length: most arrays have nothing else.
  if (keys.length === from + 1 && keys[from] === "length") return [];
  return keys.filter((key) => {
    if (key === "length") return false;
    const index = typeof key === "string" ? Number(key) : Number.NaN;
    return !(index >= 0 && index < from && String(index) === key);
  });
}

/** Are most of its elements holes, and many? Then only those that exist are written. */
function isSparse(array: readonly unknown[]): boolean {
  if (array.length < 64) return false;
  let holes = 0;
  for (let i = 0; i < array.length && holes < 1024; i++) {
    if (array[i] === undefined && !Object.hasOwn(array, i)) holes++;
  }
  return holes > 48 && (holes >= 1024 || holes * 2 > array.length);
}

function writeMap(to: Encoder, map: ReadonlyMap<unknown, unknown>, number: number): void {
  const entries = [...Map.prototype.entries.call(map)] as [unknown, unknown][];
  to.bytes.count(entries.length);
  let index = 0;
  for (const [key, value] of entries) {
    to.value(key, number, `keys[${index}]`);
    to.value(value, number, typeof key === "string" ? `get(${JSON.stringify(key)})` : `values[${index}]`);
    index++;
  }
  writeExtras(to, map, number);
}

function writeSet(to: Encoder, set: ReadonlySet<unknown>, number: number): void {
  const members = [...Set.prototype.values.call(set)] as unknown[];
  to.bytes.count(members.length);
  members.forEach((member, index) => to.value(member, number, `values[${index}]`));
  writeExtras(to, set, number);
}

function writeExtras(to: Encoder, value: object, number: number): void {
  const keys = Reflect.ownKeys(value);
  const more = keys.length > 0 || !Object.isExtensible(value);
  to.bytes.byte(more ? 1 : 0);
  if (more) writeProperties(to, value, keys, number);
}

/** Captured values, then what was added to the function or to its prototype. */
function writeFunction(to: Encoder, image: FunctionImage, number: number): void {
  const { fn } = image;
  if (!(image.isClass && image.early)) {
    for (let i = 0; i < image.values.length; i++) to.value(image.values[i], number, image.names[i] as string);
  }
  const more = image.own.length > 0 || !Object.isExtensible(fn) || image.prototype !== undefined;
  to.bytes.byte(more ? 1 : 0);
  if (!more) return;
  writeProperties(to, fn, image.own, number);
  to.bytes.byte(image.prototype === undefined ? 0 : 1);
  if (image.prototype === undefined) return;
  const prototype = fn.prototype as object;
  writeProperties(to, prototype, image.prototype, number);
  to.value(Object.getPrototypeOf(prototype), number, "prototype");
}
