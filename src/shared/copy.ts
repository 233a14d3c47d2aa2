/** Ordinary copies of shared things: to be kept, cloned, or shown. */
import { addressOf } from "../value/handle.ts";
import { isContainer } from "../core/container.ts";
import type { Addr } from "../core/word.ts";
import { emptyCopy, fillCopies } from "./snapshot.ts";

/** Where `util.inspect` looks for how an object is shown. */
export const INSPECT: symbol = Symbol.for("nodejs.util.inspect.custom");

/**
 * An ordinary deep copy of a shared object, array, Map or Set: what `structuredClone` is for ordinary ones, but
 * for what it does with classes. Objects that were one stay one, cycles too; locks and other objects
 * of heddle's are the same in the copy. Anything else is returned as it is.
 *
 * Not one step: other threads may change parts of it meanwhile. Hold a lock for a consistent copy.
 *
 * @example
 * ```ts
 * import { copyOf, shared } from "heddle/shared";
 * const state = shared({ users: new Map([["ann", { age: 7 }]]) });
 * const copy = copyOf(state);
 * copy.users.get("ann")!.age = 8;
 * console.log(state.users.get("ann")!.age); // 7
 * ```
 */
export function copyOf<T>(value: T): T {
  return typeof value === "object" && value !== null && isShared(value)
    ? copyWhere(value, () => false).copy
    : value;
}

/** Is this a shared object, array, Map or Set? */
export function isShared(value: object): boolean {
  return containerOf(value) !== 0;
}

/** The record of a shared object, array, Map or Set; 0: it is something else. */
function containerOf(value: object): Addr {
  const record = addressOf(value) ?? (0 as Addr);
  return record !== 0 && isContainer(record) ? record : (0 as Addr);
}

/**
 * A deep copy of a value: shared things as ordinary ones, and of others those that `isCopied` names. What it leaves out
 * stays what it is, and is not looked into. `found`: a shared thing was in it.
 */
export function copyWhere<T>(value: T, isCopied: (source: object) => boolean): { copy: T; found: boolean } {
  const copies = new Map<object, object>();
  const shared = new Map<Addr, object>();
  const todo: [source: object, copy: object][] = [];
  const of = (source: unknown): unknown => {
    if (typeof source !== "object" || source === null) return source;
    const known = copies.get(source);
    if (known !== undefined) return known;
    const container = containerOf(source);
    if (container === 0 && !isCopied(source)) return source;
    const copy = container === 0 ? emptyLike(source) : emptyCopy(container);
    copies.set(source, copy);
    if (container === 0) todo.push([source, copy]);
    else shared.set(container, copy);
    return copy;
  };
  const copy = of(value) as T;
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) fillCopy(next[0], next[1], of);
  if (shared.size > 0) fillCopies(shared);
  return { copy, found: shared.size > 0 && copies.size > 0 }; // looked at last: it has kept the sources until here
}

function emptyLike(source: object): object {
  if (source instanceof Map) return new Map();
  if (source instanceof Set) return new Set();
  return Array.isArray(source) ? [] : {};
}

function fillCopy(source: object, copy: object, of: (value: unknown) => unknown): void {
  if (source instanceof Map) {
    for (const [key, value] of source) (copy as Map<unknown, unknown>).set(of(key), of(value));
  } else if (source instanceof Set) {
    for (const member of source) (copy as Set<unknown>).add(of(member));
  } else {
    if (Array.isArray(source)) (copy as unknown[]).length = source.length;
    for (const key of Object.keys(source)) {
      const value = of((source as Record<string, unknown>)[key]);
      Object.defineProperty(copy, key, { value, writable: true, enumerable: true, configurable: true });
    }
  }
}

/** What shared objects and arrays have for `JSON.stringify`, which asks a Proxy three things about each property. */
export const toJSON: (this: object) => object = function (this: object): object {
  return copyOf(this);
};

type Inspect = (value: unknown, options: object) => string;

/** Shows a shared thing as the ordinary one would be shown: what a class has under {@link INSPECT}. */
export const shownAsCopy: PropertyDescriptor = {
  configurable: true,
  value(this: object, _depth: number, options: object, inspect: Inspect): string {
    return inspect(copyOf(this), options);
  },
};
