/**
 * The seam: every access to a shared word, and every wait, goes through here.
 *
 * All waiting reduces to three calls on one word: sleep if it still holds this,
 * wake some, wake all. This is the one file that names `Atomics`, so the model
 * checker can put a scheduled word in its place and the code above never knows.
 *
 * Ordering: every function here is sequentially consistent. Plain accesses to
 * shared memory (payloads) are unordered between threads, so a payload is
 * published by a `store` that comes after the plain writes.
 */
import { buffer } from "./memory.ts";
import { sharedClock, strongOrder } from "./platform.ts";

declare const addrBrand: unique symbol;
/** A byte offset in shared memory, a multiple of 4. */
export type Addr = number & { readonly [addrBrand]: true };

const words = new Int32Array(buffer);
const wideWords = new BigInt64Array(buffer);
const reals = new Float64Array(buffer);

export function load(a: Addr): number {
  return Atomics.load(words, a >> 2);
}
export function store(a: Addr, value: number): void {
  Atomics.store(words, a >> 2, value);
}
/** Adds and returns the old value. */
export function add(a: Addr, delta: number): number {
  return Atomics.add(words, a >> 2, delta);
}
/** Sets bits and returns the old value. */
export function or(a: Addr, bits: number): number {
  return Atomics.or(words, a >> 2, bits);
}
/** Keeps only `bits` and returns the old value. */
export function and(a: Addr, bits: number): number {
  return Atomics.and(words, a >> 2, bits);
}
export function exchange(a: Addr, value: number): number {
  return Atomics.exchange(words, a >> 2, value);
}
/** Returns the old value; the word was changed if that equals `expected`. */
export function compareExchange(a: Addr, expected: number, value: number): number {
  return Atomics.compareExchange(words, a >> 2, expected, value);
}

/** Flips bits and returns the old value. */
export function xor(a: Addr, bits: number): number {
  return Atomics.xor(words, a >> 2, bits);
}

/** Plain access, unordered: for what one thread owns, or is checked with {@link unchanged} afterwards. */
export function read(a: Addr): number {
  return words[a >> 2] as number;
}
export function write(a: Addr, value: number): void {
  words[a >> 2] = value;
}
/** Plain access to 64 bits at once, at an address that is a multiple of 8. NaNs keep their bits. */
export function readReal(a: Addr): number {
  return reals[a >> 3] as number;
}
export function writeReal(a: Addr, value: number): void {
  reals[a >> 3] = value;
}
/**
 * Does the word still hold what was seen in it before the plain reads that came before this? Where the
 * processor may read later what stands earlier, only a change of the word orders them: it is changed to itself.
 */
export function unchanged(a: Addr, seen: number): boolean {
  return strongOrder
    ? Atomics.load(words, a >> 2) === seen
    : Atomics.compareExchange(words, a >> 2, seen, seen) === seen;
}

/** One change of a 64-bit word at an address that is a multiple of 8; each returns the old value. */
export const wide: {
  load(a: Addr): bigint;
  store(a: Addr, value: bigint): void;
  add(a: Addr, delta: bigint): bigint;
  sub(a: Addr, delta: bigint): bigint;
  and(a: Addr, bits: bigint): bigint;
  or(a: Addr, bits: bigint): bigint;
  xor(a: Addr, bits: bigint): bigint;
  exchange(a: Addr, value: bigint): bigint;
  compareExchange(a: Addr, expected: bigint, value: bigint): bigint;
} = {
  load: (a) => Atomics.load(wideWords, a >> 3),
  store: (a, value) => void Atomics.store(wideWords, a >> 3, value),
  add: (a, delta) => Atomics.add(wideWords, a >> 3, delta),
  sub: (a, delta) => Atomics.sub(wideWords, a >> 3, delta),
  and: (a, bits) => Atomics.and(wideWords, a >> 3, bits),
  or: (a, bits) => Atomics.or(wideWords, a >> 3, bits),
  xor: (a, bits) => Atomics.xor(wideWords, a >> 3, bits),
  exchange: (a, value) => Atomics.exchange(wideWords, a >> 3, value),
  compareExchange: (a, expected, value) => Atomics.compareExchange(wideWords, a >> 3, expected, value),
};

/** Sleeps while the word holds `expected`, at most `timeoutMs` (Infinity: for ever). */
export function wait(a: Addr, expected: number, timeoutMs: number): "ok" | "not-equal" | "timed-out" {
  return Atomics.wait(words, a >> 2, expected, timeoutMs);
}
/** Wakes at most `count` sleepers, the oldest first, and returns how many. */
export function notify(a: Addr, count: number): number {
  return Atomics.notify(words, a >> 2, count);
}
/**
 * `wait` for an event loop: the promise settles when the word is notified. A
 * pending one does not keep the process alive.
 */
export function waitAsync(a: Addr, expected: number): Promise<unknown> | undefined {
  const result = Atomics.waitAsync(words, a >> 2, expected);
  return result.async ? result.value : undefined;
}

/**
 * Milliseconds on the one clock that all threads of the process share. Each
 * thread's `performance.now()` has a zero of its own, so the distance of that
 * zero from the shared one is measured once and added.
 */
export function now(): number {
  return zero + performance.now();
}
const zero = measureZero();

/**
 * Between two readings a thread may lose its core for many milliseconds, and threads
 * that disagree on the time would hand a lock over late. So the tightest of some
 * measurements counts; the first one also loads what the clocks need.
 */
function measureZero(): number {
  let best = 0;
  let gap = Infinity;
  for (let tries = 0; tries < 20 && gap > 0.002; tries++) {
    const before = performance.now();
    const shared = sharedClock();
    const after = performance.now();
    if (after - before >= gap) continue;
    gap = after - before;
    best = shared - (before + after) / 2;
  }
  return best;
}

/** May the calling thread sleep at all? False on a browser's main thread. */
export function mayWait(): boolean {
  return blockingAllowed;
}
const blockingAllowed = probeWait();
function probeWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}

/** One turn of a spin. A call of its own so that the model can count it as a yield. */
export function relax(): void {}
