/** What a manager gives out: handles whose every call is a question to its process. */
import { take } from "../value/message.ts";
import { shownAsText } from "../value/shown.ts";
import { packed } from "./calls.ts";
import type { Question } from "./manager-server.ts";
import { registerRemoteClass, RemoteRef } from "./remote.ts";
import { indexOf } from "./value.ts";
import { unexpected } from "./waiting.ts";

/** Asks a manager's process, and returns what it answers, or throws what it threw. */
export function askManager(ref: { call: RemoteRef["call"] }, question: Question): unknown {
  const reply = ref.call("ask", packed(question, `argument of ${question.name}()`));
  if (reply.status !== "") throw unexpected("ask", "manager", reply);
  const value = take(reply.message);
  if (reply.numbers[0] === 1) throw value;
  return value;
}

/** What all of them are. */
export class ManagedRef {
  readonly #ref: RemoteRef;
  constructor(handle: object, type: string, id: string) {
    this.#ref = new RemoteRef(handle, () => ({ type, id }));
  }
  /** Calls a method of the object. */
  ask(name: string, ...args: readonly unknown[]): unknown {
    const object = Number(this.#ref.id.split("#")[1]);
    return askManager(this.#ref, { what: "call", object, name, args });
  }
}

/** A map that processes share through a manager. Values that are changed must be set again. */
export class DictProxy<K = unknown, V = unknown> implements Iterable<[K, V]> {
  readonly #held: ManagedRef;
  constructor(id: string) {
    this.#held = new ManagedRef(this, "DictProxy", id);
  }
  get(key: K, otherwise?: V): V | undefined {
    return this.#held.ask("get", key, otherwise) as V | undefined;
  }
  set(key: K, value: V): this {
    this.#held.ask("set", key, value);
    return this;
  }
  has(key: K): boolean {
    return this.#held.ask("has", key) as boolean;
  }
  delete(key: K): boolean {
    return this.#held.ask("delete", key) as boolean;
  }
  clear(): void {
    this.#held.ask("clear");
  }
  get size(): number {
    return this.#held.ask("size") as number;
  }
  /** Its entries as they are now. */
  entries(): [K, V][] {
    return this.#held.ask("entries") as [K, V][];
  }
  keys(): K[] {
    return this.entries().map(([key]) => key);
  }
  values(): V[] {
    return this.entries().map(([, value]) => value);
  }
  pop(key: K, otherwise?: V): V | undefined {
    return this.#held.ask("pop", key, otherwise) as V | undefined;
  }
  /** The value of a key; if it has none it gets this one. */
  setDefault(key: K, value: V): V {
    return this.#held.ask("setDefault", key, value) as V;
  }
  update(entries: Iterable<readonly [K, V]>): void {
    this.#held.ask("update", [...entries]);
  }
  /** A Map with what is in it now. */
  copy(): Map<K, V> {
    return new Map(this.entries());
  }
  [Symbol.iterator](): Iterator<[K, V]> {
    return this.entries()[Symbol.iterator]();
  }
  /** `<DictProxy a => 1>` */
  toString(): string {
    return `<DictProxy ${this.entries()
      .map(([key, value]) => `${String(key)} => ${String(value)}`)
      .join(", ")}>`;
  }
}

/** A list that processes share through a manager: `list[0]`, `list.push(1)`. */
export class ListProxy<T = unknown> implements Iterable<T> {
  [index: number]: T;
  readonly #held: ManagedRef;
  constructor(id: string) {
    const proxy = new Proxy(this, {
      get: (target, key) => {
        const index = indexOf(key);
        if (index !== undefined) return target.at(index);
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" && key !== "constructor" ? value.bind(target) : value;
      },
      set: (target, key, value) => {
        const index = indexOf(key);
        if (index === undefined) return Reflect.set(target, key, value, target);
        target.#held.ask("set", index, value);
        return true;
      },
    });
    this.#held = new ManagedRef(proxy, "ListProxy", id);
    return proxy;
  }
  get length(): number {
    return this.#held.ask("size") as number;
  }
  at(index: number): T {
    return this.#held.ask("get", index) as T;
  }
  push(...items: T[]): number {
    return this.#held.ask("push", ...items) as number;
  }
  append(item: T): void {
    this.#held.ask("push", item);
  }
  extend(items: Iterable<T>): void {
    this.#held.ask("push", ...items);
  }
  pop(index?: number): T | undefined {
    return this.#held.ask("pop", index) as T | undefined;
  }
  insert(index: number, item: T): void {
    this.#held.ask("insert", index, item);
  }
  remove(item: T): boolean {
    return this.#held.ask("remove", item) as boolean;
  }
  splice(start: number, count?: number, ...items: T[]): T[] {
    return this.#held.ask("splice", start, count, ...items) as T[];
  }
  slice(start?: number, end?: number): T[] {
    return this.#held.ask("slice", start, end) as T[];
  }
  indexOf(item: T): number {
    return this.#held.ask("indexOf", item) as number;
  }
  includes(item: T): boolean {
    return this.indexOf(item) >= 0;
  }
  count(item: T): number {
    return this.#held.ask("count", item) as number;
  }
  reverse(): void {
    this.#held.ask("reverse");
  }
  sort(compare?: (a: T, b: T) => number): void {
    this.#held.ask("sort", compare);
  }
  clear(): void {
    this.#held.ask("clear");
  }
  /** Reads one element after the other, as they are when their turn comes. */
  *[Symbol.iterator](): Iterator<T> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }
  /** `<ListProxy 1, 2>` */
  toString(): string {
    return `<ListProxy ${this.slice().map(String).join(", ")}>`;
  }
}

/** A set that processes share through a manager. */
export class SetProxy<T = unknown> implements Iterable<T> {
  readonly #held: ManagedRef;
  constructor(id: string) {
    this.#held = new ManagedRef(this, "SetProxy", id);
  }
  add(value: T): this {
    this.#held.ask("add", value);
    return this;
  }
  has(value: T): boolean {
    return this.#held.ask("has", value) as boolean;
  }
  delete(value: T): boolean {
    return this.#held.ask("delete", value) as boolean;
  }
  clear(): void {
    this.#held.ask("clear");
  }
  update(values: Iterable<T>): void {
    this.#held.ask("update", [...values]);
  }
  get size(): number {
    return this.#held.ask("size") as number;
  }
  /** Its members as they are now. */
  values(): T[] {
    return this.#held.ask("values") as T[];
  }
  [Symbol.iterator](): Iterator<T> {
    return this.values()[Symbol.iterator]();
  }
  /** `<SetProxy 1, 2>` */
  toString(): string {
    return `<SetProxy ${this.values().map(String).join(", ")}>`;
  }
}

/** Attributes that processes share through a manager: `space.x = 1`. */
export class NamespaceProxy {
  [name: string]: unknown;
  constructor(id: string) {
    const proxy = new Proxy(this, {
      get: (target, key) => {
        if (typeof key !== "string" || key === "constructor") return Reflect.get(target, key, target);
        if (key === "toString") return () => textOf(held);
        return held.ask("get", key);
      },
      set: (_target, key, value) => {
        if (typeof key !== "string") return false;
        held.ask("set", key, value);
        return true;
      },
      has: (_target, key) => typeof key === "string" && (held.ask("has", key) as boolean),
      deleteProperty: (_target, key) => typeof key === "string" && (held.ask("delete", key) as boolean),
    });
    const held = new ManagedRef(proxy, "Namespace", id);
    return proxy;
  }
}

function textOf(held: ManagedRef): string {
  const values = held.ask("entries") as [string, unknown][];
  return `<Namespace ${values.map(([name, value]) => `${name}=${String(value)}`).join(", ")}>`;
}

/** An object of a registered class: each of its exposed methods asks the manager's process. */
export class ObjectProxy {
  [method: string]: (...args: never[]) => unknown;
  constructor(id: string) {
    const proxy = new Proxy(this, {
      get: (target, key) => {
        if (typeof key !== "string" || key === "constructor" || key === "then")
          return Reflect.get(target, key, target) as unknown;
        if (key === "toString") return () => "<ObjectProxy>";
        return (...args: unknown[]) => held.ask(key, ...args);
      },
    });
    const held = new ManagedRef(proxy, "ObjectProxy", id);
    return proxy;
  }
}

registerRemoteClass("DictProxy", () => new DictProxy(""));
registerRemoteClass("ListProxy", () => new ListProxy(""));
registerRemoteClass("SetProxy", () => new SetProxy(""));
registerRemoteClass("Namespace", () => new NamespaceProxy(""));
registerRemoteClass("ObjectProxy", () => new ObjectProxy(""));
for (const type of [DictProxy, ListProxy, SetProxy]) shownAsText(type);
