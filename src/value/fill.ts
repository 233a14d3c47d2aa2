/** Reads the contents of an object that the decoder created empty. */
import type { Decoder } from "./decode.ts";
import { HOLE } from "./hole.ts";
import type { FunctionShell } from "./function-codec.ts";
import { CLOSED, PROPERTY } from "./tags.ts";
import { kinds } from "./platform.ts";

/** The contents of a function: captured values, then what was added to it. */
export class FunctionContents {
  readonly shell: FunctionShell;
  /** Captured values that come in the contents; those of an early class came before. */
  readonly size: number;
  constructor(shell: FunctionShell, size: number) {
    this.shell = shell;
    this.size = size;
  }
}

/** Fills an object; `length` is what an array is to have. */
export function readContents(from: Decoder, target: object, length: number): void {
  if (target instanceof FunctionContents) return readFunction(from, target);
  if (Array.isArray(target)) return readArray(from, target, length);
  if (kinds.isMap(target)) {
    for (let count = from.from.count(); count > 0; count--) {
      const key = from.value();
      Map.prototype.set.call(target, key, from.value());
    }
    return readExtras(from, target);
  }
  if (kinds.isSet(target)) {
    for (let count = from.from.count(); count > 0; count--) Set.prototype.add.call(target, from.value());
    return readExtras(from, target);
  }
  readProperties(from, target);
}

function readExtras(from: Decoder, target: object): void {
  if (from.from.byte() === 1) readProperties(from, target);
}

function readArray(from: Decoder, target: unknown[], length: number): void {
  const mode = from.from.byte();
  if (mode === 2) target.length = length;
  for (let i = 0; mode !== 2 && i < length; i++) {
    const element = from.value();
    if (element !== HOLE) target[i] = element;
    else if (i === length - 1) target.length = length;
  }
  if (mode !== 0) readProperties(from, target);
}

/** Fills an object that was made as `{}`. */
export function readPlain(from: Decoder, target: object): void {
  readOwn(from, target, false);
}

function readProperties(from: Decoder, target: object): void {
  readOwn(from, target, Object.getPrototypeOf(target) !== Object.prototype);
}

function readOwn(from: Decoder, target: object, inherits: boolean): void {
  const head = from.from.count();
  for (let count = Math.floor(head / 4); count > 0; count--) {
    const { key, marked } = from.key();
    if (marked) {
      readMarked(from, target, key);
      continue;
    }
    const value = from.value();
    // Assigning would call a setter that the prototype has, or be refused by a constant there.
    if (key === "__proto__" || (inherits && key in target)) define(target, key, value);
    else (target as Record<PropertyKey, unknown>)[key] = value;
  }
  const closed = head % 4;
  if (closed === CLOSED.FROZEN) Object.freeze(target);
  else if (closed === CLOSED.SEALED) Object.seal(target);
  else if (closed === CLOSED.NO_NEW) Object.preventExtensions(target);
}

function define(target: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

function readMarked(from: Decoder, target: object, key: PropertyKey): void {
  const flags = from.from.byte();
  const enumerable = (flags & PROPERTY.ENUMERABLE) !== 0;
  const configurable = (flags & PROPERTY.CONFIGURABLE) !== 0;
  const value = from.value();
  if ((flags & PROPERTY.ACCESSOR) === 0) {
    Object.defineProperty(target, key, {
      value,
      enumerable,
      configurable,
      writable: (flags & PROPERTY.WRITABLE) !== 0,
    });
    return;
  }
  const set = from.value() as (value: unknown) => void;
  Object.defineProperty(target, key, { get: value as () => unknown, set, enumerable, configurable });
}

function readFunction(from: Decoder, { shell, size }: FunctionContents): void {
  const values: unknown[] = [];
  for (let i = 0; i < size; i++) values.push(from.value());
  const isNew = shell.link !== undefined;
  if (size > 0) shell.link?.(values);
  if (from.from.byte() === 0) return;
  // What is here already keeps its own state: the message's is read past.
  readProperties(from, isNew ? shell.value : {});
  if (from.from.byte() === 0) return;
  const prototype = isNew ? ((shell.value as { prototype?: object }).prototype ?? {}) : {};
  readProperties(from, prototype);
  const parent = from.value() as object | null;
  if (isNew && Object.getPrototypeOf(prototype) !== parent) Object.setPrototypeOf(prototype, parent);
}
