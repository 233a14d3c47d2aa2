/** What places own: values become bits, and what is taken out of a place is given back. */
import {
  changeFreed,
  dropRef,
  freeContainer,
  isContainer,
  link,
  linkNew,
  unlink,
} from "../core/container.ts";
import { allocate, free } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { CONTAINER } from "../core/container-layout.ts";
import { field, HEADER } from "../core/layout.ts";
import { enter, leave, named } from "../core/gate.ts";
import { self } from "../core/self.ts";
import { bareBox, boxOf, low, numberBox, open, owns, shortBox, swap, TAG, tag } from "../core/box.ts";
import { keyAt, usedOf, valueAt } from "../core/dict.ts";
import { endOf, placeAt, startOf } from "../core/vector.ts";
import { type Addr, add, load, read, readReal, store, write, writeReal } from "../core/word.ts";
import { addressOf, release, retain } from "../value/handle.ts";
import { Draft } from "./draft.ts";
import { writeText } from "./text.ts";

/** The bits of a value; they own what the place that they are for will own. The caller is inside the gate. */
export function boxOfValue(value: unknown): number {
  switch (typeof value) {
    case "number":
      return numberBox(value);
    case "string":
      return shortBox(value) ?? boxOf(TAG.TEXT, writeText(value, 0));
    case "boolean":
      return bareBox(value ? TAG.TRUE : TAG.FALSE);
    case "undefined":
      return bareBox(TAG.UNDEFINED);
    case "bigint":
      return boxOf(TAG.BIGINT, writeText(value.toString(), 0));
    case "symbol":
      return bareBox(TAG.ABSENT); // HOLE: no other symbol gets into a plan
    default:
      return value === null ? bareBox(TAG.NULL) : boxOfObject(value as object);
  }
}

function boxOfObject(value: object): number {
  if (value instanceof Draft) {
    linkNew(value.record);
    return boxOf(TAG.LINK, value.record);
  }
  const record = addressOf(value);
  if (record === undefined) return boxOfDate(value as Date);
  if (isContainer(record)) {
    link(record);
    return boxOf(TAG.LINK, record);
  }
  retain(record);
  return boxOf(TAG.HANDLE, record);
}

function boxOfDate(date: Date): number {
  const block = allocate(8);
  writeReal(block, numberBox(date.getTime()));
  return boxOf(TAG.DATE, block);
}

/** Gives back what a value owns that was taken out of its place. The caller is inside the gate and has no LOCK. */
export function dispose(box: number): void {
  const child = give(box);
  if (child !== 0) reclaim(child);
}

/** Like {@link dispose}, but returns a container that had its last reference there, still to be reclaimed; 0: none. */
function give(box: number): Addr {
  if (box === box || !owns(box)) return 0 as Addr;
  open(box);
  const t = tag();
  const address = low() as Addr;
  if (t === TAG.LINK) return unlink(address) ? address : (0 as Addr);
  if (t === TAG.HANDLE) release(address);
  else free(address);
  return 0 as Addr;
}

/** Reclaims a container without references, whose LOCK the caller has or nobody can have, and what only it referred to. */
export function reclaim(c: Addr): void {
  waiting.push(c);
  if (reclaiming) return;
  reclaiming = true;
  try {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      eachPlace(next, empty);
      freeStorage(next);
      freeContainer(next);
    }
  } finally {
    reclaiming = false;
    if (waiting.length > 0) waiting.length = 0; // an error came between
  }
}
function empty(place: Addr): void {
  const child = give(swap(place, bareBox(TAG.ABSENT)));
  if (child !== 0) waiting.push(child);
}
/** No recursion, also where structs are between them: lists may be long. */
const waiting: Addr[] = [];
let reclaiming = false;

/** Frees the block of a container's elements, which own nothing any more. */
export function freeStorage(c: Addr): void {
  const storage = read(field(c, CONTAINER.STORAGE)) as Addr;
  if (storage === 0) return;
  write(field(c, CONTAINER.STORAGE), 0); // nobody else has it any more
  free(storage);
}

/**
 * Visits the places of a container that may own something. Numbers may be pushed and taken meanwhile (a collection does
 * not stop that), so the ends are looked at once: what is between them then owns what it holds, or nothing.
 */
export function eachPlace(c: Addr, visit: (place: Addr) => void): void {
  const storage = read(field(c, CONTAINER.STORAGE)) as Addr;
  if (storage === 0) return;
  if (load(c) === KIND.SHARED_ARRAY) {
    const first = startOf(storage);
    for (let i = first, end = endOf(storage); i < end; i++) {
      const place = placeAt(storage, i);
      if (owns(readReal(place))) visit(place);
    }
    return;
  }
  for (let i = 0, n = usedOf(storage); i < n; i++) {
    if (owns(readReal(keyAt(storage, i)))) visit(keyAt(storage, i));
    if (owns(readReal(valueAt(storage, i)))) visit(valueAt(storage, i));
  }
}

/** Puts a value in the place of another, whose owner the caller becomes. The caller has the LOCK of `c`. */
export function replace(c: Addr, place: Addr, box: number): number {
  const old = swap(place, box);
  if (owns(old)) changeFreed(c);
  return old;
}

/** A handle is no more: empties its slot and gives its link back. */
export function dropHandle(c: Addr, slot: Addr): void {
  named(() => {
    enter();
    try {
      store(slot, 0);
      if (unlink(c)) reclaim(c);
    } finally {
      leave();
    }
  });
}

/** Gives back the reference of a message, or of a record that is no container. */
export function releaseContainer(c: Addr): void {
  if (load(HEADER.SUPERVISOR as Addr) === self.isolate) {
    // The supervisor must not wait for anybody: a collection finds what this reference held.
    add(field(c, CONTAINER.REFS), -1);
    store(HEADER.COLLECT_DUE as Addr, 1);
    return;
  }
  named(() => {
    enter();
    try {
      if (dropRef(c)) reclaim(c);
    } finally {
      leave();
    }
  });
}
