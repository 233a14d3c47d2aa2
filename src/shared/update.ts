/** `update`: a new value from the old one, in one step. */
import { isContainer } from "../core/container.ts";
import { KIND } from "../core/kind.ts";
import { type Addr, load } from "../core/word.ts";
import { addressOf } from "../value/handle.ts";
import { planOf } from "./draft.ts";
import { putElement, seeElement } from "./elements.ts";
import { type Lookup, putEntry, seeEntry } from "./entries.ts";
import { keyOf } from "./key.ts";
import { lookupOf } from "./object.ts";
import { NOTHING } from "./read.ts";

/**
 * Replaces what a shared object, array or Map has under `key` by `fn` of it, as one step for all threads; returns the
 * new value. `fn` gets undefined where there is nothing yet. It may be called again, when another thread came between,
 * so it should do nothing but compute.
 *
 * @throws TypeError for what is not shared, and whatever `fn` throws: then nothing is changed.
 *
 * @example
 * ```ts
 * import { shared, spawn, update } from "heddle";
 * const words = shared(new Map<string, number>());
 * const count = (text: string) => {
 *   for (const word of text.split(" ")) update(words, word, (n) => (n ?? 0) + 1);
 * };
 * for (const thread of [spawn(count, "to be or not"), spawn(count, "not to be")]) thread.join();
 * console.log(words.get("be")); // 2
 * ```
 */
export function update<K, V>(map: Map<K, V>, key: K, fn: (value: V | undefined) => V): V;
export function update<T extends object, K extends keyof T>(
  object: T,
  key: K,
  fn: (value: T[K]) => T[K],
): T[K];
export function update(object: object, key: unknown, fn: (value: never) => unknown): unknown {
  const c = addressOf(object);
  if (c === undefined || !isContainer(c) || load(c) === KIND.SHARED_SET) {
    throw new TypeError("Cannot update what is not shared: give a shared object, array or Map");
  }
  const step = load(c) === KIND.SHARED_ARRAY ? stepOfElement(c, Number(key)) : stepOfEntry(c, key);
  for (;;) {
    const result = step(fn as (value: unknown) => unknown);
    if (result !== AGAIN) return result;
  }
}

const AGAIN: unique symbol = Symbol("again");
type Step = (fn: (value: unknown) => unknown) => unknown;

function stepOfElement(c: Addr, index: number): Step {
  if (!Number.isInteger(index) || index < 0) {
    throw new TypeError("Cannot update a shared array: the key must be an index");
  }
  return (fn) => {
    const seen = seeElement(c, index);
    const value = fn(seen.value === NOTHING ? undefined : seen.value);
    return putElement(c, index, planOf(value, "the new value"), seen) ? value : AGAIN;
  };
}

function stepOfEntry(c: Addr, key: unknown): Step {
  const lookup: Lookup = load(c) === KIND.SHARED_MAP ? () => keyOf(key) : lookupOf(String(key));
  return (fn) => {
    const seen = seeEntry(c, lookup);
    const value = fn(seen.value === NOTHING ? undefined : seen.value);
    return putEntry(c, lookup, planOf(value, "the new value"), seen) ? value : AGAIN;
  };
}
