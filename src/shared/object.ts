/** Shared objects: a Proxy that reads and writes a table of properties. */
import { lock, storageOf, unlock } from "../core/container.ts";
import { KIND } from "../core/kind.ts";
import { CONTAINER } from "../core/container-layout.ts";
import { field } from "../core/layout.ts";
import { self } from "../core/self.ts";
import { isAbsent, isPlain, plainBox } from "../core/box.ts";
import { find, keyAt, usedOf, valueAt } from "../core/dict.ts";
import { type Addr, load, readReal, unchanged, writeReal } from "../core/word.ts";
import { bind, registerHandle } from "../value/handle.ts";
import { INSPECT, shownAsCopy, toJSON } from "./copy.ts";
import { planOf } from "./draft.ts";
import { deleteEntry, getEntry, hasEntry, type Lookup, setEntry } from "./entries.ts";
import { propertyKey, propertyName } from "./key.ts";
import { dropHandle, releaseContainer } from "./owned.ts";
import { AGAIN, locked, NOTHING, tryRead } from "./read.ts";

/** Places that a handle remembers. */
const MOST_REMEMBERED = 256;
const NO_PLACE = 0 as Addr;
/** No property is it. */
const NO_KEY: unique symbol = Symbol("none");

/** A shared object: its container, and the places of properties that were used lately. */
class SharedObject {
  readonly record: Addr;
  readonly versionAt: Addr;
  version = 0;
  #places: Map<PropertyKey, Addr> | undefined;
  /** The properties used last, as they are the ones used most. */
  #key1: PropertyKey = NO_KEY;
  #place1: Addr = NO_PLACE;
  #key2: PropertyKey = NO_KEY;
  #place2: Addr = NO_PLACE;
  #key3: PropertyKey = NO_KEY;
  #place3: Addr = NO_PLACE;
  proxy: object | undefined;

  constructor(record: Addr) {
    this.record = record;
    this.versionAt = field(record, CONTAINER.VERSION);
  }

  /** The place of a property; 0: it has none, or the table changes right now. */
  #placeOf(key: string): Addr {
    const version = load(this.versionAt);
    if (version !== this.version) {
      this.#places?.clear();
      this.version = version;
      this.#key1 = NO_KEY;
      this.#key2 = NO_KEY;
      this.#key3 = NO_KEY;
    }
    let place = this.#places?.get(key);
    if (place === undefined) {
      const probe = propertyKey(key, false);
      if (probe === undefined) return NO_PLACE;
      const t = storageOf(this.record);
      const entry = find(t, probe);
      if (entry < 0 || !unchanged(this.versionAt, version)) return NO_PLACE;
      place = valueAt(t, entry);
      this.#remember(key, place);
    }
    this.#key3 = this.#key2;
    this.#place3 = this.#place2;
    this.#key2 = this.#key1;
    this.#place2 = this.#place1;
    this.#key1 = key;
    this.#place1 = place;
    return place;
  }

  /** The second time that it is not among the last ones: most objects are looked at once. */
  #remember(key: string, place: Addr): void {
    if (this.#key3 === NO_KEY) return;
    this.#places ??= new Map();
    if (this.#places.size < MOST_REMEMBERED) this.#places.set(key, place);
  }

  /** The place of one of the properties used last; 0: it is none of them. */
  lastPlaceOf(key: PropertyKey): Addr {
    if (key === this.#key1) return this.#place1;
    if (key === this.#key2) return this.#place2;
    return key === this.#key3 ? this.#place3 : NO_PLACE;
  }

  get(key: PropertyKey, receiver: unknown): unknown {
    if (typeof key === "symbol") return Reflect.get(Object.prototype, key, receiver);
    const name = key as string;
    const place = this.#placeOf(name);
    if (place !== NO_PLACE) {
      const value = readReal(place);
      if (value === value && unchanged(this.versionAt, this.version)) return value;
    }
    const value = getEntry(this.record, propertyKey(name, false));
    if (value !== NOTHING) return value;
    return name === "toJSON" ? toJSON : Reflect.get(Object.prototype, name, receiver);
  }

  set(key: PropertyKey, value: unknown): boolean {
    const box = self.key === 0 ? undefined : plainBox(value);
    if (box !== undefined) {
      const place = this.lastPlaceOf(key) || this.#plainPlace(key);
      if (place !== NO_PLACE && this.#setPlain(place, box)) return true;
    }
    if (typeof key === "symbol")
      throw new TypeError(`Cannot set ${String(key)}: names of a shared object are strings`);
    setEntry(this.record, lookupOf(key as string), planOf(value, "the object", key));
    return true;
  }

  #plainPlace(key: PropertyKey): Addr {
    return typeof key === "symbol" ? NO_PLACE : this.#placeOf(key as string);
  }

  /** Writes what owns nothing over what owns nothing: nothing moves. */
  #setPlain(place: Addr, box: number): boolean {
    lock(this.record);
    let done = false;
    if (load(this.versionAt) === this.version) {
      if (isPlain(readReal(place))) {
        writeReal(place, box);
        done = true;
      }
    }
    unlock(this.record);
    return done;
  }
}

/**
 * What a shared object's Proxy stands before. It has no properties, because the engine looks for the one that is read
 * among them, each time.
 */
class ObjectTarget {
  readonly #shared: SharedObject;

  constructor(object: SharedObject) {
    this.#shared = object;
  }

  static get(target: ObjectTarget, key: PropertyKey, receiver: unknown): unknown {
    const object = target.#shared;
    const place = object.lastPlaceOf(key);
    if (place !== NO_PLACE) {
      const value = readReal(place);
      if (value === value && unchanged(object.versionAt, object.version)) return value;
      const other = tryRead(object.record, place, object.version);
      if (other !== AGAIN && other !== NOTHING) return other;
    }
    return object.get(key, receiver);
  }

  static set(target: ObjectTarget, key: PropertyKey, value: unknown, receiver: unknown): boolean {
    const object = target.#shared;
    if (receiver !== object.proxy) return setOnHeir(receiver, key, value);
    return object.set(key, value);
  }

  static has(target: ObjectTarget, key: PropertyKey): boolean {
    if (typeof key === "symbol") return key in Object.prototype;
    return hasEntry(target.#shared.record, propertyKey(key as string, false)) || key in Object.prototype;
  }

  static deleteProperty(target: ObjectTarget, key: PropertyKey): boolean {
    if (typeof key !== "symbol") deleteEntry(target.#shared.record, lookupOf(key as string));
    return true;
  }

  static ownKeys(target: ObjectTarget): string[] {
    const names = locked(target.#shared.record, (t) => {
      const found: string[] = [];
      for (let entry = 0, used = usedOf(t); entry < used; entry++) {
        const box = readReal(keyAt(t, entry));
        if (!isAbsent(box)) found.push(propertyName(box));
      }
      return found;
    });
    return inOrder(names);
  }

  static getOwnPropertyDescriptor(target: ObjectTarget, key: PropertyKey): PropertyDescriptor | undefined {
    if (typeof key === "symbol") return undefined;
    const value = getEntry(target.#shared.record, propertyKey(key as string, false));
    return value === NOTHING ? undefined : { value, writable: true, enumerable: true, configurable: true };
  }

  static defineProperty(target: ObjectTarget, key: PropertyKey, property: PropertyDescriptor): boolean {
    checkOrdinary(key, property, "object");
    return target.#shared.set(key, property.value);
  }

  static getPrototypeOf(): object {
    return Object.prototype;
  }
  static setPrototypeOf(_: ObjectTarget, prototype: object | null): boolean {
    return prototype === Object.prototype;
  }
  static preventExtensions(): never {
    return refuseToClose("object");
  }
}
Object.defineProperty(ObjectTarget.prototype, INSPECT, shownAsCopy);

/** In this order: the engine looks for a trap from the last one on. */
const traps: ProxyHandler<ObjectTarget> = {
  preventExtensions: ObjectTarget.preventExtensions,
  setPrototypeOf: ObjectTarget.setPrototypeOf,
  getPrototypeOf: ObjectTarget.getPrototypeOf,
  defineProperty: ObjectTarget.defineProperty,
  deleteProperty: ObjectTarget.deleteProperty,
  ownKeys: ObjectTarget.ownKeys,
  getOwnPropertyDescriptor: ObjectTarget.getOwnPropertyDescriptor,
  has: ObjectTarget.has,
  set: ObjectTarget.set,
  get: ObjectTarget.get,
};

/** How the table is asked for a property. */
export function lookupOf(name: string): Lookup {
  return (adding) => propertyKey(name, adding);
}

/** An object that inherits from a shared one gets properties of its own. */
export function setOnHeir(receiver: unknown, key: PropertyKey, value: unknown): boolean {
  if ((typeof receiver !== "object" && typeof receiver !== "function") || receiver === null) return false;
  const property = { value, writable: true, enumerable: true, configurable: true };
  return Reflect.defineProperty(receiver, key, Object.hasOwn(receiver, key) ? { value } : property);
}

/** Properties of shared things are ordinary ones: values that can be changed, listed and deleted. */
export function checkOrdinary(key: PropertyKey, property: PropertyDescriptor, what: string): void {
  const { get, set, writable = true, enumerable = true, configurable = true } = property;
  if (get === undefined && set === undefined && writable && enumerable && configurable) return;
  throw new TypeError(
    `Cannot define ${String(key)} of a shared ${what}: it can only be a value that is writable, enumerable and configurable`,
  );
}

export function refuseToClose(what: string): never {
  throw new TypeError(`Cannot close a shared ${what}: other threads may change it`);
}

const INDEX = /^(?:0|[1-9]\d{0,9})$/;
/** Names as JavaScript lists them: whole numbers first, ascending. */
function inOrder(names: string[]): string[] {
  if (!names.some((name) => INDEX.test(name) && Number(name) < 2 ** 32 - 1)) return names;
  const isIndex = (name: string): boolean => INDEX.test(name) && Number(name) < 2 ** 32 - 1;
  const indices = names.filter(isIndex).sort((a, b) => Number(a) - Number(b));
  return [...indices, ...names.filter((name) => !isIndex(name))];
}

registerHandle({
  kind: KIND.SHARED_OBJECT,
  name: "shared object",
  create: (record) => {
    const object = new SharedObject(record);
    const proxy = new Proxy(new ObjectTarget(object), traps);
    object.proxy = proxy;
    bind(proxy, record);
    return proxy;
  },
  release: releaseContainer,
  drop: dropHandle,
});
