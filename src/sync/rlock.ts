/** `RLock`: a lock that its holder may take again. */
import { deadlineOf, NEVER, POLL, signalOf, type Timeout } from "../core/deadline.ts";
import { KIND } from "../core/kind.ts";
import { field, LOCK } from "../core/layout.ts";
import { ownerOf, recover, tryLock, unlock } from "../core/mutex.ts";
import { self } from "../core/self.ts";
import { type Addr, compareExchange, load, store } from "../core/word.ts";
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
  type LockStatistics,
  lockStatistics,
  lockText,
  notOwner,
  type OnAbandon,
  reclaimLock,
  settle,
  wordOf,
} from "./owned.ts";

/** Options of an {@link RLock}. */
export interface RLockOptions {
  /** Shown in errors, dumps and the text form. */
  name?: string;
  /** What happens when the holder dies. Default "throw": AbandonedLockError until `recover()`. "acquire": the next waiter gets it. */
  onAbandon?: OnAbandon;
}

/** A snapshot of an {@link RLock}. */
export interface RLockStatistics extends LockStatistics {
  /** How often the holder has taken it. */
  readonly depth: number;
}

const OPTIONS = ["name", "onAbandon"] as const;

/**
 * A re-entrant lock: the thread that holds it may take it again, and others get it when it has been
 * released as often. Async tasks of one thread are one holder.
 *
 * @example
 * ```ts
 * import { RLock } from "heddle";
 * const lock = new RLock();
 * lock.acquire();
 * console.log(lock.acquire(), lock.statistics().depth); // true 2
 * lock.release();
 * lock.release();
 * ```
 */
export class RLock extends Holdable {
  readonly #record: Addr;
  readonly #word: Addr;
  readonly #depth: Addr;
  readonly #sites: SiteRecorder = new SiteRecorder();
  #recording = true;

  /** @throws TypeError for an unknown option or a wrong type. */
  constructor(options?: RLockOptions) {
    super();
    this.#record = opening ?? createLock(KIND.RLOCK, "RLock", options, OPTIONS);
    opening = undefined;
    this.#word = wordOf(this.#record);
    this.#depth = field(this.#record, LOCK.DEPTH);
    bind(this, this.#record);
  }

  override get name(): string | undefined {
    return nameOf(this.#record, LOCK.NAME);
  }

  /** Takes the lock, at once when the calling thread holds it. Forms, results and errors as {@link Lock.acquire}. */
  override acquire(blocking?: Acquire, timeoutMs?: number): boolean {
    if (blocking === undefined && timeoutMs === undefined) {
      if (compareExchange(this.#word, 0, self.key) === 0) {
        self.held++;
        return this.#first();
      }
      return this.tryAcquire() || (acquireSlow(this.#record, NEVER) && this.#first());
    }
    const deadline = acquireDeadline("RLock", blocking, timeoutMs);
    if (this.tryAcquire()) return true;
    return deadline !== POLL && acquireSlow(this.#record, deadline) && this.#first();
  }

  /** Takes the lock if it is free or held by the calling thread; never waits. */
  tryAcquire(): boolean {
    if (ownerOf(load(this.#word)) === self.ident) {
      store(this.#depth, load(this.#depth) + 1); // only the holder touches it
      return true;
    }
    const outcome = tryLock(this.#word);
    return outcome !== undefined && settle(this.#record, outcome) && this.#first();
  }

  /** Takes the lock without blocking the thread. As {@link Lock.acquireAsync}. */
  override async acquireAsync(timeout?: Timeout): Promise<boolean> {
    const deadline = deadlineOf(timeout);
    const signal = signalOf(timeout);
    signal?.throwIfAborted();
    if (this.tryAcquire()) return true;
    return deadline !== POLL && (await acquireSlowAsync(this.#record, deadline, signal)) && this.#first();
  }

  /** Gives up one level; the last one frees the lock. @throws NotOwnerError the calling thread does not hold it. */
  override release(): void {
    if (ownerOf(load(this.#word)) !== self.ident) throw notOwner(this.#record, "release");
    const depth = load(this.#depth);
    if (depth > 1) {
      store(this.#depth, depth - 1);
      return;
    }
    unlock(this.#word); // the depth of a free lock means nothing: whoever takes it sets it
    self.held--;
  }

  /** Does any thread hold it now? */
  locked(): boolean {
    return ownerOf(load(this.#word)) !== 0;
  }

  /** Takes an abandoned lock, once, to repair what it guards. True: it was abandoned, and the caller holds it now. */
  recover(): boolean {
    if (!recover(this.#word)) return false;
    self.held++;
    return this.#first();
  }

  /** A snapshot of its state. */
  statistics(): RLockStatistics {
    return Object.freeze({ ...lockStatistics(this.#record), depth: this.locked() ? load(this.#depth) : 0 });
  }

  /** `<RLock 'db' held by Thread-3, depth 2, 1 waiting>` */
  override toString(): string {
    return lockText(this.#record, `, depth ${load(this.#depth)}`);
  }

  #first(): true {
    store(this.#depth, 1);
    if (this.#recording) this.#recording = this.#sites.record(() => (this.#recording = true));
    return true;
  }

  static {
    tellSites(KIND.RLOCK, (lock) => (lock as RLock).#sites);
  }
}

/** The record that the constructor is to open instead of making one. */
let opening: Addr | undefined;

registerHandle({
  kind: KIND.RLOCK,
  name: "RLock",
  create: (record) => {
    opening = record;
    return new RLock();
  },
  reclaim: reclaimLock,
});

shownAsText(RLock);
