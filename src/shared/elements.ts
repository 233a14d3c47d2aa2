/** What shared arrays do to their vectors, each in one step for other threads. */
import { changeFreed, lock, storageOf, unlock } from "../core/container.ts";
import { CONTAINER } from "../core/container-layout.ts";
import { field } from "../core/layout.ts";
import { areWords, wordsBetween } from "../core/span.ts";
import { self } from "../core/self.ts";
import { bareBox, isPlain, owns, TAG } from "../core/box.ts";
import {
  append,
  copyElements,
  cutEnd,
  cutStart,
  elementAt,
  endOf,
  isSparse,
  lengthOf,
  newVector,
  placeAt,
  prepend,
  replaceVector,
  startOf,
} from "../core/vector.ts";
import { type Addr, load, readReal, writeReal } from "../core/word.ts";
import { reserveSlots } from "../value/handle.ts";
import { change } from "./change.ts";
import type { Plan } from "./draft.ts";
import { type Seen, seenNow, stillSeen } from "./entries.ts";
import { dispose, replace } from "./owned.ts";
import { AGAIN, NOTHING, readLocked, settled, taking, tryRead } from "./read.ts";
import { boxOfPlan } from "./write.ts";

/** Attempts without LOCK. */
const TRIES = 3;
const NONE = new Float64Array(0);
const HOLE_BOX = (): number => bareBox(TAG.ABSENT);

export function elementCount(c: Addr): number {
  for (;;) {
    const version = load(field(c, CONTAINER.VERSION));
    const length = lengthOf(storageOf(c));
    if (load(field(c, CONTAINER.VERSION)) === version) return Math.max(0, length);
  }
}

/** The element of that index, or NOTHING. */
export function getElement(c: Addr, index: number): unknown {
  for (let tries = 0; tries < TRIES; tries++) {
    const version = load(field(c, CONTAINER.VERSION));
    const v = storageOf(c);
    const start = startOf(v);
    if (index >= endOf(v) - start) {
      if (load(field(c, CONTAINER.VERSION)) === version) return NOTHING;
      continue;
    }
    const value = tryRead(c, placeAt(v, start + index), version);
    if (value !== AGAIN) return value;
  }
  return taking(
    c,
    (v) => (index < lengthOf(v) ? readLocked(readReal(elementAt(v, index))) : NOTHING),
    settled,
  );
}

/** All elements at one moment: their values, NOTHING where there is none, and their bits. */
export interface Snapshot {
  readonly values: unknown[];
  readonly bits: Int32Array;
  readonly freed: number;
}

export function snapshot(c: Addr): Snapshot {
  const steps = (v: Addr): Snapshot => {
    const length = lengthOf(v);
    const bits = wordsBetween(elementAt(v, 0), elementAt(v, length));
    const values: unknown[] = [];
    for (let i = 0; i < length; i++) values.push(readLocked(readReal(elementAt(v, i))));
    return { values, bits, freed: load(field(c, CONTAINER.FREED)) };
  };
  return taking(c, steps, (seen) => {
    for (let i = 0; i < seen.values.length; i++) seen.values[i] = settled(seen.values[i]);
    return seen;
  });
}

/** What an element has now. */
export function seeElement(c: Addr, index: number): Seen {
  const steps = (v: Addr): Seen =>
    seenNow(c, index < lengthOf(v) ? readReal(elementAt(v, index)) : HOLE_BOX());
  return taking(c, steps, (seen) => ({ ...seen, value: settled(seen.value) }));
}

/** Sets what owns nothing over what owns nothing; false: there is something else. */
export function setPlainElement(c: Addr, index: number, box: number): boolean {
  if (self.key === 0) return false;
  lock(c);
  const v = storageOf(c);
  let done = false;
  if (index < lengthOf(v)) {
    const place = elementAt(v, index);
    if (isPlain(readReal(place))) {
      writeReal(place, box);
      done = true;
    }
  }
  unlock(c);
  return done;
}

/** Sets an element, or, with `seen`, only if it has that still. Behind the end, holes come before it. */
export function putElement(c: Addr, index: number, plan: Plan, seen: Seen | undefined): boolean {
  return withBoxes(c, [plan], (v, boxes) => {
    const box = boxes[0] as number;
    const length = lengthOf(v);
    const now = index < length ? readReal(elementAt(v, index)) : HOLE_BOX();
    if (seen !== undefined && !stillSeen(c, now, seen)) return undefined;
    if (index < length) return Float64Array.of(replace(c, elementAt(v, index), box));
    if (index === length && append(v, box)) return NONE;
    return rebuilt(c, v, length, 0, boxes, index - length);
  });
}

/** Adds elements behind the last; returns the new length. */
export function push(c: Addr, plans: readonly Plan[]): number {
  let length = 0;
  withBoxes(c, plans, (v, boxes) => {
    length = lengthOf(v) + boxes.length;
    if (boxes.length === 1 && append(v, boxes[0] as number)) return NONE;
    return rebuilt(c, v, lengthOf(v), 0, boxes);
  });
  return length;
}

/** Adds one value behind the last that owns nothing; 0: there is no room. Returns the new length. */
export function pushPlain(c: Addr, box: number): number {
  if (self.key === 0) return 0;
  lock(c);
  const v = storageOf(c);
  const length = append(v, box) ? lengthOf(v) : 0;
  unlock(c);
  return length;
}

/** Adds elements before the first; returns the new length. */
export function unshift(c: Addr, plans: readonly Plan[]): number {
  let length = 0;
  withBoxes(c, plans, (v, boxes) => {
    length = lengthOf(v) + boxes.length;
    if (boxes.length === 1 && prepend(v, boxes[0] as number)) return NONE;
    return rebuilt(c, v, 0, 0, boxes);
  });
  return length;
}

/** Takes the last element, or the first; NOTHING: there is none. */
export function take(c: Addr, last: boolean): unknown {
  const plain = self.key === 0 ? NOTHING : takePlain(c, last);
  if (plain !== NOTHING) return plain;
  reserveSlots(1);
  return change(0, () => {
    let box: number;
    let taken: unknown;
    lock(c);
    try {
      const v = storageOf(c);
      if (lengthOf(v) === 0) return NOTHING;
      box = readReal(last ? placeAt(v, endOf(v) - 1) : elementAt(v, 0));
      taken = readLocked(box);
      if (last) cutEnd(v, 1);
      else cutStart(v, 1);
      if (owns(box)) changeFreed(c);
      shrink(c, v);
    } finally {
      unlock(c);
    }
    dispose(box);
    return taken === NOTHING ? undefined : settled(taken); // a hole
  });
}

/** Takes an element that owns nothing. NOTHING: there is none, it is something else, or memory is to be given back. */
function takePlain(c: Addr, last: boolean): unknown {
  lock(c);
  const v = storageOf(c);
  let result: unknown = NOTHING;
  if (lengthOf(v) > 0 && !isSparse(v)) {
    const box = readReal(last ? placeAt(v, endOf(v) - 1) : elementAt(v, 0));
    if (isPlain(box)) {
      if (last) cutEnd(v, 1);
      else cutStart(v, 1);
      result = readLocked(box);
    }
  }
  unlock(c);
  return result;
}

/** Where and how much `splice` and the like change, from the length at that moment. */
export type Range = (length: number) => readonly [start: number, removed: number];

/** Replaces a range by other elements; returns what stood there, NOTHING for holes, if `wanted`. */
export function splice(c: Addr, range: Range, plans: readonly Plan[], wanted: boolean): unknown[] {
  let taken: unknown[] = [];
  const after = (): void => void (taken = taken.map(settled));
  withBoxes(
    c,
    plans,
    (v, boxes) => {
      const [start, removed] = range(lengthOf(v));
      taken = [];
      if (wanted) reserveSlots(removed);
      if (wanted) for (let i = 0; i < removed; i++) taken.push(readLocked(readReal(elementAt(v, start + i))));
      return rebuilt(c, v, start, removed, boxes);
    },
    after,
  );
  return taken;
}

/** Makes the array as long as that: with holes, or by letting go of the last elements. */
export function setLength(c: Addr, length: number): void {
  withBoxes(c, [], (v) => {
    const now = lengthOf(v);
    if (length > now) return rebuilt(c, v, now, 0, NONE, length - now);
    const gone = new Float64Array(now - length);
    for (let i = length; i < now; i++) gone[i - length] = readReal(elementAt(v, i));
    cutEnd(v, now - length);
    shrink(c, v);
    return gone;
  });
}

/** Gives back memory, where most of it stands empty. The caller has the LOCK. */
function shrink(c: Addr, v: Addr): void {
  if (!isSparse(v)) return;
  try {
    rebuilt(c, v, lengthOf(v), 0, NONE);
  } catch {
    // Neither memory nor stack for it: what was to be done is done, and the rest stays as it is.
  }
}

/** Puts the elements into another order, element `order[i]` of the snapshot first. False: they have changed since. */
export function reorder(c: Addr, seen: Snapshot, order: readonly number[]): boolean {
  return withBoxes(c, [], (v) => {
    if (load(field(c, CONTAINER.FREED)) !== seen.freed || lengthOf(v) * 2 !== seen.bits.length)
      return undefined;
    if (!areWords(elementAt(v, 0), seen.bits)) return undefined;
    const fresh = newVector(Math.max(4, order.length));
    for (const from of order) append(fresh, readReal(elementAt(v, from)));
    replaceVector(c, fresh);
    return NONE;
  });
}

/**
 * Runs `steps` under LOCK with the bits of the plans, whose owner the array becomes. It returns what the array
 * owns no more; undefined: nothing was changed. `after` is run inside the gate, when the LOCK is free.
 */
function withBoxes(
  c: Addr,
  plans: readonly Plan[],
  steps: (v: Addr, boxes: Float64Array) => Float64Array | undefined,
  after: () => void = () => {},
): boolean {
  let drafts = 0;
  for (const plan of plans) drafts += plan.drafts.length;
  return change(drafts, () => {
    const boxes = new Float64Array(plans.length);
    let spare: Float64Array | undefined;
    try {
      for (let i = 0; i < plans.length; i++) boxes[i] = boxOfPlan(plans[i] as Plan);
      lock(c);
      try {
        spare = steps(storageOf(c), boxes);
        if (spare !== undefined && spare.length > 0) changeFreed(c);
      } finally {
        unlock(c);
      }
    } finally {
      const unused = spare ?? boxes;
      for (let i = 0; i < unused.length; i++) dispose(unused[i] as number);
    }
    after();
    return spare !== undefined;
  });
}

/**
 * A new vector, in which `boxes` stand in place of a range, with `holes` before them, takes the old one's place.
 * Returns what stood there.
 */
function rebuilt(
  c: Addr,
  v: Addr,
  start: number,
  removed: number,
  boxes: Float64Array,
  holes = 0,
): Float64Array {
  const length = lengthOf(v);
  const rest = length - start - removed;
  const grown = length - removed + holes + boxes.length;
  const front = start === 0 && boxes.length > 0 && length > 0;
  const spare = boxes.length > removed && holes === 0 ? Math.ceil(grown / 2) : 0;
  const fresh = newVector(Math.max(4, grown + spare), front ? spare : 0); // before anything as large is done
  const gone = new Float64Array(removed);
  for (let i = 0; i < removed; i++) gone[i] = readReal(elementAt(v, start + i));
  copyElements(v, 0, start, fresh);
  for (let i = 0; i < holes; i++) append(fresh, HOLE_BOX());
  for (let i = 0; i < boxes.length; i++) append(fresh, boxes[i] as number);
  copyElements(v, start + removed, rest, fresh);
  replaceVector(c, fresh);
  return gone;
}
