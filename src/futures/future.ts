/** `Future`: what a call in another thread or process will end with. The word and its rules are in core/future.ts. */
import { type Deadline, deadlineOf, NEVER, signalOf, type Timeout } from "../core/deadline.ts";
import {
  awaitOver,
  cancel,
  CANCELLED,
  claim,
  DONE,
  doneWait,
  finish,
  isOver,
  notifyCancelled,
  overWait,
  PENDING,
  phaseOf,
  RUNNING,
  tagOf,
} from "../core/future.ts";
import { KIND } from "../core/kind.ts";
import { FUTURE } from "../core/future-layout.ts";
import { field } from "../core/layout.ts";
import { TIMED_OUT } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { type Addr, load } from "../core/word.ts";
import { CancelledError, InvalidStateError } from "../errors.ts";
import { bind, registerHandle, release, retain, registerLate } from "../value/handle.ts";
import { shownAsText } from "../value/shown.ts";
import { runCallback } from "./callback.ts";
import { friends, helping } from "./friends.ts";
import { createRecord, readRecord, reclaimFuture, recordOfSettled } from "./future-record.ts";
import { addAsker, discardResult, returned, thrown, textOf, tooLate } from "./outcome.ts";
import { addInterest, drain, dropInterest, leavePort, setOrphanReclaim } from "./port.ts";
import { type FutureState, type FutureStatistics, Settled, type Source } from "./settled.ts";

/** The record that the constructor is to open instead of making one, and the executor it is for. */
let opening: Addr | undefined;
let openingSource: Source | undefined;

/**
 * What a call in another thread or process will end with. `submit()` of an executor makes one; it is a
 * promise, too, so that it can be awaited. It crosses threads by reference.
 *
 * Functions added with `addDoneCallback` run in the thread that added them.
 *
 * @example
 * ```ts
 * import { Future, spawn } from "heddle";
 * const answer = new Future<number>();
 * spawn(() => answer.setResult(42));
 * console.log(answer.result(), answer.done()); // 42 true
 * ```
 */
export class Future<R = unknown> implements PromiseLike<R> {
  /** Its record; 0 once it is settled here and no other thread has it. */
  #record: Addr;
  /** Tied to its record: other threads may have it. */
  #shared = false;
  #settled: Settled | undefined;
  #callbacks: ((future: never) => void)[] | undefined;
  /** Called when it is DONE: a cancelled one is so only when its executor has noticed. */
  #watchers: (() => void)[] | undefined;
  #promise: Promise<R> | undefined;
  #stop: AbortController | undefined;
  /** Its end is looked for, on behalf of callbacks and promises. */
  #interest: "none" | "port" | "line" = "none";
  readonly #source: Source | undefined;

  constructor() {
    const opened = opening;
    const source = openingSource;
    opening = openingSource = undefined;
    this.#source = source;
    this.#record = opened ?? createRecord();
    if (source !== undefined) return;
    this.#shared = true;
    bind(this, this.#record);
  }

  static {
    friends.recordOf = (future) => future.#record;
    friends.hasFailed = (future) => future.#settle()?.failed === true;
    friends.isOwn = (future) => future.#source !== undefined;
    friends.unwatch = (future, fn) => future.#unwatch(fn);
    friends.watchDone = (future, fn, loop) => future.#watchDone(fn, loop);
    registerLate((value) => (#record in value ? value.#share() : undefined));
  }

  /** Who made it, in words. */
  get name(): string | undefined {
    return this.#source?.name;
  }

  /**
   * Waits until it is done and returns what the call returned, or throws what it threw.
   *
   * @throws TimeoutError when the timeout passes first; CancelledError when it was cancelled; InterruptedError;
   * RangeError or TypeError for a bad timeout.
   */
  result(timeout?: Timeout): R {
    if (this.#settled === undefined) this.#wait(deadlineOf(timeout), "result");
    return this.#deliver();
  }

  /** Waits until it is done and returns what the call threw; undefined: it threw nothing. Throws as {@link result} does. */
  exception(timeout?: Timeout): unknown {
    if (this.#settled === undefined) this.#wait(deadlineOf(timeout), "exception");
    const settled = this.#looked();
    return settled.failed ? settled.value : undefined;
  }

  /** {@link result} without blocking the thread. A signal that aborts rejects with its reason. */
  async resultAsync(timeout?: Timeout): Promise<R> {
    await this.#waitAsync(timeout, "result");
    return this.#deliver();
  }

  /** Cancels the call if it has not begun. True: it is cancelled, now or before; false: too late. */
  cancel(): boolean {
    if (this.#settled === undefined && !cancel(this.#record)) return false;
    return this.#settle()?.cancelled === true;
  }

  /** Was it cancelled before it began? */
  cancelled(): boolean {
    return this.#settle()?.cancelled === true;
  }

  /** Is it being called now? */
  running(): boolean {
    return this.#settle() === undefined && phaseOf(this.#word()) === RUNNING;
  }

  /** Has it ended, or was it cancelled? */
  done(): boolean {
    return this.#settle() !== undefined;
  }

  /**
   * Has `fn` called with this future when it is done: at once if it is done already, else in this thread, as soon
   * as it learns of it: in its event loop, or in a call that waits for a future. What `fn` throws is reported and
   * goes no further.
   */
  addDoneCallback(fn: (future: Future<R>) => void): void {
    if (typeof fn !== "function")
      throw new TypeError(`Cannot add callback: it must be a function, got ${typeof fn}`);
    this.#source?.look(this.#settled);
    if (this.#settle() !== undefined) return runCallback(fn, this);
    this.#callbacks ??= [];
    this.#callbacks.push(fn);
    this.#listen();
  }

  /** Makes it a promise: `await future` waits without blocking. */
  // oxlint-disable-next-line unicorn/no-thenable -- the contract: a future can be awaited
  then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#promise ??= new Promise<R>((resolve, reject) => {
      const settle = (): void => {
        const { failed, value } = this.#looked();
        if (failed) reject(value);
        else resolve(value as R);
      };
      if (this.#settle() !== undefined) return settle();
      this.#callbacks ??= [];
      this.#callbacks.push(settle);
      this.#listen();
    });
    return this.#promise.then(onFulfilled, onRejected);
  }

  /**
   * For executors: the call is about to begin. False: it was cancelled, and must not.
   *
   * @throws InvalidStateError when it has begun already.
   */
  setRunningOrNotifyCancel(): boolean {
    const word = this.#word();
    if (this.#record !== 0) {
      const outcome = claim(this.#record, tagOf(word), 0);
      if (outcome === "claimed") return true;
      if (outcome === "cancelled" && notifyCancelled(this.#record)) return false;
    }
    throw new InvalidStateError(`Cannot run future: it is ${this.#stateText()} already`);
  }

  /**
   * For executors: ends it with what the call returned.
   *
   * @throws InvalidStateError when it has ended already; CaptureError when the value cannot cross threads.
   */
  setResult(value: R): void {
    this.#set(() => returned(value));
  }

  /** For executors: ends it with what the call threw. */
  setException(error: unknown): void {
    this.#set(() => thrown(error));
  }

  /** A snapshot of its state. */
  statistics(): FutureStatistics {
    return Object.freeze({ name: this.name, state: this.#stateText() });
  }

  /** `<Future finished returned number>` */
  toString(): string {
    return textOf(this.#settle(), this.#stateText());
  }

  /** Called by the port: its pool is done with the record. */
  arrive(record: Addr): boolean {
    if (record !== this.#record) return false;
    this.#noticed();
    (this.#shared ? release : reclaimFuture)(record);
    return true;
  }

  /** Called by the port: its end may never arrive. */
  rescan(): void {
    if ((this.#word() & DONE) !== 0) this.#noticed();
  }

  #word(): number {
    return this.#record === 0 ? DONE : load(field(this.#record, FUTURE.STATE));
  }

  #stateText(): FutureState {
    const settled = this.#settle();
    if (settled !== undefined) return settled.cancelled ? "cancelled" : "finished";
    return phaseOf(this.#word()) === PENDING ? "pending" : "running";
  }

  /** What it ended with, read once; undefined: it has not ended. The first time, the callbacks run. */
  #settle(): Settled | undefined {
    if (this.#settled !== undefined) return this.#settled;
    const word = load(field(this.#record, FUTURE.STATE));
    if (!isOver(word)) return undefined;
    this.#settled = (word & CANCELLED) !== 0 ? Settled.cancelled() : readRecord(this.#record, this.#source);
    if ((word & DONE) !== 0) this.#tellWatchers();
    if ((word & DONE) !== 0 && this.#source !== undefined && !this.#shared)
      this.#record = leavePort(this.#record);
    if (this.#interest === "port" && this.#watchers === undefined) {
      this.#interest = "none";
      dropInterest();
    }
    const callbacks = this.#callbacks;
    this.#callbacks = undefined;
    if (callbacks !== undefined) {
      this.#source?.look(this.#settled);
      for (const fn of callbacks) runCallback(fn as (future: Future<R>) => void, this);
    }
    return this.#settled;
  }

  #wait(deadline: Deadline, what: string): void {
    drain();
    if (this.#settle() !== undefined) return;
    const helped = deadline === NEVER && helping.beforeBlock(this.#record);
    const over = helped || awaitOver(this.#record, deadline);
    drain();
    if (!over) throw tooLate(what);
    this.#settle();
  }

  async #waitAsync(timeout: Timeout | undefined, what: string): Promise<void> {
    const deadline = deadlineOf(timeout);
    const signal = signalOf(timeout);
    signal?.throwIfAborted();
    drain();
    if (this.#settle() !== undefined) return;
    helping.beforeAwait(this.#record, this);
    const outcome = await blockAsync(overWait(this.#record), deadline, signal);
    if (outcome === TIMED_OUT) throw tooLate(what);
    this.#settle();
  }

  /** What it ended with; somebody has looked at it. */
  #looked(): Settled {
    const settled = this.#settle() as Settled;
    if (settled.cancelled) throw new CancelledError("Cannot get the result of future: it was cancelled");
    this.#source?.look(settled);
    return settled;
  }

  #deliver(): R {
    const settled = this.#looked();
    if (!settled.failed) return settled.value as R;
    addAsker(settled.value, this.#source?.name ?? "a future");
    throw settled.value;
  }

  #watchDone(fn: () => void, loop: boolean): void {
    this.#settle();
    if ((this.#word() & DONE) !== 0) return fn();
    this.#watchers ??= [];
    this.#watchers.push(fn);
    if (loop) this.#listen();
  }

  /** Its end need not be noticed on behalf of `fn` any more. */
  #unwatch(fn: () => void): void {
    this.#watchers = this.#watchers?.filter((watcher) => watcher !== fn);
    if (this.#watchers !== undefined && this.#watchers.length > 0) return;
    this.#watchers = undefined;
    if (this.#callbacks !== undefined || this.#interest === "none") return;
    if (this.#interest === "port") dropInterest();
    this.#interest = "none";
    this.#stop?.abort();
  }

  #tellWatchers(): void {
    const watchers = this.#watchers;
    if (watchers === undefined) return;
    this.#watchers = undefined;
    if (this.#interest === "port") {
      this.#interest = "none";
      dropInterest();
    }
    for (const fn of watchers) fn();
  }

  /** From now on its end is noticed by this isolate's event loop. */
  #listen(): void {
    if (this.#interest !== "none") return;
    helping.beforeAwait(this.#record, this);
    if (this.#source !== undefined && !this.#shared) {
      this.#interest = "port";
      addInterest();
      return;
    }
    this.#interest = "line";
    this.#watch();
  }

  /** Looks at it whenever it changes, until it is DONE. */
  #watch(): void {
    if (this.#record === 0 || (this.#word() & DONE) !== 0) return this.#noticed();
    const cancelled = this.#settle() !== undefined;
    if (cancelled && this.#watchers === undefined) this.#interest = "none";
    if (this.#interest === "none") return;
    this.#stop = new AbortController();
    const wait = !cancelled ? overWait(this.#record) : doneWait(this.#record);
    const again = (): void => this.#watch();
    blockAsync({ ...wait, uninterruptible: true }, NEVER, this.#stop.signal).then(again, again);
  }

  #noticed(): void {
    this.#settle();
    this.#tellWatchers();
  }

  #set(make: () => number): void {
    if (this.#settle() !== undefined || (this.#word() & DONE) !== 0) throw this.#ended();
    const result = make();
    if (!finish(this.#record, result)) {
      discardResult(result);
      throw this.#ended();
    }
    this.#noticed();
  }

  #ended(): InvalidStateError {
    return new InvalidStateError(`Cannot set the result of future: it is ${this.#stateText()} already`);
  }

  /** Gives it a record that other threads can open. */
  #share(): Addr {
    if (!this.#shared) {
      if (this.#record === 0) {
        this.#record = recordOfSettled(this.#settled as Settled);
      } else {
        retain(this.#record);
        if (this.#interest === "port") queueMicrotask(() => this.#watch());
      }
      this.#shared = true;
      bind(this, this.#record);
    }
    return this.#record;
  }
}

friends.open = (record, source) => {
  opening = record;
  openingSource = source;
  return new Future();
};
setOrphanReclaim(release);
registerHandle({
  kind: KIND.FUTURE,
  name: "Future",
  create: (record) => {
    opening = record;
    return new Future();
  },
  reclaim: reclaimFuture,
});

shownAsText(Future);
