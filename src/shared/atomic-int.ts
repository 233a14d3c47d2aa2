/** `AtomicInt` and `AtomicBigInt`: numbers that several threads change without a lock. */
import { KIND } from "../core/kind.ts";
import { ATOMIC, field } from "../core/layout.ts";
import { type Addr, add, and, compareExchange, exchange, load, or, store, wide, xor } from "../core/word.ts";
import { allocateRecord } from "../core/heap.ts";
import { bind, registerHandle } from "../value/handle.ts";
import { shownAsText } from "../value/shown.ts";

let opening: Addr | undefined;

function newRecord(kind: number): Addr {
  const record = allocateRecord();
  for (let offset = 4; offset < 64; offset += 4) store(field(record, offset), 0);
  store(field(record, ATOMIC.REFS), 1);
  store(record, kind);
  return record;
}

function checkInt(value: unknown): number {
  if (typeof value !== "number")
    throw new TypeError(`Cannot change AtomicInt: the value must be a number, got ${typeof value}`);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`Cannot change AtomicInt: the value must be an integer, got ${value}`);
  return value | 0;
}

/**
 * A 32-bit integer that threads change in one step each. It wraps around at its ends.
 *
 * The operations named as those of `Atomics` return the old value, as they do there;
 * `increment`, `decrement` and `update` return the new one.
 *
 * @example
 * ```ts
 * import { AtomicInt, spawn } from "heddle";
 * const count = new AtomicInt();
 * const work = () => { for (let i = 0; i < 1000; i++) count.increment(); };
 * for (const thread of [spawn(work), spawn(work)]) thread.join();
 * console.log(count.load()); // 2000
 * ```
 */
export class AtomicInt {
  readonly #record: Addr;
  readonly #word: Addr;

  /** @throws TypeError or RangeError for what is no integer. */
  constructor(value = 0) {
    const opened = opening;
    opening = undefined;
    const initial = checkInt(value);
    this.#record = opened ?? newRecord(KIND.ATOMIC_INT);
    this.#word = field(this.#record, ATOMIC.WORD);
    if (opened === undefined) store(this.#word, initial);
    bind(this, this.#record);
  }

  /** The value now. */
  load(): number {
    return load(this.#word);
  }
  /** Sets the value. @throws as the constructor does. */
  store(value: number): void {
    store(this.#word, checkInt(value));
  }
  /** Adds; returns the old value. */
  add(n: number): number {
    return add(this.#word, checkInt(n));
  }
  /** Subtracts; returns the old value. */
  sub(n: number): number {
    return add(this.#word, -checkInt(n) | 0);
  }
  /** Keeps only these bits; returns the old value. */
  and(bits: number): number {
    return and(this.#word, checkInt(bits));
  }
  /** Sets bits; returns the old value. */
  or(bits: number): number {
    return or(this.#word, checkInt(bits));
  }
  /** Flips bits; returns the old value. */
  xor(bits: number): number {
    return xor(this.#word, checkInt(bits));
  }
  /** Replaces the value; returns the old one. */
  exchange(value: number): number {
    return exchange(this.#word, checkInt(value));
  }
  /** Replaces the value if it equals `expected`; returns the old one. */
  compareExchange(expected: number, value: number): number {
    return compareExchange(this.#word, checkInt(expected), checkInt(value));
  }
  /** Adds 1; returns the new value. */
  increment(): number {
    return (add(this.#word, 1) + 1) | 0;
  }
  /** Subtracts 1; returns the new value. */
  decrement(): number {
    return (add(this.#word, -1) - 1) | 0;
  }
  /** Replaces the value by `fn` of it in one step; returns the new one. `fn` is called again when another thread came between. */
  update(fn: (value: number) => number): number {
    for (;;) {
      const old = load(this.#word);
      const next = checkInt(fn(old));
      if (compareExchange(this.#word, old, next) === old) return next;
    }
  }

  /** A snapshot. */
  statistics(): { readonly value: number } {
    return Object.freeze({ value: this.load() });
  }
  toString(): string {
    return `<AtomicInt ${this.load()}>`;
  }
}

function checkBigInt(value: unknown): bigint {
  if (typeof value !== "bigint")
    throw new TypeError(`Cannot change AtomicBigInt: the value must be a bigint, got ${typeof value}`);
  return BigInt.asIntN(64, value);
}

/** As {@link AtomicInt}, with 64 bits and bigints. */
export class AtomicBigInt {
  readonly #record: Addr;
  readonly #word: Addr;

  /** @throws TypeError for what is no bigint. */
  constructor(value = 0n) {
    const opened = opening;
    opening = undefined;
    const initial = checkBigInt(value);
    this.#record = opened ?? newRecord(KIND.ATOMIC_BIGINT);
    this.#word = field(this.#record, ATOMIC.WORD);
    if (opened === undefined) wide.store(this.#word, initial);
    bind(this, this.#record);
  }

  /** The value now. */
  load(): bigint {
    return wide.load(this.#word);
  }
  /** Sets the value. @throws as the constructor does. */
  store(value: bigint): void {
    wide.store(this.#word, checkBigInt(value));
  }
  /** Adds; returns the old value. */
  add(n: bigint): bigint {
    return wide.add(this.#word, checkBigInt(n));
  }
  /** Subtracts; returns the old value. */
  sub(n: bigint): bigint {
    return wide.sub(this.#word, checkBigInt(n));
  }
  /** Keeps only these bits; returns the old value. */
  and(bits: bigint): bigint {
    return wide.and(this.#word, checkBigInt(bits));
  }
  /** Sets bits; returns the old value. */
  or(bits: bigint): bigint {
    return wide.or(this.#word, checkBigInt(bits));
  }
  /** Flips bits; returns the old value. */
  xor(bits: bigint): bigint {
    return wide.xor(this.#word, checkBigInt(bits));
  }
  /** Replaces the value; returns the old one. */
  exchange(value: bigint): bigint {
    return wide.exchange(this.#word, checkBigInt(value));
  }
  /** Replaces the value if it equals `expected`; returns the old one. */
  compareExchange(expected: bigint, value: bigint): bigint {
    return wide.compareExchange(this.#word, checkBigInt(expected), checkBigInt(value));
  }
  /** Adds 1; returns the new value. */
  increment(): bigint {
    return BigInt.asIntN(64, wide.add(this.#word, 1n) + 1n);
  }
  /** Subtracts 1; returns the new value. */
  decrement(): bigint {
    return BigInt.asIntN(64, wide.sub(this.#word, 1n) - 1n);
  }
  /** Replaces the value by `fn` of it in one step; returns the new one. `fn` is called again when another thread came between. */
  update(fn: (value: bigint) => bigint): bigint {
    for (;;) {
      const old = wide.load(this.#word);
      const next = checkBigInt(fn(old));
      if (wide.compareExchange(this.#word, old, next) === old) return next;
    }
  }

  /** A snapshot. */
  statistics(): { readonly value: bigint } {
    return Object.freeze({ value: this.load() });
  }
  toString(): string {
    return `<AtomicBigInt ${this.load()}>`;
  }
}

registerHandle({
  kind: KIND.ATOMIC_INT,
  name: "AtomicInt",
  create: (record) => {
    opening = record;
    return new AtomicInt();
  },
});
registerHandle({
  kind: KIND.ATOMIC_BIGINT,
  name: "AtomicBigInt",
  create: (record) => {
    opening = record;
    return new AtomicBigInt();
  },
});

shownAsText(AtomicInt);
shownAsText(AtomicBigInt);
