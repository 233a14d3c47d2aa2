/**
 * From places back to values.
 *
 * Without LOCK: read, then check that nothing changed meanwhile (core/container.ts,
 * N5). With LOCK: an object that this isolate has no handle of gets a reference while
 * the place still has one, and its handle after the LOCK is free, all inside the gate.
 */
import { isContainer, link, lock, unlock } from "../core/container.ts";
import { named } from "../core/gate.ts";
import { CONTAINER } from "../core/container-layout.ts";
import { field } from "../core/layout.ts";
import { low, open, shortText, TAG, tag } from "../core/box.ts";
import { type Addr, load, read, readReal, unchanged } from "../core/word.ts";
import { handleTaking, knownHandle, reserveSlots, retain } from "../value/handle.ts";
import { change } from "./change.ts";
import { readText, textSize } from "./text.ts";

/** The place was changed while it was read, or holds an object that this isolate has not seen: take the LOCK. */
export const AGAIN: unique symbol = Symbol("again");
/** The place has no value. */
export const NOTHING: unique symbol = Symbol("nothing");

/** Strings longer than this are read only when their head was seen whole. */
const LONG = 256;

/** Reads a place that `version` is about, without LOCK. */
export function tryRead(c: Addr, place: Addr, version: number): unknown {
  const freed = load(field(c, CONTAINER.FREED));
  const box = readReal(place);
  const value = box === box ? box : outOf(box, c, version, freed);
  return unchanged(field(c, CONTAINER.VERSION), version) ? value : AGAIN;
}

/** The place may be one of a table that was freed, and so what it points to: that is not even parsed. */
function outOf(box: number, c: Addr, version: number, freed: number): unknown {
  open(box);
  const t = tag();
  if (t < TAG.TEXT) return immediate(t);
  const address = low() as Addr;
  if (t >= TAG.HANDLE) return knownHandle(address) ?? AGAIN;
  const whole = (): boolean =>
    unchanged(field(c, CONTAINER.FREED), freed) && unchanged(field(c, CONTAINER.VERSION), version);
  if (t !== TAG.DATE && textSize(address) > LONG && !whole()) return AGAIN;
  const value = fromBlock(t, address);
  return whole() ? parsed(t, value) : AGAIN;
}

function immediate(t: number): unknown {
  switch (t) {
    case -1:
      return shortText();
    case TAG.NAN:
      return Number.NaN;
    case TAG.UNDEFINED:
      return undefined;
    case TAG.NULL:
      return null;
    case TAG.FALSE:
      return false;
    case TAG.TRUE:
      return true;
    default:
      return NOTHING;
  }
}

function fromBlock(t: number, block: Addr): string | number {
  return t === TAG.DATE ? readReal(block) : readText(block);
}
function parsed(t: number, raw: string | number): unknown {
  if (t === TAG.TEXT) return raw;
  return t === TAG.DATE ? new Date(raw as number) : BigInt(raw);
}

/** An object whose handle is still to be made; it comes with a reference, a container with a link. */
class Pending {
  readonly record: Addr;
  constructor(record: Addr) {
    this.record = record;
  }
}

/** Reads a value; the caller is inside the gate, has the LOCK, and calls {@link settled} when it is free. */
export function readLocked(box: number): unknown {
  if (box === box) return box;
  open(box);
  const t = tag();
  if (t < TAG.TEXT) return immediate(t);
  const address = low() as Addr;
  if (t < TAG.HANDLE) return parsed(t, fromBlock(t, address));
  const known = knownHandle(address);
  if (known !== undefined) return known;
  if (isContainer(address)) link(address);
  else retain(address);
  return new Pending(address);
}

/** A value that {@link readLocked} returned, as the program sees it. */
export function settled(value: unknown): unknown {
  return value instanceof Pending ? handleTaking(value.record) : value;
}

/** Runs steps under the LOCK that read values, and what becomes of these ({@link settled}) after it. */
export function taking<R, S>(c: Addr, steps: (storage: Addr) => R, after: (result: R) => S): S {
  reserveSlots(1);
  return change(0, () => after(locked(c, steps)));
}

/** Runs steps under the LOCK that read only. */
export function locked<R>(c: Addr, steps: (storage: Addr) => R): R {
  return named(() => {
    lock(c);
    try {
      return steps(read(field(c, CONTAINER.STORAGE)) as Addr);
    } finally {
      unlock(c);
    }
  });
}
