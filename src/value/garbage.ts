/**
 * Garbage: how whoever keeps things weakly learns that the engine has collected some.
 *
 * A FinalizationRegistry tells of it when the event loop turns, one by one; the loop of a thread that waits by blocking
 * never does. So things are asked whether they are still there, all of them, after each full collection of the engine's:
 * a witness that nobody has is gone then. That is looked at when the event loop turns, and whenever many weak references
 * were made.
 */
import { isInside } from "../core/gate.ts";
import { trim } from "../core/heap.ts";
import { blockingWaiterAt, field, HEADER, ISOLATE, isolateAt, WAITER } from "../core/layout.ts";
import { ISOLATE_STATE, kickIsolate, wakeAllIdle } from "../core/registry.ts";
import { self } from "../core/self.ts";
import { type Addr, add, load, notify, now, store, wait } from "../core/word.ts";
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

/**
 * How long, in milliseconds, those have time to answer who will, because they sleep in a blocking call or run no thread,
 * and those who may, in their event loop; and how often one looks whether they still will.
 */
const PATIENCE_MS = { WILL: 1000, MAY: 150 } as const;
const LOOK_MS = 5;

/**
 * The same in all threads that wait for something, and in idle carriers. Those that are at work answer when they next
 * wait, too late for this time.
 */
export function collectGarbageEverywhere(): void {
  const asked = add(HEADER.GARBAGE as Addr, 1) + 1;
  store(field(isolateAt(self.isolate), ISOLATE.SWEPT), asked);
  const high = load(HEADER.ISOLATES_HIGH as Addr);
  const others: number[] = [];
  for (let i = 1; i < high; i++) if (i !== self.isolate && patienceWith(i, asked) > 0) others.push(i);
  for (const other of others) kickIsolate(other);
  wakeAllIdle();
  const since = now();
  collectGarbage();
  const answers = HEADER.GARBAGE_ANSWERS as Addr;
  for (const other of others) {
    for (;;) {
      const seen = load(answers); // before the look: an answer that comes after it ends the sleep
      if (now() - since >= patienceWith(other, asked)) break;
      wait(answers, seen, LOOK_MS);
    }
  }
}

/** How long to wait for an isolate's answer, in all; 0: it has answered, or has nothing to answer. */
function patienceWith(index: number, asked: number): number {
  const isolate = isolateAt(index);
  const state = load(field(isolate, ISOLATE.STATE));
  if (state === ISOLATE_STATE.FREE || state === ISOLATE_STATE.BOOTING) return 0;
  if (index === load(HEADER.SUPERVISOR as Addr)) return 0;
  if (((load(field(isolate, ISOLATE.SWEPT)) - asked) | 0) >= 0) return 0;
  const works =
    load(field(isolate, ISOLATE.THREAD)) !== 0 && load(field(blockingWaiterAt(index), WAITER.ADDR)) === 0;
  return works ? PATIENCE_MS.MAY : PATIENCE_MS.WILL;
}

let answering = false;

/** Does what another thread asks for in {@link collectGarbageEverywhere}: before a sleep, and when the event loop turns. */
export function answerGarbage(): void {
  const asked = load(HEADER.GARBAGE as Addr);
  const swept = field(isolateAt(self.isolate), ISOLATE.SWEPT);
  if (load(swept) === asked || isInside() || answering) return;
  answering = true; // to give something back may wait for a LOCK, and ask here again before it sleeps
  try {
    collectGarbage();
    trim();
  } finally {
    answering = false;
  }
  store(swept, asked);
  add(HEADER.GARBAGE_ANSWERS as Addr, 1);
  notify(HEADER.GARBAGE_ANSWERS as Addr, Infinity);
}
