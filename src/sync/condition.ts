/** `Condition`: wait, outside a lock, until another thread says that something has changed. */
import { type Deadline, deadlineOf, signalOf, type Timeout } from "../core/deadline.ts";
import { KIND } from "../core/kind.ts";
import { CONDITION, field, ISOLATE, isolateAt } from "../core/layout.ts";
import { lengthOf } from "../core/line.ts";
import { block, TIMED_OUT } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { REASON } from "../core/reason.ts";
import { grantWait, wakeAll, wakeSome } from "../core/sequence.ts";
import { self } from "../core/self.ts";
import { type Addr, load, store } from "../core/word.ts";
import { addressOf, bind, handleAt, registerHandle, release, retain } from "../value/handle.ts";
import { shownAsText } from "../value/shown.ts";
import type { Acquire } from "./acquire.ts";
import { Holdable, labelOf } from "./holdable.ts";
import { Lock } from "./lock.ts";
import { checkName, checkOptions, freeNamed, nameOf, newRecord } from "./named.ts";
import { isHeldHere, notOwner, releaseFully, restore, restoreAsync } from "./owned.ts";
import { RLock } from "./rlock.ts";

/** Options of a {@link Condition}. */
export interface ConditionOptions {
  /** Shown in errors, dumps and the text form. */
  name?: string;
}

/** A snapshot of a condition. */
export interface ConditionStatistics {
  readonly name: string | undefined;
  /** Threads and pending Async calls that wait to be notified. */
  readonly waiting: number;
  /** Is its lock held by any thread? */
  readonly locked: boolean;
}

/**
 * A lock and a line: threads wait in the line until another one, which holds the lock, notifies them.
 *
 * `wait` releases the lock while it waits, however deep it was, and holds it again when it returns, also
 * when it throws. `notify(n)` wakes the n oldest waiters. Several conditions may share one lock.
 *
 * @example
 * ```ts
 * import { Condition, sharedArray, spawn } from "heddle";
 * const filled = new Condition();
 * const items = sharedArray(Int32Array, 1);
 * const consumer = spawn(() => filled.with(() => { filled.waitFor(() => items[0]! > 0); return items[0]!--; }));
 * filled.with(() => { items[0] = 3; filled.notify(); });
 * console.log(consumer.result()); // 3
 * ```
 */
export class Condition extends Holdable {
  readonly #record: Addr;
  readonly #word: Addr;
  readonly #lock: Lock | RLock;

  /** @param lock default: a new {@link RLock}. @throws TypeError for what is no lock, or bad options. */
  constructor(lock?: Lock | RLock, options?: ConditionOptions) {
    super();
    this.#record = opening ?? createRecord(lock, options);
    opening = undefined;
    this.#word = field(this.#record, CONDITION.WORD);
    this.#lock = handleAt(this.#lockRecord()) as Lock | RLock;
    bind(this, this.#record);
  }

  override get name(): string | undefined {
    return nameOf(this.#record, CONDITION.NAME);
  }

  /** Takes the lock. */
  override acquire(blocking?: Acquire, timeoutMs?: number): boolean {
    return this.#lock.acquire(blocking, timeoutMs);
  }
  /** Takes the lock if it is free; never waits. */
  tryAcquire(): boolean {
    return this.#lock.tryAcquire();
  }
  /** Takes the lock without blocking the thread. */
  override acquireAsync(timeout?: Timeout): Promise<boolean> {
    return this.#lock.acquireAsync(timeout);
  }
  /** Gives the lock up. */
  override release(): void {
    this.#lock.release();
  }
  /** Does any thread hold the lock? */
  locked(): boolean {
    return this.#lock.locked();
  }

  /**
   * Releases the lock, waits to be notified, takes the lock again. True: notified; false: the timeout passed
   * (taking the lock again is not bounded by it).
   *
   * @throws NotOwnerError the calling thread does not hold the lock; InterruptedError; AbandonedLockError.
   */
  wait(timeout?: Timeout): boolean {
    return this.#waitUntil(deadlineOf(timeout));
  }

  /** {@link wait} without blocking the thread. A signal that aborts rejects with its reason, once the lock is held again. */
  async waitAsync(timeout?: Timeout): Promise<boolean> {
    const deadline = deadlineOf(timeout);
    return this.#waitUntilAsync(deadline, signalOf(timeout));
  }

  /** Waits until `predicate` (called with the lock held) is truthy; returns its last value, falsy when the timeout passed. */
  waitFor<T>(predicate: () => T, timeout?: Timeout): T {
    this.#checkPredicate(predicate);
    const deadline = deadlineOf(timeout);
    for (;;) {
      const value = predicate();
      if (value || !this.#waitUntil(deadline)) return value || predicate();
    }
  }

  /** {@link waitFor} without blocking the thread. */
  async waitForAsync<T>(predicate: () => T, timeout?: Timeout): Promise<T> {
    this.#checkPredicate(predicate);
    const deadline = deadlineOf(timeout);
    const signal = signalOf(timeout);
    for (;;) {
      const value = predicate();
      if (value || !(await this.#waitUntilAsync(deadline, signal))) return value || predicate();
    }
  }

  /** Wakes the `n` oldest waiters, at most; they go on when they get the lock. @throws NotOwnerError; TypeError or RangeError for a bad `n`. */
  notify(n = 1): void {
    if (typeof n !== "number")
      throw new TypeError(`Cannot notify ${labelOf(this)}: n must be a number, got ${typeof n}`);
    if (n !== Infinity && !Number.isInteger(n)) {
      throw new RangeError(`Cannot notify ${labelOf(this)}: n must be a whole number, got ${n}`);
    }
    this.#checkHeld("notify");
    wakeSome(this.#word, n);
  }

  /** Wakes all who wait now. @throws NotOwnerError. */
  notifyAll(): void {
    this.#checkHeld("notify");
    wakeAll(this.#word);
  }

  /** A snapshot of its state. */
  statistics(): ConditionStatistics {
    return Object.freeze({ name: this.name, waiting: lengthOf(this.#word), locked: this.locked() });
  }

  /** `<Condition 'filled' over <RLock unlocked>, 2 waiting>` */
  override toString(): string {
    return `<${labelOf(this)} over ${this.#lock.toString()}, ${lengthOf(this.#word)} waiting>`;
  }

  #lockRecord(): Addr {
    return load(field(this.#record, CONDITION.LOCK)) as Addr;
  }

  #checkHeld(verb: string): void {
    if (!isHeldHere(this.#lockRecord())) throw notOwner(this.#lockRecord(), `${verb} with`);
  }

  #checkPredicate(predicate: unknown): void {
    if (typeof predicate === "function") return;
    throw new TypeError(
      `Cannot wait for ${labelOf(this)}: predicate must be a function, got ${typeof predicate}`,
    );
  }

  #waitUntil(deadline: Deadline): boolean {
    this.#checkHeld("wait");
    const lock = this.#lockRecord();
    const owes = field(isolateAt(self.isolate), ISOLATE.OWES);
    let depth = 0;
    const release = (): void => {
      depth = releaseFully(lock);
    };
    try {
      return block(grantWait(this.#word, REASON.CONDITION, release, owes), deadline) !== TIMED_OUT;
    } finally {
      try {
        restore(lock, depth);
      } finally {
        store(owes, 0);
      }
    }
  }

  async #waitUntilAsync(deadline: Deadline, signal: AbortSignal | undefined): Promise<boolean> {
    signal?.throwIfAborted();
    this.#checkHeld("wait");
    const lock = this.#lockRecord();
    let depth = 0;
    const wait = grantWait(this.#word, REASON.CONDITION, () => {
      depth = releaseFully(lock);
    });
    try {
      return (await blockAsync(wait, deadline, signal)) !== TIMED_OUT;
    } finally {
      await restoreAsync(lock, depth);
    }
  }
}

/** The record that the constructor is to open instead of making one. */
let opening: Addr | undefined;

function createRecord(lock: Lock | RLock | undefined, options: ConditionOptions | undefined): Addr {
  checkOptions("Condition", options, ["name"]);
  const name = checkName("Condition", options?.name);
  if (lock !== undefined && !(lock instanceof Lock) && !(lock instanceof RLock)) {
    throw new TypeError(`Cannot create Condition: lock must be a Lock or an RLock, got ${typeof lock}`);
  }
  const record = newRecord(KIND.CONDITION, CONDITION.NAME, name);
  const lockRecord = addressOf(lock ?? new RLock()) as Addr;
  retain(lockRecord);
  store(field(record, CONDITION.LOCK), lockRecord);
  return record;
}

registerHandle({
  kind: KIND.CONDITION,
  name: "Condition",
  create: (record) => {
    opening = record;
    return new Condition();
  },
  reclaim: (record) => {
    const lock = load(field(record, CONDITION.LOCK)) as Addr;
    freeNamed(record, CONDITION.NAME);
    release(lock);
  },
});

shownAsText(Condition);
