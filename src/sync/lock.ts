/** `Lock`: one thread at a time. The algorithm and its state table are in core/mutex.ts. */
import { deadlineOf, NEVER, POLL, signalOf, type Timeout } from "../core/deadline.ts";
import { KIND } from "../core/kind.ts";
import { LOCK } from "../core/layout.ts";
import { ownerOf, recover, tryLock, unlock, unlockAny } from "../core/mutex.ts";
import { self } from "../core/self.ts";
import { type Addr, load } from "../core/word.ts";
import { bind, registerHandle } from "../value/handle.ts";
import { shownAsText } from "../value/shown.ts";
import { SiteRecorder, tellSites } from "./site.ts";
import { type Acquire, acquireDeadline } from "./acquire.ts";
import { Holdable } from "./holdable.ts";
import { nameOf } from "./named.ts";
import {
  acquireSlow,
  acquireSlowAsync,
  createLock,
  isChecked,
  type LockStatistics,
  lockStatistics,
  lockText,
  notOwner,
  reclaimLock,
  settle,
  wordOf,
} from "./owned.ts";

/** Options of a {@link Lock}. */
export interface LockOptions {
  /** Shown in errors, dumps and the text form. */
  name?: string;
  /** Default true: only the thread that locked it can unlock it. False: any thread may, as in CPython. */
  ownerChecked?: boolean;
  /** What happens when the holder dies. Default "throw": AbandonedLockError until `recover()`. "acquire": the next waiter gets it. */
  onAbandon?: "throw" | "acquire";
}

const OPTIONS = ["name", "ownerChecked", "onAbandon"] as const;

/**
 * A mutual-exclusion lock. Only the thread that locked it can unlock it.
 *
 * It is not re-entrant. A thread that has waited over 1 ms gets it next. When its
 * holder dies, it is abandoned: `acquire` throws {@link AbandonedLockError} until
 * some thread calls `recover()`.
 *
 * @example
 * ```ts
 * import { Lock, sharedArray, spawn } from "heddle";
 * const lock = new Lock();
 * const count = sharedArray(Int32Array, 1);
 * const work = () => {
 *   for (let i = 0; i < 1000; i++) lock.with(() => { count[0]! += 1; });
 * };
 * const threads = [spawn(work), spawn(work)];
 * for (const thread of threads) thread.join();
 * console.log(count[0]); // 2000
 * ```
 */
export class Lock extends Holdable {
  readonly #record: Addr;
  readonly #word: Addr;
  readonly #checked: boolean;
  /** Nothing is to be done after a free lock was taken, but to count it. */
  #quick = false;
  #recording = true;
  readonly #sites: SiteRecorder = new SiteRecorder();

  /**
   * @throws TypeError for an unknown option, a wrong type, or in a subclass (use a field instead).
   */
  constructor(options?: LockOptions) {
    super();
    if (new.target !== itself) throw new TypeError("Cannot subclass Lock: keep a Lock in a field instead");
    this.#record = opening ?? createLock(KIND.LOCK, "Lock", options, OPTIONS);
    opening = undefined;
    this.#word = wordOf(this.#record);
    this.#checked = isChecked(this.#record);
    bind(this, this.#record);
  }

  override get name(): string | undefined {
    return nameOf(this.#record, LOCK.NAME);
  }

  /**
   * Takes the lock, waiting for it if need be. Returns true, or false when it could not be had in time.
   *
   * @param blocking false: only try. A number or a {@link Timeout}: wait at most that long, in milliseconds.
   * @param timeoutMs with `true`: wait at most that long.
   * @throws AbandonedLockError the holder died; DeadlockError the caller holds it already and set no timeout;
   * InterruptedError; RangeError or TypeError for a bad timeout.
   */
  override acquire(blocking?: Acquire, timeoutMs?: number): boolean {
    if (blocking === undefined && timeoutMs === undefined) {
      if (tryLock(this.#word) === "acquired") {
        if (!this.#quick) return this.#count();
        self.held++;
        return true;
      }
      return acquireSlow(this.#record, NEVER) && this.#taken();
    }
    const deadline = acquireDeadline("Lock", blocking, timeoutMs);
    return deadline === POLL ? this.tryAcquire() : acquireSlow(this.#record, deadline) && this.#taken();
  }

  /** Takes the lock if it is free; never waits. */
  tryAcquire(): boolean {
    const outcome = tryLock(this.#word);
    return outcome !== undefined && settle(this.#record, outcome) && this.#taken();
  }

  /**
   * Takes the lock without blocking the thread. Resolves to true, or false when the timeout passed.
   * A signal that aborts rejects with its reason; the lock is then not held.
   */
  override async acquireAsync(timeout?: Timeout): Promise<boolean> {
    const deadline = deadlineOf(timeout);
    const signal = signalOf(timeout);
    signal?.throwIfAborted();
    if (this.tryAcquire()) return true;
    if (deadline === POLL) return false;
    return (await acquireSlowAsync(this.#record, deadline, signal)) && this.#taken();
  }

  /**
   * Gives the lock up.
   *
   * @throws NotOwnerError it is not locked, or (owner-checked) another thread holds it; nothing changed.
   */
  override release(): void {
    if (this.#checked) {
      if (!unlock(this.#word)) throw notOwner(this.#record, "release");
      self.held--;
    } else if (!unlockAny(this.#word)) {
      throw notOwner(this.#record, "release");
    }
  }

  /** Does any thread hold it now? */
  locked(): boolean {
    return ownerOf(load(this.#word)) !== 0;
  }

  /**
   * Takes an abandoned lock, so that the caller can repair what it guards and then release it.
   * True: it was abandoned, and the caller holds it now.
   */
  recover(): boolean {
    if (!recover(this.#word)) return false;
    if (this.#checked) self.held++;
    return this.#taken();
  }

  /** A snapshot of its state. */
  statistics(): LockStatistics {
    return Object.freeze(lockStatistics(this.#record));
  }

  /** `<Lock 'db' held by Thread-3, 2 waiting>` */
  override toString(): string {
    return lockText(this.#record, "");
  }

  #count(): true {
    if (this.#checked) self.held++;
    return this.#taken();
  }

  #taken(): true {
    if (this.#recording) this.#recording = this.#sites.record(() => this.#resume());
    this.#quick = this.#checked && !this.#recording;
    return true;
  }

  #resume(): void {
    this.#recording = true;
    this.#quick = false;
  }

  static {
    tellSites(KIND.LOCK, (lock) => (lock as Lock).#sites);
  }
}

/** The record that the constructor is to open instead of making one: how a handle comes to a lock of another thread. */
let opening: Addr | undefined;

registerHandle({
  kind: KIND.LOCK,
  name: "Lock",
  create: (record) => {
    opening = record;
    return new Lock();
  },
  reclaim: reclaimLock,
});

/** The class under a name from outside: bundlers rename a class that names itself inside. */
const itself: typeof Lock = Lock;
shownAsText(Lock);
