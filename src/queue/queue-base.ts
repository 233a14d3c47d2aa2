/** What all queues have: putting, getting, iterating, shutting down. The algorithms are in core/. */
import { type Deadline, NEVER, POLL, signalOf } from "../core/deadline.ts";
import { field } from "../core/layout.ts";
import { block, TIMED_OUT, type Wait } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { QUEUE } from "../core/queue-layout.ts";
import { type Got, getWait, isFull, putWait, shut, spinLonger, spinWhile } from "../core/queue-wait.ts";
import { OUTCOME, type Outcome, sizeOf } from "../core/sides.ts";
import { slot } from "../core/slot.ts";
import { takeSeat } from "../core/tasks.ts";
import { self } from "../core/self.ts";
import { type Addr, load, now } from "../core/word.ts";
import { Empty, Full, ShutDown } from "../errors.ts";
import { bind } from "../value/handle.ts";
import { labelOf } from "../sync/holdable.ts";
import { nameOf } from "../sync/named.ts";
import { dropParcel, loadModules, needsModules, packed, packItem, unpackItem } from "./item.ts";
import { throwAway } from "./record.ts";
import type { Opened, Parcel, Store } from "./store.ts";
import { type QueueWait, queueDeadline } from "./waiting.ts";

/** How a wait for a free place ended. */
type Put = "put" | "shut" | typeof TIMED_OUT;

/** A wait this short, in milliseconds, was mostly its own wake-up. */
const SHORT_SLEEP_MS = 0.1;

/** What every queue can do; not made by itself. */
export abstract class QueueBase<T> {
  readonly #q: Addr;
  readonly #store: Store;
  readonly #counted: boolean;
  readonly #packKey: ((item: T, into: Parcel) => void) | undefined;
  /** This thread's seat, and the thread that it is of: a carrier runs one after the other. */
  #seat = 0 as Addr;
  #seatOf = 0;

  /** For heddle's own queues. */
  protected constructor({ q, store, counted, packKey }: Opened<T>) {
    this.#q = q;
    this.#store = store;
    this.#counted = counted;
    this.#packKey = packKey;
    bind(this, q);
  }

  /** Its name, if it was given one. */
  get name(): string | undefined {
    return nameOf(this.#q, QUEUE.NAME);
  }

  /** Was it shut down? */
  get isShutdown(): boolean {
    return load(field(this.#q, QUEUE.SHUT)) !== 0;
  }

  /**
   * Puts an item in, waiting for a free place if need be. The item is copied as it is now.
   *
   * @param how a timeout in milliseconds, or `{ block: false }`.
   * @throws Full the call was not to wait, or not any longer; ShutDown; CaptureError the item cannot cross threads;
   * HeapExhaustedError; InterruptedError; RangeError or TypeError for a bad timeout. The queue is then as it was.
   */
  put(item: T, how?: QueueWait, timeoutMs?: number): void {
    const deadline = how === undefined && timeoutMs === undefined ? NEVER : queueDeadline(how, timeoutMs);
    this.#pack(item);
    const { tag, value, keyTag, keyValue } = packed;
    let outcome: Outcome;
    try {
      outcome = this.#store.offer(this.#q, tag, value, keyTag, keyValue);
    } catch (error) {
      dropParcel({ tag, value, keyTag, keyValue });
      throw error;
    }
    if (outcome !== OUTCOME.DONE) this.#putSlow({ tag, value, keyTag, keyValue }, outcome, deadline);
  }

  /** Puts an item in if there is a free place; never waits. @throws Full, and what {@link put} throws. */
  putNowait(item: T): void {
    this.put(item, false);
  }

  /** {@link put} without blocking the thread. A signal that aborts rejects with its reason; nothing is then put. */
  async putAsync(item: T, how?: QueueWait): Promise<void> {
    const deadline = queueDeadline(how);
    const signal = typeof how === "boolean" ? undefined : signalOf(how);
    signal?.throwIfAborted();
    this.#pack(item);
    const parcel = { ...packed };
    let put: Put | undefined;
    try {
      const outcome = this.#offer(parcel);
      if (outcome === OUTCOME.DONE) put = "put";
      else this.#refusePut(outcome, deadline);
      put ??= await blockAsync(this.#putWait(parcel), deadline, signal);
    } finally {
      if (put !== "put") dropParcel(parcel);
    }
    this.#accepted(put);
  }

  /**
   * Gets an item, waiting for one if need be.
   *
   * @param how a timeout in milliseconds, or `{ block: false }`.
   * @throws Empty the call was not to wait, or not any longer; ShutDown; InterruptedError; RangeError or TypeError for a
   * bad timeout.
   */
  get(how?: QueueWait, timeoutMs?: number): T {
    const deadline = how === undefined && timeoutMs === undefined ? NEVER : queueDeadline(how, timeoutMs);
    const outcome = this.#take();
    if (outcome === OUTCOME.DONE) return unpackItem(slot.tag, slot.value) as T;
    this.#refuseGet(outcome, deadline);
    if (spinWhile(() => sizeOf(this.#q) === 0 && !this.isShutdown)) {
      const second = this.#take();
      if (second === OUTCOME.DONE) return unpackItem(slot.tag, slot.value) as T;
    }
    this.#store.shrink(this.#q);
    const since = now();
    const got = block(this.#getWait(), deadline);
    if (now() - since < SHORT_SLEEP_MS) spinLonger();
    return this.#received(got);
  }

  /** Gets an item if there is one; never waits. @throws Empty, and what {@link get} throws. */
  getNowait(): T {
    return this.get(false);
  }

  /** {@link get} without blocking the thread. A signal that aborts rejects with its reason; nothing is then taken. */
  async getAsync(how?: QueueWait): Promise<T> {
    const deadline = queueDeadline(how);
    const signal = typeof how === "boolean" ? undefined : signalOf(how);
    signal?.throwIfAborted();
    const outcome = this.#take();
    let got: Got | typeof TIMED_OUT = slot;
    if (outcome !== OUTCOME.DONE) {
      this.#refuseGet(outcome, deadline);
      this.#store.shrink(this.#q);
      got = await blockAsync(this.#getWait(), deadline, signal);
    }
    if (typeof got === "object" && needsModules(got)) got = await loadModules({ ...got });
    return this.#received(got);
  }

  /** How many items are in it now. */
  qsize(): number {
    return sizeOf(this.#q);
  }

  /** Is nothing in it now? */
  empty(): boolean {
    return sizeOf(this.#q) === 0;
  }

  /**
   * From now on nothing can be put in: `put` throws ShutDown. What is in it may still be got; then `get` throws
   * ShutDown, too, and iteration ends. With `immediate` what is in it is thrown away, and counts as done.
   */
  shutdown(immediate = false): void {
    if (typeof immediate !== "boolean")
      throw new TypeError(
        `Cannot shut down ${labelOf(this)}: immediate must be a boolean, got ${typeof immediate}`,
      );
    shut(this.#q, immediate);
    if (immediate) throwAway(this.#q, this.#store);
  }

  /** Items until the queue is shut down and empty; blocks while there is none. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (;;) {
      let item: T;
      try {
        item = this.get();
      } catch (error) {
        if (error instanceof ShutDown) return;
        throw error;
      }
      yield item;
    }
  }

  /** As the plain iteration, without blocking the thread. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      let item: T;
      try {
        item = await this.getAsync();
      } catch (error) {
        if (error instanceof ShutDown) return;
        throw error;
      }
      yield item;
    }
  }

  #pack(item: T): void {
    packItem(item);
    if (this.#packKey === undefined) {
      packed.keyTag = 0; // what another queue's item left there is not ours to drop
      packed.keyValue = 0;
      return;
    }
    const parcel = { ...packed };
    try {
      this.#packKey(item, parcel);
    } catch (error) {
      dropParcel(parcel);
      throw error;
    }
    Object.assign(packed, parcel); // as a whole: making a key may run the program's own code, which may put something
  }

  #offer({ tag, value, keyTag, keyValue }: Parcel): Outcome {
    return this.#store.offer(this.#q, tag, value, keyTag, keyValue);
  }

  #take(): Outcome {
    if (!this.#counted) return this.#store.take(this.#q, 0 as Addr);
    if (this.#seatOf !== self.ident) this.#sit();
    return this.#store.take(this.#q, this.#seat);
  }

  #sit(): void {
    this.#seat = takeSeat(this.#q);
    this.#seatOf = self.ident;
  }

  /** The seat of the calling thread, for {@link Queue.taskDone}. */
  protected seat(): Addr {
    if (this.#seatOf !== self.ident) this.#sit();
    return this.#seat;
  }

  #putSlow(parcel: Parcel, outcome: Outcome, deadline: Deadline): void {
    let put: Put | undefined;
    try {
      this.#refusePut(outcome, deadline);
      if (spinWhile(() => isFull(this.#q) && !this.isShutdown) && this.#offer(parcel) === OUTCOME.DONE)
        put = "put";
      const since = now();
      put ??= block(this.#putWait(parcel), deadline);
      if (now() - since < SHORT_SLEEP_MS) spinLonger();
    } finally {
      if (put !== "put") dropParcel(parcel);
    }
    this.#accepted(put);
  }

  #putWait(parcel: Parcel): Wait<"put" | "shut"> {
    return putWait(this.#q, () => this.#offer(parcel));
  }

  #getWait(): Wait<Got> {
    return getWait(this.#q, () => this.#take());
  }

  /** Throws what an attempt to put ends with that is not to wait. */
  #refusePut(outcome: Outcome, deadline: Deadline): void {
    if (outcome === OUTCOME.SHUT) this.#accepted("shut");
    if (deadline === POLL) this.#accepted(TIMED_OUT);
  }

  #accepted(put: Put): void {
    if (put === "put") return;
    if (put === "shut") throw new ShutDown(`Cannot put into ${labelOf(this)}: it was shut down`);
    const bound = load(field(this.#q, QUEUE.MAXSIZE));
    throw new Full(`Cannot put into ${labelOf(this)}: it is full with ${sizeOf(this.#q)} of ${bound} items`);
  }

  #refuseGet(outcome: Outcome, deadline: Deadline): void {
    if (outcome === OUTCOME.SHUT) this.#received("shut");
    if (deadline === POLL) this.#received(TIMED_OUT);
  }

  #received(got: Got | typeof TIMED_OUT): T {
    if (got === TIMED_OUT) throw new Empty(`Cannot get from ${labelOf(this)}: it is empty`);
    if (got === "shut") throw new ShutDown(`Cannot get from ${labelOf(this)}: it was shut down`);
    return unpackItem(got.tag, got.value) as T;
  }
}
