/** Keys of tables: of what bits and hash a value is as a key of a Map or Set, or a name as a property. */
import { CONTAINER } from "../core/container-layout.ts";
import { field, HEADER } from "../core/layout.ts";
import { KIND } from "../core/kind.ts";
import { isContainer, link, lock, newContainer, storageOf, unlock } from "../core/container.ts";
import {
  bareBox,
  boxOf,
  fromWords,
  high,
  low,
  numberBox,
  open,
  shortBox,
  shortText,
  TAG,
  tag,
} from "../core/box.ts";
import {
  find,
  hashBits,
  hashText,
  insert,
  type Key,
  keyAt,
  newTable,
  rebuild,
  usedOf,
} from "../core/dict.ts";
import { type Addr, compareExchange, load, readReal, unchanged } from "../core/word.ts";
import { addressOf, retain } from "../value/handle.ts";
import { readText, writeText } from "./text.ts";

/** The one key that is being looked for: tables are asked at once. */
const probe: Key = { low: 0, high: 0, hash: 0, text: undefined, tag: 0 };

function byBits(box: number): Key {
  probe.hash = hashBits(box); // opens it
  probe.low = low();
  probe.high = high();
  probe.text = undefined;
  return probe;
}

function byText(text: string, tagOfIt: number): Key {
  probe.hash = hashText(text);
  probe.text = text;
  probe.tag = tagOfIt;
  return probe;
}

/** What a value is as a key of a Map or Set; undefined: no table can have it. */
export function keyOf(value: unknown): Key | undefined {
  switch (typeof value) {
    case "number":
      return byBits(numberBox(value === 0 ? 0 : value));
    case "string": {
      const short = shortBox(value);
      return short === undefined ? byText(value, TAG.TEXT) : byBits(short);
    }
    case "bigint":
      return byText(value.toString(), TAG.BIGINT);
    case "boolean":
      return byBits(bareBox(value ? TAG.TRUE : TAG.FALSE));
    case "undefined":
      return byBits(bareBox(TAG.UNDEFINED));
    case "object": {
      if (value === null) return byBits(bareBox(TAG.NULL));
      const record = addressOf(value);
      if (record === undefined) return undefined;
      return byBits(boxOf(isContainer(record) ? TAG.LINK : TAG.HANDLE, record));
    }
    default:
      return undefined;
  }
}

/** The bits of a key that is about to enter a table, which from then on owns what they own. */
export function ownKey(key: Key): number {
  if (key.text !== undefined) return boxOf(key.tag, writeText(key.text, key.hash));
  const box = fromWords(key.low, key.high);
  const t = box === box ? TAG.NAN : tag();
  if (t === TAG.LINK) link(key.low as Addr);
  if (t === TAG.HANDLE) retain(key.low as Addr);
  return box;
}

/** Names that are kept for ever, so that objects need not keep them: at most so many. */
const MOST_ATOMS = 65536;
const atomOf = new Map<string, number>();
const nameOf: string[] = [];

/** The container with the names; made by whoever needs it first. */
function atoms(): Addr {
  const there = load(HEADER.ATOMS as Addr) as Addr;
  if (there !== 0) return there;
  const table = newTable(1024, 0);
  const c = newContainer(KIND.SHARED_MAP, table, 0);
  const first = compareExchange(HEADER.ATOMS as Addr, 0, c) as Addr;
  return first === 0 ? c : first; // the other one has no reference: the next collection takes it
}

/**
 * What a property name is as a key of a shared object. `adding`: it is about to enter one, so the name
 * gets a number if there are numbers left; the caller is inside the gate.
 */
export function propertyKey(name: string, adding: boolean): Key | undefined {
  const short = shortBox(name);
  if (short !== undefined) return byBits(short);
  let atom = atomOf.get(name);
  if (atom === undefined) {
    atom = adding ? addAtom(name) : findAtom(name);
    if (atom === NOT_THERE) return undefined;
    if (atom === NO_MORE) return byText(name, TAG.TEXT);
    atomOf.set(name, atom);
    nameOf[atom] = name;
  }
  return byBits(boxOf(TAG.ATOM, atom));
}

const NOT_THERE = -1;
const NO_MORE = -2;

function findAtom(name: string): number {
  const c = load(HEADER.ATOMS as Addr) as Addr;
  if (c === 0) return NOT_THERE;
  lock(c);
  try {
    const t = storageOf(c);
    const entry = find(t, byText(name, TAG.TEXT));
    return entry >= 0 ? entry : usedOf(t) >= MOST_ATOMS ? NO_MORE : NOT_THERE;
  } finally {
    unlock(c);
  }
}

function addAtom(name: string): number {
  const c = atoms();
  lock(c);
  try {
    let t = storageOf(c);
    const key = byText(name, TAG.TEXT);
    const there = find(t, key);
    if (there >= 0) return there;
    const atom = usedOf(t);
    if (atom >= MOST_ATOMS) return NO_MORE;
    const box = ownKey(key);
    while (!insert(c, t, box, key.hash, bareBox(TAG.UNDEFINED))) t = rebuild(c, t);
    return atom;
  } finally {
    unlock(c);
  }
}

/** The name of a property, from the bits of its key. The caller has the LOCK of the object. */
export function propertyName(box: number): string {
  open(box);
  const t = tag();
  if (t === -1) return shortText();
  if (t === TAG.TEXT) return readText(low() as Addr);
  const atom = low();
  return nameOf[atom] ?? learnName(atom);
}

/** Names never move nor end: the entry of an atom can be read at any time by who knows of it. */
function learnName(atom: number): string {
  const c = load(HEADER.ATOMS as Addr) as Addr;
  for (;;) {
    const version = load(field(c, CONTAINER.VERSION));
    open(readReal(keyAt(storageOf(c), atom)));
    const name = readText(low() as Addr);
    if (!unchanged(field(c, CONTAINER.VERSION), version)) continue;
    atomOf.set(name, atom);
    nameOf[atom] = name;
    return name;
  }
}
