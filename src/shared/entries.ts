/** What shared objects, Maps and Sets do to their tables, each in one step for other threads. */
import { changeFreed, lock, storageOf, tryLock, unlock } from "../core/container.ts";
import { free } from "../core/heap.ts";
import { CONTAINER, TABLE } from "../core/container-layout.ts";
import { field } from "../core/layout.ts";
import { self } from "../core/self.ts";
import { bareBox, high, isAbsent, low, open, owns, TAG } from "../core/box.ts";
import {
  entryFrom,
  exchangeTable,
  find,
  insert,
  type Key,
  keyAt,
  numberAt,
  rebuild,
  remove,
  usedOf,
  valueAt,
} from "../core/dict.ts";
import { type Addr, load, read, readReal, unchanged, writeReal } from "../core/word.ts";
import { change } from "./change.ts";
import type { Plan } from "./draft.ts";
import { ownKey } from "./key.ts";
import { dispose, replace } from "./owned.ts";
import { AGAIN, locked, NOTHING, readLocked, settled, taking, tryRead } from "./read.ts";
import { boxOfPlan } from "./write.ts";

/**
 * What a key is. There is only one {@link Key} at a time, so whoever does something else in between, such as
 * waiting for LOCK, keeps a copy of it.
 */
export type Lookup = (adding: boolean) => Key | undefined;

function keptKey(lookup: Lookup, adding: boolean): Key | undefined {
  const key = lookup(adding);
  return key && { ...key };
}

/** Takes the LOCK, and returns the key, which is to be added: a copy where it had to wait. */
function lockFor(c: Addr, lookup: Lookup): Key {
  const key = lookup(true) as Key;
  if (tryLock(c)) return key;
  const kept = { ...key };
  lock(c);
  return kept;
}

/** Attempts without LOCK. */
const TRIES = 3;

/** The value of a key, or NOTHING. */
export function getEntry(c: Addr, key: Key | undefined): unknown {
  if (key === undefined) return NOTHING;
  for (let tries = 0; tries < TRIES; tries++) {
    const version = load(field(c, CONTAINER.VERSION));
    const t = storageOf(c);
    const entry = find(t, key);
    if (entry < 0) {
      if (unchanged(field(c, CONTAINER.VERSION), version)) return NOTHING;
      continue;
    }
    const value = tryRead(c, valueAt(t, entry), version);
    if (value !== AGAIN) return value;
  }
  const kept = { ...key };
  const steps = (t: Addr): unknown => {
    const entry = find(t, kept);
    return entry < 0 ? NOTHING : readLocked(readReal(valueAt(t, entry)));
  };
  return taking(c, steps, settled);
}

/** Is there such a key? */
export function hasEntry(c: Addr, key: Key | undefined): boolean {
  if (key === undefined) return false;
  const version = load(field(c, CONTAINER.VERSION));
  const entry = find(storageOf(c), key);
  if (unchanged(field(c, CONTAINER.VERSION), version)) return entry >= 0;
  const kept = { ...key };
  return locked(c, (t) => find(t, kept) >= 0);
}

/** Sets the value of a key, which enters the table if it is not there. */
export function setEntry(c: Addr, lookup: Lookup, plan: Plan): void {
  putEntry(c, lookup, plan, undefined);
}

/** Writes a number over the number of a key. False: somebody has the LOCK, or it has none. */
export function putNumber(c: Addr, key: Key, value: number): boolean {
  if (value !== value || self.key === 0) return false;
  if (!tryLock(c)) return false;
  const t = storageOf(c);
  const entry = find(t, key);
  let done = false;
  if (entry >= 0) {
    const place = valueAt(t, entry);
    const old = readReal(place);
    if (old === old) {
      writeReal(place, value);
      done = true;
    }
  }
  unlock(c);
  return done;
}

/** What a key had at a moment: the bits of its value, and FREED. */
export interface Seen {
  readonly low: number;
  readonly high: number;
  readonly freed: number;
  readonly value: unknown;
}

/** What a key has now; its value is NOTHING if it is not there. */
export function seeEntry(c: Addr, lookup: Lookup): Seen {
  const key = keptKey(lookup, false);
  const steps = (t: Addr): Seen => {
    const entry = key === undefined ? -1 : find(t, key);
    return seenNow(c, entry < 0 ? bareBox(TAG.ABSENT) : readReal(valueAt(t, entry)));
  };
  return taking(c, steps, (seen) => ({ ...seen, value: settled(seen.value) }));
}

/** What the bits of a place are to be compared with later. The caller has the LOCK, and settles the value. */
export function seenNow(c: Addr, box: number): Seen {
  const value = readLocked(box);
  open(box);
  return { low: low(), high: high(), freed: load(field(c, CONTAINER.FREED)), value };
}

/** Are these bits still what was seen? Equal addresses mean equal things only while nothing was freed. */
export function stillSeen(c: Addr, box: number, seen: Seen): boolean {
  if (owns(box) && load(field(c, CONTAINER.FREED)) !== seen.freed) return false;
  open(box);
  return low() === seen.low && high() === seen.high;
}

/** Sets the value of a key, or, with `seen`, only if it has that still. False: it has not. */
export function putEntry(c: Addr, lookup: Lookup, plan: Plan, seen: Seen | undefined): boolean {
  return change(plan.drafts.length, () => {
    const box = boxOfPlan(plan);
    let spare = box;
    let done = false;
    try {
      const key = lockFor(c, lookup);
      try {
        const entry = find(storageOf(c), key);
        const place = entry < 0 ? undefined : valueAt(storageOf(c), entry);
        const now = place === undefined ? bareBox(TAG.ABSENT) : readReal(place);
        if (seen === undefined || stillSeen(c, now, seen)) {
          if (place === undefined) addEntry(c, key, box);
          else replace(c, place, box);
          spare = now;
          done = true;
        }
      } finally {
        unlock(c);
      }
    } finally {
      dispose(spare);
    }
    return done;
  });
}

/** Adds a key that is not there. The caller has the LOCK. */
function addEntry(c: Addr, key: Key, box: number): void {
  let t = storageOf(c);
  const { hash, text } = key;
  if (usedOf(t) >= read(field(t, TABLE.CAPACITY))) t = rebuild(c, t);
  const own = ownKey(key);
  if (!insert(c, t, own, hash, box) && text !== undefined) dispose(own); // there is room: it was made
}

/** Deletes a key; false: it was not there. */
export function deleteEntry(c: Addr, lookup: Lookup): boolean {
  return change(0, () => {
    const key = keptKey(lookup, false);
    if (key === undefined) return false;
    let found = false;
    let oldKey = 0;
    let oldValue = 0;
    lock(c);
    try {
      const t = storageOf(c);
      const entry = find(t, key);
      if (entry >= 0) {
        found = true;
        oldKey = readReal(keyAt(t, entry));
        oldValue = readReal(valueAt(t, entry));
        remove(c, t, entry);
        if (owns(oldKey) || owns(oldValue)) changeFreed(c);
      }
    } finally {
      unlock(c);
    }
    dispose(oldKey);
    dispose(oldValue);
    return found;
  });
}

/** Deletes every key. */
export function clearEntries(c: Addr): void {
  change(0, () => {
    let old: Addr;
    lock(c);
    try {
      old = exchangeTable(c);
      changeFreed(c);
    } finally {
      unlock(c);
    }
    for (let entry = 0, used = usedOf(old); entry < used; entry++) {
      dispose(readReal(keyAt(old, entry)));
      dispose(readReal(valueAt(old, entry)));
    }
    free(old);
  });
}

/** One entry of an iteration. */
export interface Entry {
  readonly key: unknown;
  readonly value: unknown;
  /** Where the iteration goes on. */
  readonly next: number;
}

/** The first entry whose number is `from` or more; undefined: there is none. `keyOf` reads a key under the LOCK. */
export function entryAfter(c: Addr, from: number, keyOf: (box: number) => unknown): Entry | undefined {
  const steps = (t: Addr): Entry | undefined => {
    for (let entry = entryFrom(t, from), used = usedOf(t); entry < used; entry++) {
      const box = readReal(keyAt(t, entry));
      if (isAbsent(box)) continue;
      const value = readLocked(readReal(valueAt(t, entry)));
      return { key: keyOf(box), value, next: read(numberAt(t, entry)) + 1 };
    }
    return undefined;
  };
  return taking(
    c,
    steps,
    (found) => found && { key: settled(found.key), value: settled(found.value), next: found.next },
  );
}

/** How many entries there are. */
export function entryCount(c: Addr): number {
  return load(field(c, CONTAINER.LIVE));
}
