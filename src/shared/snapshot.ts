/**
 * Ordinary copies of shared things, read from their tables: no object is made but the copies.
 *
 * One container after the other, each under its LOCK, all of them inside the gate: what was seen in one is linked, and
 * so there, until it has been read itself. A death leaves LINKS too high, as in any change (core/container.ts, N3).
 */
import { link, unlink } from "../core/container.ts";
import { KIND } from "../core/kind.ts";
import { isAbsent, low, open, TAG, tag } from "../core/box.ts";
import { keyAt, usedOf, valueAt } from "../core/dict.ts";
import { elementAt, lengthOf } from "../core/vector.ts";
import { type Addr, load, readReal } from "../core/word.ts";
import { change } from "./change.ts";
import { propertyName } from "./key.ts";
import { reclaim } from "./owned.ts";
import { locked, NOTHING, readLocked, settled } from "./read.ts";

/** The copy of a container, still empty. */
export function emptyCopy(c: Addr): object {
  switch (load(c)) {
    case KIND.SHARED_ARRAY:
      return [];
    case KIND.SHARED_MAP:
      return new Map();
    case KIND.SHARED_SET:
      return new Set();
    default:
      return {};
  }
}

/** Fills the copies of containers, of which the caller has references, with copies of what is in them. */
export function fillCopies(roots: ReadonlyMap<Addr, object>): void {
  change(0, () => {
    for (const copy of roots.values()) clear(copy); // a first run may have come to an end
    const copies = new Map(roots);
    const linked: Addr[] = [];
    const todo = [...copies.keys()];
    const copyOf = (c: Addr): object => {
      const known = copies.get(c);
      if (known !== undefined) return known;
      link(c);
      linked.push(c);
      todo.push(c);
      const copy = emptyCopy(c);
      copies.set(c, copy);
      return copy;
    };
    try {
      for (let c = todo.pop(); c !== undefined; c = todo.pop()) fill(c, copies.get(c) as object, copyOf);
    } finally {
      for (const c of linked) if (unlink(c)) reclaim(c);
    }
  });
}

function clear(copy: object): void {
  if (copy instanceof Map || copy instanceof Set) copy.clear();
  else for (const name of Object.keys(copy)) delete (copy as Record<string, unknown>)[name];
}

type CopyOf = (c: Addr) => object;

function fill(c: Addr, copy: object, copyOf: CopyOf): void {
  const read = (place: Addr): unknown => {
    const box = readReal(place);
    if (box === box) return box;
    open(box);
    return tag() === TAG.LINK ? copyOf(low() as Addr) : readLocked(box);
  };
  if (Array.isArray(copy)) fillArray(c, copy, read);
  else if (copy instanceof Map) fillMap(c, copy, read);
  else if (copy instanceof Set) for (const member of keysOf(c, read)) copy.add(settled(member));
  else fillObject(c, copy as Record<string, unknown>, read);
}

type Read = (place: Addr) => unknown;

function fillArray(c: Addr, copy: unknown[], read: Read): void {
  const elements = locked(c, (v) => Array.from({ length: lengthOf(v) }, (_, i) => read(elementAt(v, i))));
  copy.length = elements.length;
  for (let i = 0; i < elements.length; i++) if (elements[i] !== NOTHING) copy[i] = settled(elements[i]);
}

/** Visits the entries of a table under its LOCK. */
function eachEntry(t: Addr, visit: (entry: number) => void): void {
  for (let entry = 0, used = usedOf(t); entry < used; entry++) {
    if (!isAbsent(readReal(keyAt(t, entry)))) visit(entry);
  }
}

function keysOf(c: Addr, read: Read): unknown[] {
  const keys: unknown[] = [];
  locked(c, (t) => eachEntry(t, (entry) => keys.push(read(keyAt(t, entry)))));
  return keys;
}

function fillMap(c: Addr, copy: Map<unknown, unknown>, read: Read): void {
  const pairs: unknown[] = [];
  locked(c, (t) => eachEntry(t, (entry) => pairs.push(read(keyAt(t, entry)), read(valueAt(t, entry)))));
  for (let i = 0; i < pairs.length; i += 2) copy.set(settled(pairs[i]), settled(pairs[i + 1]));
}

function fillObject(c: Addr, copy: Record<string, unknown>, read: Read): void {
  const names: string[] = [];
  const values: unknown[] = [];
  locked(c, (t) =>
    eachEntry(t, (entry) => {
      names.push(propertyName(readReal(keyAt(t, entry))));
      values.push(read(valueAt(t, entry)));
    }),
  );
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const value = settled(values[i]);
    // An inherited setter, such as that of __proto__, is not called.
    if (!(name in copy)) copy[name] = value;
    else Object.defineProperty(copy, name, { value, writable: true, enumerable: true, configurable: true });
  }
}
