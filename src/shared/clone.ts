/**
 * `structuredClone` of shared things.
 *
 * The engine clones no Proxy, so heddle replaces the global `structuredClone` by one that gives a shared thing's
 * ordinary copy. What the engine clones by itself it clones as before. It is replaced at once, in every isolate, so that
 * it is the same function to a closure in whatever thread.
 */
import { rememberGlobal } from "../value/known.ts";
import { copyOf, copyWhere, isShared } from "./copy.ts";

type Clone = typeof globalThis.structuredClone;

globalThis.structuredClone = cloneBy(globalThis.structuredClone);
rememberGlobal("structuredClone");

function cloneBy(native: Clone): Clone {
  return function structuredClone<T>(value: T, options?: Parameters<Clone>[1]): T {
    if (typeof value === "object" && value !== null && isShared(value)) return native(copyOf(value), options);
    try {
      return native(value, options);
    } catch (error) {
      // It may be a shared thing inside. The engine has taken nothing of what was to be transferred.
      if ((error as Error).name !== "DataCloneError") throw error;
      const { copy, found } = copyWhere(value, isPlain);
      if (!found) throw error;
      return native(copy, options);
    }
  };
}

const PLAIN: ReadonlySet<unknown> = new Set([Object, Array, Map, Set].map((type) => type.prototype));

/** Is it plain data, in which a shared thing may be? The engine takes anything else as it is. */
function isPlain(source: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(source);
  return prototype === null || PLAIN.has(prototype);
}
