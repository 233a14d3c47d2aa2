/**
 * Garbage: how whoever keeps things weakly learns that the engine has collected some.
 *
 * A FinalizationRegistry tells of it when the event loop turns, one by one; the loop of a thread that waits by blocking
 * never does. So things are asked whether they are still there, all of them, after each full collection of the engine's:
 * a witness that nobody has is gone then. That is looked at when the event loop turns, and whenever many weak references
 * were made.
 */
import { isInside } from "../core/gate.ts";
import { collectNow, endJob } from "./platform.ts";

/** Weak references that are made between two looks. */
const LOOK_EVERY = 1024;
let made = 0;

const sweeps: (() => void)[] = [];

/** Has `sweep` called after collections of the engine's, outside the gate: it asks what it keeps whether it is there. */
export function onGarbage(sweep: () => void): void {
  sweeps.push(sweep);
}

/** A weak reference was made that is to be asked later. */
export function countWeak(): void {
  made++;
}

/** Forgets how many were made. For the model checker, which runs bodies many times. */
export function resetGarbage(): void {
  made = 0;
}

/** Looks for garbage, if it is time. Called where memory of what was found may be given back. */
export function lookForGarbage(): void {
  if (made < LOOK_EVERY || isInside()) return;
  made = 0;
  sweepIfCollected();
  endJob(); // last: to ask whether something is there keeps it for the rest of the job
}

let witness = new WeakRef({});
const collections = new FinalizationRegistry<undefined>(sweepIfCollected);

function watch(): void {
  const nobodys = {};
  collections.unregister(witness);
  witness = new WeakRef(nobodys);
  collections.register(nobodys, undefined, witness);
}
watch();

function sweepIfCollected(): void {
  if (witness.deref() === undefined) sweepAll();
}

let sweeping = false;

function sweepAll(): void {
  if (sweeping) return;
  sweeping = true;
  watch();
  try {
    for (const sweep of sweeps) sweep();
  } finally {
    sweeping = false;
  }
}

/** Takes those out of a map whose things have gone. */
export function dropCollected<K, R extends WeakRef<object>>(
  map: Map<K, R>,
  dropped?: (key: K, ref: R) => void,
): void {
  let looks = 0;
  for (const [key, ref] of map) {
    if (++looks % LOOK_EVERY === 0) endJob();
    if (ref.deref() !== undefined) continue;
    map.delete(key);
    dropped?.(key, ref);
  }
}

/** Has the engine collect all garbage of this thread, some 50 ms, and looks what has gone. */
export function collectGarbage(): void {
  endJob();
  collectNow();
  sweepAll();
}
