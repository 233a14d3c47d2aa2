/** Shared arrays: a Proxy that reads and writes a vector of elements. */
import { plainBox } from "../core/box.ts";
import { KIND } from "../core/kind.ts";
import { type Addr } from "../core/word.ts";
import { bind, registerHandle } from "../value/handle.ts";
import { INSPECT, shownAsCopy } from "./copy.ts";
import { planOf } from "./draft.ts";
import { elementCount, getElement, putElement, setLength, setPlainElement, splice } from "./elements.ts";
import { LIST_METHODS, OWN_METHODS } from "./list-methods.ts";
import { checkOrdinary, refuseToClose, setOnHeir } from "./object.ts";
import { dropHandle, releaseContainer } from "./owned.ts";
import { NOTHING } from "./read.ts";

/** Indices of arrays are below this. */
const MOST = 2 ** 32 - 1;

/** The index that a property name means; -1: none. */
function indexOf(key: PropertyKey): number {
  if (typeof key !== "string") return -1;
  const { length } = key;
  let index = key.charCodeAt(0) - 48;
  if (!(index >= 0 && index <= 9) || length > 10 || (index === 0 && length > 1)) return -1;
  for (let i = 1; i < length; i++) {
    const digit = key.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    index = index * 10 + digit;
  }
  return index < MOST ? index : -1;
}

/** Behind each shared array's Proxy; an array, so that `Array.isArray` says so. */
class ListTarget extends Array<unknown> {
  readonly #record: Addr;
  #proxy: object | undefined;

  constructor(record: Addr) {
    super();
    this.#record = record;
  }

  static make(record: Addr): object {
    const target = new ListTarget(record);
    target.#proxy = new Proxy(target, traps);
    return target.#proxy;
  }

  static get(target: ListTarget, key: PropertyKey, receiver: unknown): unknown {
    const index = indexOf(key);
    if (index >= 0) {
      const value = getElement(target.#record, index);
      return value === NOTHING ? Reflect.get(Array.prototype, key, receiver) : value;
    }
    if (key === "length") return elementCount(target.#record);
    return OWN_METHODS.get(key) ?? Reflect.get(LIST_METHODS, key, receiver);
  }

  static set(target: ListTarget, key: PropertyKey, value: unknown, receiver: unknown): boolean {
    if (receiver !== target.#proxy) return setOnHeir(receiver, key, value);
    const index = indexOf(key);
    if (index >= 0) {
      const box = plainBox(value);
      if (box !== undefined && setPlainElement(target.#record, index, box)) return true;
      putElement(target.#record, index, planOf(value, "the array", index), undefined);
      return true;
    }
    if (key !== "length") {
      throw new TypeError(
        `Cannot set ${String(key)} of a shared array: it has elements only; use a shared object`,
      );
    }
    const length = Number(value);
    if (!Number.isInteger(length) || length < 0 || length > MOST)
      throw new RangeError(`Cannot set length: ${String(value)} is no length of an array`);
    setLength(target.#record, length);
    return true;
  }

  static has(target: ListTarget, key: PropertyKey): boolean {
    const index = indexOf(key);
    return (index >= 0 && getElement(target.#record, index) !== NOTHING) || key in LIST_METHODS;
  }

  static deleteProperty(target: ListTarget, key: PropertyKey): boolean {
    if (key === "length") return false;
    const index = indexOf(key);
    if (index >= 0 && index < elementCount(target.#record)) {
      splice(target.#record, (length) => [index, index < length ? 1 : 0], [ListTarget.#hole], false);
    }
    return true;
  }
  static readonly #hole = { value: Symbol("hole"), drafts: [] };

  static ownKeys(target: ListTarget): string[] {
    const keys: string[] = [];
    for (let i = 0, n = elementCount(target.#record); i < n; i++) {
      if (getElement(target.#record, i) !== NOTHING) keys.push(String(i));
    }
    keys.push("length");
    return keys;
  }

  static getOwnPropertyDescriptor(target: ListTarget, key: PropertyKey): PropertyDescriptor | undefined {
    if (key === "length") {
      return { value: elementCount(target.#record), writable: true, enumerable: false, configurable: false };
    }
    const index = indexOf(key);
    const value = index < 0 ? NOTHING : getElement(target.#record, index);
    return value === NOTHING ? undefined : { value, writable: true, enumerable: true, configurable: true };
  }

  static defineProperty(target: ListTarget, key: PropertyKey, property: PropertyDescriptor): boolean {
    if (key === "length") {
      if (property.writable === false) refuseToClose("array");
      return ListTarget.set(target, key, property.value, target.#proxy);
    }
    checkOrdinary(key, property, "array");
    return ListTarget.set(target, key, property.value, target.#proxy);
  }

  static getPrototypeOf(): object {
    return Array.prototype;
  }
  static setPrototypeOf(_: ListTarget, prototype: object | null): boolean {
    return prototype === Array.prototype;
  }
  static preventExtensions(): never {
    return refuseToClose("array");
  }
}
Object.defineProperty(ListTarget.prototype, INSPECT, shownAsCopy);

/** In this order: the engine looks for a trap from the last one on. */
const traps: ProxyHandler<ListTarget> = {
  preventExtensions: ListTarget.preventExtensions,
  setPrototypeOf: ListTarget.setPrototypeOf,
  getPrototypeOf: ListTarget.getPrototypeOf,
  defineProperty: ListTarget.defineProperty,
  deleteProperty: ListTarget.deleteProperty,
  ownKeys: ListTarget.ownKeys,
  getOwnPropertyDescriptor: ListTarget.getOwnPropertyDescriptor,
  has: ListTarget.has,
  set: ListTarget.set,
  get: ListTarget.get,
};

registerHandle({
  kind: KIND.SHARED_ARRAY,
  name: "shared array",
  create: (record) => {
    const proxy = ListTarget.make(record);
    bind(proxy, record);
    return proxy;
  },
  release: releaseContainer,
  drop: dropHandle,
});
