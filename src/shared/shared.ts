/** `shared()`: plain data that all threads see and change. */
import { low, open } from "../core/box.ts";
import type { Addr } from "../core/word.ts";
import { NotShareableError } from "../errors.ts";
import { addressOf, handleTaking, reserveSlots } from "../value/handle.ts";
import { change } from "./change.ts";
import "./clone.ts";
import { planOf } from "./draft.ts";
import { boxOfPlan } from "./write.ts";
import "./object.ts";
import "./list.ts";
import "./map.ts";

/** What `shared()` returns: the type of the ordinary thing. */
export type Shared<T> = T;

/**
 * Makes an object, array, Map or Set that threads share: one thing, whichever thread looks at it. What is in it is
 * shared as well, deep, and so is plain data that is put into it later.
 *
 * Values are primitives (but symbols), Dates (by value), heddle's own objects (by reference) and plain data. Single
 * reads, writes and method calls are whole; several together, such as `state.count += 1`, are not: use a lock, or
 * {@link update}.
 *
 * @throws NotShareableError, naming the path, for functions, symbols and instances of classes; HeapExhaustedError.
 *
 * @example
 * ```ts
 * import { Lock, shared, spawn } from "heddle";
 * const state = shared({ count: 0, log: [] as string[] });
 * const lock = new Lock();
 * const work = (name: string) => {
 *   for (let i = 0; i < 1000; i++) lock.with(() => { state.count += 1; });
 *   state.log.push(name);
 * };
 * for (const thread of [spawn(work, "a"), spawn(work, "b")]) thread.join();
 * console.log(state.count, state.log.length); // 2000 2
 * ```
 */
export function shared<T extends object>(initial: T): Shared<T> {
  if (typeof initial !== "object" || initial === null) {
    throw new NotShareableError(
      `Cannot share ${initial === null ? "null" : typeof initial}: give an object, an array, a Map or a Set`,
    );
  }
  if (addressOf(initial) !== undefined) return initial;
  const plan = planOf(initial, "the value");
  if (plan.drafts.length === 0) {
    throw new NotShareableError("Cannot share a Date: it is copied, so put it into an object");
  }
  reserveSlots(1);
  return change(plan.drafts.length, () => {
    open(boxOfPlan(plan));
    return handleTaking(low() as Addr) as T; // the link is the handle's
  });
}
