/** `Value` and `Array`: numbers that processes share. They are in the broker, so each access is a question to it. */
import type { Acquire } from "../sync/acquire.ts";
import { shownAsText } from "../value/shown.ts";
import { type AnyProcessLock, lockId, ProcessRLock, type SharedOptions } from "./lock.ts";
import { registerRemoteClass, RemoteRef, thingName } from "./remote.ts";
import { bytesPer, checkTypecode, type ElementOf, fromBytes, toBytes, type Typecode } from "./typecodes.ts";
import { checkWhole, exportedAs, labelOf } from "./waiting.ts";

/** Options of a Value or an Array. */
export interface MemoryOptions extends SharedOptions {
  /** Its lock: a new RLock (absent, null or true), one of the program's, or none (false). */
  lock?: AnyProcessLock | boolean | null | undefined;
}

interface Extra {
  readonly code: Typecode;
  readonly length: number;
  readonly lock: AnyProcessLock | undefined;
}

function lockOf(what: string, { lock }: MemoryOptions): AnyProcessLock | undefined {
  if (lock === undefined || lock === null || lock === true) return new ProcessRLock();
  if (lock === false) return undefined;
  if (lockId(lock) === undefined)
    throw new TypeError(
      `Cannot create ${what}: lock must be a Lock or RLock of heddle/multiprocessing, or a boolean`,
    );
  return lock;
}

/** What both are: elements in the broker, and a lock beside them. */
class SharedMemory {
  readonly ref: RemoteRef;
  readonly what: string;
  #extra: Extra | undefined;

  constructor(handle: object, what: string, describe: () => { extra: Extra; name: string | undefined }) {
    this.what = what;
    this.ref = new RemoteRef(handle, () => {
      const { extra, name } = describe();
      return { type: what, id: thingName("Memory", extra.length * bytesPer(extra.code)), name, extra };
    });
  }

  get extra(): Extra {
    this.#extra ??= this.ref.extra as Extra;
    return this.#extra;
  }

  read(from: number, count: number): unknown[] {
    const { code } = this.extra;
    const size = bytesPer(code);
    return fromBytes(code, this.ref.call("read", { numbers: [from * size, count * size] }, true).raw);
  }

  write(from: number, values: readonly unknown[]): void {
    const { code } = this.extra;
    this.ref.call("write", { numbers: [from * bytesPer(code)], raw: toBytes(code, values) }, true);
  }

  lock(): AnyProcessLock {
    const { lock } = this.extra;
    if (lock === undefined)
      throw new TypeError(
        `Cannot get the lock of ${labelOf(this.what, this.ref.name)}: it was made without one`,
      );
    return lock;
  }
}

/**
 * A number that processes share. `value.value += 1` is two steps: hold the lock around it.
 *
 * @example
 * ```ts
 * import { Process, Value } from "heddle/multiprocessing";
 * const total = new Value("d", 1.5);
 * const child = new Process({ target: () => total.with(() => void (total.value *= 2)) });
 * child.start();
 * child.join();
 * console.log(total.value); // 3
 * ```
 */
export class Value<C extends Typecode = Typecode> {
  readonly #memory: SharedMemory;

  /** @throws TypeError for a bad typecode, value or lock. */
  constructor(typecode: C, value?: ElementOf<C>, options: MemoryOptions = {}) {
    this.#memory = new SharedMemory(this, "Value", () => {
      const code = checkTypecode("Value", typecode);
      if (value !== undefined) toBytes(code, [value]);
      return { extra: { code, length: 1, lock: lockOf("Value", options) }, name: options.name };
    });
    if (value !== undefined) this.value = value;
  }

  /** Its name, if it was given one. */
  get name(): string | undefined {
    return this.#memory.ref.name;
  }
  /** The number. */
  get value(): ElementOf<C> {
    return this.#memory.read(0, 1)[0] as ElementOf<C>;
  }
  set value(value: ElementOf<C>) {
    this.#memory.write(0, [value]);
  }
  /** Its lock. @throws TypeError when it was made without one. */
  getLock(): AnyProcessLock {
    return this.#memory.lock();
  }
  /** Itself, as in Python: access never takes the lock. */
  getObj(): this {
    return this;
  }
  /** Takes its lock. */
  acquire(blocking?: Acquire, timeoutMs?: number): boolean {
    return this.getLock().acquire(blocking, timeoutMs);
  }
  /** Releases its lock. */
  release(): void {
    this.getLock().release();
  }
  /** Runs `body` while holding its lock. */
  with<R>(body: () => R): R {
    return this.getLock().with(body);
  }
  /** `<Value 'total' 3>` */
  toString(): string {
    return `<${labelOf("Value", this.name)} ${String(this.value)}>`;
  }
}

/**
 * An array of numbers that processes share: `array[2] = 7`, `array.length`, `array.slice(1, 3)`.
 *
 * @example
 * ```ts
 * import { Array, Process } from "heddle/multiprocessing";
 * const squares = new Array("i", [1, 2, 3]);
 * const child = new Process({ target: () => squares.forEach((n, i) => void (squares[i] = n * n)) });
 * child.start();
 * child.join();
 * console.log([...squares]); // [ 1, 4, 9 ]
 * ```
 */
export class ProcessArray<C extends Typecode = Typecode> implements Iterable<ElementOf<C>> {
  [index: number]: ElementOf<C>;
  readonly #memory: SharedMemory;

  /** Of so many zeros, or of these values. @throws TypeError or RangeError for what is none. */
  constructor(typecode: C, sizeOrValues: number | Iterable<ElementOf<C>> = 0, options: MemoryOptions = {}) {
    const proxy = new Proxy(this, indexed);
    let values: readonly unknown[] = [];
    this.#memory = new SharedMemory(proxy, "Array", () => {
      const code = checkTypecode("Array", typecode);
      const size =
        typeof sizeOrValues === "number"
          ? checkWhole("create Array", "its size", sizeOrValues, 0)
          : undefined;
      if (size === undefined) values = [...(sizeOrValues as Iterable<unknown>)];
      toBytes(code, values);
      const extra = { code, length: size ?? values.length, lock: lockOf("Array", options) };
      return { extra, name: options.name };
    });
    if (values.length > 0) this.#memory.write(0, values);
    return proxy;
  }

  /** Its name, if it was given one. */
  get name(): string | undefined {
    return this.#memory.ref.name;
  }
  get length(): number {
    return this.#memory.extra.length;
  }

  /** An element; a negative index counts from the end. @throws RangeError outside of it. */
  get(index: number): ElementOf<C> {
    return this.#memory.read(this.#place(index), 1)[0] as ElementOf<C>;
  }
  /** Changes an element, or several from there on. @throws RangeError outside of it. */
  set(index: number, value: ElementOf<C> | readonly ElementOf<C>[]): void {
    const values = globalThis.Array.isArray(value) ? (value as readonly unknown[]) : [value];
    const from = this.#place(index);
    if (from + values.length > this.length)
      throw new RangeError(
        `Cannot set ${values.length} elements from ${from} on: the Array has ${this.length}`,
      );
    this.#memory.write(from, values);
  }
  #place(index: number): number {
    const place = index < 0 ? index + this.length : index;
    if (Number.isInteger(place) && place >= 0 && place < this.length) return place;
    throw new RangeError(`Cannot use element ${index}: the Array has ${this.length}`);
  }

  /** A copy of the elements from `start` to `end`, as they are now. */
  slice(start: number = 0, end: number = this.length): ElementOf<C>[] {
    const [from, to] = [start, end].map((i) =>
      Math.min(this.length, Math.max(0, i < 0 ? i + this.length : i)),
    ) as [number, number];
    return to <= from ? [] : (this.#memory.read(from, to - from) as ElementOf<C>[]);
  }
  /** Calls `visit` for each element, as they are now. */
  forEach(visit: (value: ElementOf<C>, index: number) => void): void {
    this.slice().forEach(visit);
  }
  /** The elements, as they are now. */
  [Symbol.iterator](): Iterator<ElementOf<C>> {
    return this.slice()[Symbol.iterator]();
  }
  /** Its lock. @throws TypeError when it was made without one. */
  getLock(): AnyProcessLock {
    return this.#memory.lock();
  }
  /** Itself, as in Python: access never takes the lock. */
  getObj(): this {
    return this;
  }
  /** Takes its lock. */
  acquire(blocking?: Acquire, timeoutMs?: number): boolean {
    return this.getLock().acquire(blocking, timeoutMs);
  }
  /** Releases its lock. */
  release(): void {
    this.getLock().release();
  }
  /** Runs `body` while holding its lock. */
  with<R>(body: () => R): R {
    return this.getLock().with(body);
  }
  /** `<Array 'squares' 1, 4, 9>` */
  toString(): string {
    return `<${labelOf("Array", this.name)} ${this.slice().join(", ")}>`;
  }
}

/** Lets whole numbers be used as indices. */
const indexed: ProxyHandler<ProcessArray> = {
  get(target, key) {
    const index = indexOf(key);
    if (index !== undefined) return index < target.length ? target.get(index) : undefined;
    const value: unknown = Reflect.get(target, key, target);
    return typeof value === "function" && key !== "constructor" ? value.bind(target) : value;
  },
  set(target, key, value) {
    const index = indexOf(key);
    if (index === undefined) return Reflect.set(target, key, value, target);
    target.set(index, value as never);
    return true;
  },
  has: (target, key) => {
    const index = indexOf(key);
    return index === undefined ? Reflect.has(target, key) : index < target.length;
  },
};

/** The whole number that a property key is; undefined: it is none. */
export function indexOf(key: PropertyKey): number | undefined {
  return typeof key === "string" && /^\d+$/.test(key) ? Number(key) : undefined;
}

/** A {@link Value} without a lock. */
export function RawValue<C extends Typecode>(typecode: C, value?: ElementOf<C>): Value<C> {
  return new Value(typecode, value, { lock: false });
}
/** An {@link ProcessArray} without a lock. */
export function RawArray<C extends Typecode>(
  typecode: C,
  sizeOrValues: number | Iterable<ElementOf<C>>,
): ProcessArray<C> {
  return new ProcessArray(typecode, sizeOrValues, { lock: false });
}

exportedAs("Array", ProcessArray);
registerRemoteClass("Value", () => new Value("i"));
registerRemoteClass("Array", () => new ProcessArray("i"));
shownAsText(Value);
shownAsText(ProcessArray);
