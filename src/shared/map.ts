/** Shared Maps and Sets: subclasses whose every method goes to a table. */
import { KIND } from "../core/kind.ts";
import { type Addr } from "../core/word.ts";
import { bind, registerHandle } from "../value/handle.ts";
import { INSPECT, shownAsCopy } from "./copy.ts";
import { checkKey, planOf } from "./draft.ts";
import {
  clearEntries,
  deleteEntry,
  type Entry,
  entryAfter,
  entryCount,
  getEntry,
  hasEntry,
  putEntry,
  putNumber,
} from "./entries.ts";
import { keyOf } from "./key.ts";
import { dropHandle, releaseContainer } from "./owned.ts";
import { NOTHING, readLocked } from "./read.ts";

/** Inside the real Map or Set, which is not used: `structuredClone` refuses it instead of copying nothing. */
const NOT_CLONED: symbol = Symbol("a shared Map or Set cannot be cloned: use copyOf()");

const NO_PLAN = { value: undefined, drafts: [] };

/** All entries in order: each one that stays is seen once, whatever other threads do. */
function* entriesOf<T>(c: Addr, of: (entry: Entry) => T): Generator<T> {
  for (
    let entry = entryAfter(c, 0, readLocked);
    entry !== undefined;
    entry = entryAfter(c, entry.next, readLocked)
  ) {
    yield of(entry);
  }
}

class SharedMap extends Map<unknown, unknown> {
  readonly #record: Addr;

  constructor(record: Addr) {
    super();
    super.set(NOT_CLONED, undefined);
    this.#record = record;
    bind(this, record);
  }
  override get size(): number {
    return entryCount(this.#record);
  }
  override get(key: unknown): unknown {
    const value = getEntry(this.#record, keyOf(key));
    return value === NOTHING ? undefined : value;
  }
  override has(key: unknown): boolean {
    return hasEntry(this.#record, keyOf(key));
  }
  override set(key: unknown, value: unknown): this {
    const probe = keyOf(key);
    if (probe === undefined) checkKey(key, "the key");
    else if (typeof value === "number" && putNumber(this.#record, probe, value)) return this;
    const plan = planOf(value, "the Map", typeof key === "string" ? key : "value");
    putEntry(this.#record, () => keyOf(key), plan, undefined);
    return this;
  }
  override delete(key: unknown): boolean {
    return deleteEntry(this.#record, () => keyOf(key));
  }
  override clear(): void {
    clearEntries(this.#record);
  }
  override forEach(
    fn: (value: unknown, key: unknown, map: Map<unknown, unknown>) => void,
    self?: unknown,
  ): void {
    for (const [key, value] of this) fn.call(self, value, key, this);
  }
  override entries(): MapIterator<[unknown, unknown]> {
    return entriesOf(this.#record, ({ key, value }) => [key, value]) as MapIterator<[unknown, unknown]>;
  }
  override keys(): MapIterator<unknown> {
    return entriesOf(this.#record, ({ key }) => key) as MapIterator<unknown>;
  }
  override values(): MapIterator<unknown> {
    return entriesOf(this.#record, ({ value }) => value) as MapIterator<unknown>;
  }
  override [Symbol.iterator](): MapIterator<[unknown, unknown]> {
    return this.entries();
  }
}

class SharedSet extends Set<unknown> {
  readonly #record: Addr;

  constructor(record: Addr) {
    super();
    super.add(NOT_CLONED);
    this.#record = record;
    bind(this, record);
  }
  override get size(): number {
    return entryCount(this.#record);
  }
  override has(member: unknown): boolean {
    return hasEntry(this.#record, keyOf(member));
  }
  override add(member: unknown): this {
    if (keyOf(member) === undefined) checkKey(member, "the member");
    putEntry(this.#record, () => keyOf(member), NO_PLAN, undefined);
    return this;
  }
  override delete(member: unknown): boolean {
    return deleteEntry(this.#record, () => keyOf(member));
  }
  override clear(): void {
    clearEntries(this.#record);
  }
  override forEach(fn: (value: unknown, key: unknown, set: Set<unknown>) => void, self?: unknown): void {
    for (const member of this) fn.call(self, member, member, this);
  }
  override entries(): SetIterator<[unknown, unknown]> {
    return entriesOf(this.#record, ({ key }) => [key, key]) as SetIterator<[unknown, unknown]>;
  }
  override keys(): SetIterator<unknown> {
    return entriesOf(this.#record, ({ key }) => key) as SetIterator<unknown>;
  }
  override values(): SetIterator<unknown> {
    return this.keys();
  }
  override [Symbol.iterator](): SetIterator<unknown> {
    return this.keys();
  }
}

for (const type of [SharedMap, SharedSet]) {
  Object.defineProperty(type.prototype, INSPECT, shownAsCopy);
}

registerHandle({
  kind: KIND.SHARED_MAP,
  name: "shared Map",
  create: (record) => new SharedMap(record),
  release: releaseContainer,
  drop: dropHandle,
});
registerHandle({
  kind: KIND.SHARED_SET,
  name: "shared Set",
  create: (record) => new SharedSet(record),
  release: releaseContainer,
  drop: dropHandle,
});
