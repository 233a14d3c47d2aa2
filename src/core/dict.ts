/**
 * Tables: the storage of shared objects, Maps and Sets: entries in the order of insertion.
 *
 * A head (layout.ts), then for each entry key and value, 8 bytes each; then for each
 * its number (its place in the order of all insertions ever). A table of more than
 * {@link SMALL} entries has an index: a hash and the next of its chain for each entry,
 * and the chains' beginnings. Links of chains are entry + 1; 0 ends a chain.
 *
 * Called under the container's LOCK, but for {@link find}, which readers call and
 * check afterwards (N5).
 *
 *   | key     | meaning                                          |
 *   | ------- | ------------------------------------------------ |
 *   | ABSENT  | deleted; the entry is used again after a rebuild  |
 *   | other   | an entry, if its number is below USED             |
 *
 * Invariants
 *   T1  The truth is entries 0 to USED: an entry becomes one by the store of USED, and
 *       stops being one when its key becomes ABSENT. LIVE and the index follow from
 *       that, and {@link repairTable} makes them anew after a death.
 *   T2  An entry's key is never changed but to ABSENT; only its value is.
 *   T3  Whatever moves entries builds a new table, published by one store of STORAGE.
 *   T4  Numbers of entries rise with their places, and a number is never given twice:
 *       so whoever iterates goes on behind the last number seen, also in a new table.
 *
 * Lineage: the ordered tables of CPython's dict and V8's OrderedHashTable.
 */
import { changeVersion } from "./container.ts";
import { allocate, capacityOf, free } from "./heap.ts";
import { CONTAINER, TABLE, TABLE_SIZE } from "./container-layout.ts";
import { field } from "./layout.ts";
import { areUnits, clearWords } from "./span.ts";
import { bareBox, high, isAbsent, low, open, TAG } from "./box.ts";
import { type Addr, read, readReal, store, write, writeReal } from "./word.ts";

/** Entries of the largest table without an index. */
export const SMALL = 8;

const ABSENT = (): number => bareBox(TAG.ABSENT);

/** Bytes of a table of so many entries. */
function bytesFor(entries: number): number {
  if (entries <= SMALL) return TABLE_SIZE + entries * 20;
  return TABLE_SIZE + entries * 28 + bucketsFor(entries) * 4;
}
function bucketsFor(entries: number): number {
  return entries <= SMALL ? 0 : 2 ** Math.ceil(Math.log2(entries));
}

/** Makes an empty table for at least `entries`, whose first one will have the number `order`. */
export function newTable(entries: number, order: number): Addr {
  const wanted = Math.max(2, entries);
  const t = allocate(bytesFor(wanted));
  const room = wanted <= SMALL ? Math.min(SMALL, Math.floor((capacityOf(t) - TABLE_SIZE) / 20)) : wanted;
  write(field(t, TABLE.CAPACITY), room);
  write(field(t, TABLE.USED), 0);
  write(field(t, TABLE.BUCKETS), bucketsFor(room));
  write(field(t, TABLE.ORDER), order);
  if (room > SMALL) clearChains(t);
  return t;
}

function clearChains(t: Addr): void {
  clearWords(chainAt(t, 0), read(field(t, TABLE.BUCKETS)));
}

export function usedOf(t: Addr): number {
  return read(field(t, TABLE.USED));
}
export function keyAt(t: Addr, entry: number): Addr {
  return (t + TABLE_SIZE + entry * 16) as Addr;
}
export function valueAt(t: Addr, entry: number): Addr {
  return (t + TABLE_SIZE + entry * 16 + 8) as Addr;
}
/** The number of an entry. T4 */
export function numberAt(t: Addr, entry: number): Addr {
  return (t + TABLE_SIZE + read(field(t, TABLE.CAPACITY)) * 16 + entry * 4) as Addr;
}
function hashAt(t: Addr, entry: number): Addr {
  return (t + TABLE_SIZE + read(field(t, TABLE.CAPACITY)) * 20 + entry * 8) as Addr;
}
function nextAt(t: Addr, entry: number): Addr {
  return (hashAt(t, entry) + 4) as Addr;
}
function chainAt(t: Addr, bucket: number): Addr {
  return (t + TABLE_SIZE + read(field(t, TABLE.CAPACITY)) * 28 + bucket * 4) as Addr;
}

/** The hash of a key that is known by its bits. */
export function hashBits(box: number): number {
  open(box);
  let h = Math.imul(low(), 0x9e3779b1) ^ Math.imul(high(), 0x85ebca6b);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return h ^ (h >>> 13);
}

/** A block that holds a string: units and width, hash, then the units. */
export const TEXT = { UNITS: 0, HASH: 4, DATA: 8 } as const;
/** UNITS of a string whose units take two bytes each. */
export const WIDE = 1;

/** The hash of a string key. */
export function hashText(text: string): number {
  let h = text.length;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return h ^ (h >>> 13);
}

/** Is this the block of that string? */
export function isText(block: Addr, text: string): boolean {
  const units = read(field(block, TEXT.UNITS));
  if (units >>> 1 !== text.length) return false;
  return areUnits(field(block, TEXT.DATA), text, (units & WIDE) !== 0);
}

/** A key to look for: its bits, or, if it is held in a block, the text of the block and its tag. */
export interface Key {
  low: number;
  high: number;
  hash: number;
  text: string | undefined;
  tag: number;
}

/** Chains longer than this are damaged: a reader follows one in freed memory. */
const LONGEST_CHAIN = 2 ** 22;

/** The entry of a key; -1: there is none. */
export function find(t: Addr, key: Key): number {
  const used = usedOf(t);
  if (read(field(t, TABLE.BUCKETS)) === 0) {
    const most = used < SMALL ? used : SMALL;
    for (let entry = 0; entry < most; entry++) if (matches(t, entry, key)) return entry;
    return -1;
  }
  const { hash } = key;
  let next = read(chainAt(t, hash & (read(field(t, TABLE.BUCKETS)) - 1)));
  for (let steps = 0; next > 0 && steps < LONGEST_CHAIN; steps++) {
    const entry = next - 1;
    if (entry < used && read(hashAt(t, entry)) === hash && matches(t, entry, key)) return entry;
    next = read(nextAt(t, entry));
  }
  return -1;
}

function matches(t: Addr, entry: number, key: Key): boolean {
  const at = keyAt(t, entry);
  if (key.text !== undefined) {
    open(readReal(at));
    return high() === (0x7ff80000 | key.tag) && isText(low() as Addr, key.text);
  }
  // Deleting changes both halves at once: twice the same high half, and the low one in between is its own.
  const upper = (at + 4) as Addr;
  return read(at) === key.low && read(upper) === key.high && read(at) === key.low;
}

/** Adds an entry that is not there; false: there is no room. T1 */
export function insert(c: Addr, t: Addr, key: number, hash: number, value: number): boolean {
  const entry = usedOf(t);
  if (entry >= read(field(t, TABLE.CAPACITY))) return false;
  place(t, entry, key, hash, value);
  store(field(t, TABLE.USED), entry + 1);
  write(field(c, CONTAINER.LIVE), read(field(c, CONTAINER.LIVE)) + 1);
  return true;
}

/** Writes an entry and puts it into its chain. */
function place(t: Addr, entry: number, key: number, hash: number, value: number): void {
  writeReal(keyAt(t, entry), key);
  writeReal(valueAt(t, entry), value);
  const order = read(field(t, TABLE.ORDER));
  write(numberAt(t, entry), order);
  write(field(t, TABLE.ORDER), order + 1);
  if (read(field(t, TABLE.BUCKETS)) === 0) return;
  write(hashAt(t, entry), hash);
  chain(t, entry, hash);
}

function chain(t: Addr, entry: number, hash: number): void {
  const at = chainAt(t, hash & (read(field(t, TABLE.BUCKETS)) - 1));
  write(nextAt(t, entry), read(at));
  store(at, entry + 1);
}

/** Adds an entry to a table that nobody else sees yet and that has room. */
export function fill(t: Addr, key: number, hash: number, value: number): void {
  const entry = usedOf(t);
  place(t, entry, key, hash, value);
  write(field(t, TABLE.USED), entry + 1);
}

/** Deletes an entry. What its key and value own, read before, is the caller's. */
export function remove(c: Addr, t: Addr, entry: number): void {
  writeReal(keyAt(t, entry), ABSENT()); // T1
  writeReal(valueAt(t, entry), ABSENT());
  write(field(c, CONTAINER.LIVE), read(field(c, CONTAINER.LIVE)) - 1);
  if (read(field(t, TABLE.BUCKETS)) !== 0) unchain(t, entry);
  if (entry === usedOf(t) - 1) store(field(t, TABLE.USED), entry);
  changeVersion(c);
}

/** Takes an entry out of its chain. A reader that stands on it goes on from there. */
function unchain(t: Addr, entry: number): void {
  let at = chainAt(t, read(hashAt(t, entry)) & (read(field(t, TABLE.BUCKETS)) - 1));
  for (let next = read(at); next > 0; next = read(at)) {
    if (next - 1 === entry) return write(at, read(nextAt(t, entry)));
    at = nextAt(t, next - 1);
  }
}

/** Hash of a key that a table holds: small tables keep none. */
function hashOfEntry(t: Addr, entry: number, box: number): number {
  if (read(field(t, TABLE.BUCKETS)) !== 0) return read(hashAt(t, entry));
  return hashOfBox(box);
}

/** The hash of a key that stands in a place. */
export function hashOfBox(box: number): number {
  if (box === box) return hashBits(box);
  open(box);
  const owned = high() === (0x7ff80000 | TAG.TEXT) || high() === (0x7ff80000 | TAG.BIGINT);
  return owned ? read(field(low() as Addr, TEXT.HASH)) : hashBits(box);
}

/** A table with the same entries and room for more, in place of the present one. T3 */
export function rebuild(c: Addr, t: Addr): Addr {
  const live = read(field(c, CONTAINER.LIVE));
  const fresh = newTable(Math.max(4, live + 1 + live), read(field(t, TABLE.ORDER)));
  const used = usedOf(t);
  for (let entry = 0; entry < used; entry++) {
    const key = readReal(keyAt(t, entry));
    if (isAbsent(key)) continue;
    const to = usedOf(fresh);
    const number = read(numberAt(t, entry));
    place(fresh, to, key, hashOfEntry(t, entry, key), readReal(valueAt(t, entry)));
    write(numberAt(fresh, to), number); // T4
    write(field(fresh, TABLE.USED), to + 1);
  }
  write(field(fresh, TABLE.ORDER), read(field(t, TABLE.ORDER)));
  store(field(c, CONTAINER.STORAGE), fresh);
  changeVersion(c);
  free(t);
  return fresh;
}

/** An empty table takes the place of the present one, which is returned: what it holds is the caller's. */
export function exchangeTable(c: Addr): Addr {
  const old = read(field(c, CONTAINER.STORAGE)) as Addr;
  const fresh = newTable(2, read(field(old, TABLE.ORDER)));
  store(field(c, CONTAINER.STORAGE), fresh);
  write(field(c, CONTAINER.LIVE), 0);
  changeVersion(c);
  return old;
}

/** The first entry from a number on; USED: there is none. T4 */
export function entryFrom(t: Addr, number: number): number {
  let from = 0;
  let to = usedOf(t);
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (read(numberAt(t, middle)) < number) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Makes what follows from the entries anew: the holder of LOCK has died in the middle of a change. T1 */
export function repairTable(c: Addr): void {
  const t = read(field(c, CONTAINER.STORAGE)) as Addr;
  const used = usedOf(t);
  const indexed = read(field(t, TABLE.BUCKETS)) !== 0;
  if (indexed) clearChains(t);
  let live = 0;
  let order = read(field(t, TABLE.ORDER));
  for (let entry = 0; entry < used; entry++) {
    order = Math.max(order, read(numberAt(t, entry)) + 1);
    const key = readReal(keyAt(t, entry));
    if (isAbsent(key)) {
      writeReal(valueAt(t, entry), ABSENT());
      continue;
    }
    live++;
    if (indexed) chain(t, entry, read(hashAt(t, entry)));
  }
  write(field(t, TABLE.ORDER), order);
  write(field(c, CONTAINER.LIVE), live);
  changeVersion(c);
}
