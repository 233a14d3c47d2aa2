/**
 * `structuredClone` of shared things.
 *
 * The engine clones no Proxy, so heddle replaces the global `structuredClone` by one that gives a shared thing's
 * ordinary copy. What the engine clones by itself it clones as before. It is replaced at once, in every isolate, so that
 * it is the same function to a closure in whatever thread.
 */
import { isContainer } from "../core/container.ts";
import { addressOf } from "../value/handle.ts";
import { rememberGlobal } from "../value/known.ts";
import { copyOf } from "./copy.ts";

type Clone = typeof globalThis.structuredClone;

globalThis.structuredClone = cloneBy(globalThis.structuredClone);
rememberGlobal("structuredClone");

function cloneBy(native: Clone): Clone {
  return function structuredClone<T>(value: T, options?: Parameters<Clone>[1]): T {
    if (isShared(value)) return native(copyOf(value), options);
    try {
      return native(value, options);
    } catch (error) {
      // It may be a shared thing inside. The engine has taken nothing of what was to be transferred.
      const ordinary = (error as Error).name === "DataCloneError" ? withoutShared(value) : value;
      if (ordinary === value) throw error;
      return native(ordinary, options);
    }
  };
}

function isShared(value: unknown): boolean {
  const record = typeof value === "object" && value !== null ? addressOf(value) : undefined;
  return record !== undefined && isContainer(record);
}

/** The same plain data with ordinary copies of the shared things in it; the value itself when there are none. */
function withoutShared<T>(value: T): T {
  const copies = new Map<object, object>();
  let found = false;
  const of = (source: unknown): unknown => {
    if (typeof source !== "object" || source === null) return source;
    const known = copies.get(source);
    if (known !== undefined) return known;
    if (isShared(source)) {
      found = true;
      const copy = copyOf(source);
      copies.set(source, copy);
      return copy;
    }
    const copy = emptyLike(source);
    if (copy === undefined) return source;
    copies.set(source, copy);
    fill(source, copy, of);
    return copy;
  };
  const result = of(value) as T;
  return found ? result : value;
}

/** Something to put the parts of plain data into; undefined: it is none, and the engine takes it as it is. */
function emptyLike(source: object): object | undefined {
  const prototype: unknown = Object.getPrototypeOf(source);
  if (prototype === Map.prototype) return new Map();
  if (prototype === Set.prototype) return new Set();
  if (Array.isArray(source)) return Array.from({ length: source.length });
  return prototype === Object.prototype || prototype === null ? {} : undefined;
}

function fill(source: object, copy: object, of: (value: unknown) => unknown): void {
  if (source instanceof Map) {
    for (const [key, member] of source) (copy as Map<unknown, unknown>).set(of(key), of(member));
  } else if (source instanceof Set) {
    for (const member of source) (copy as Set<unknown>).add(of(member));
  } else {
    for (const key of Object.keys(source))
      (copy as Record<string, unknown>)[key] = of((source as Record<string, unknown>)[key]);
  }
}
