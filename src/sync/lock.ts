/** `Lock`: one thread at a time. The algorithm and its state table are in core/mutex.ts. */
import { type Deadline, deadlineOf, NEVER, POLL, signalOf, type Timeout } from "../core/deadline.ts";
import { free } from "../core/heap.ts";
import { KIND, LOCK_OPTION } from "../core/kind.ts";
import { field, LOCK } from "../core/layout.ts";
import { lengthOf } from "../core/line.ts";
import {
  type LockOutcome,
  lock,
  lockWait,
  isAbandoned,
  ownerOf,
  recover,
  tryLock,
  unlock,
  unlockAny,
} from "../core/mutex.ts";
import { TIMED_OUT, type Wait } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { REASON } from "../core/reason.ts";
import { self } from "../core/self.ts";
import { readText } from "../core/text.ts";
import { threadText } from "../core/who.ts";
import { type Addr, load, store } from "../core/word.ts";
import { AbandonedLockError, DeadlockError, NotOwnerError, TimeoutError } from "../errors.ts";
import { bind, registerHandle } from "../value/handle.ts";
import { shownAsText } from "../value/shown.ts";
import { AsyncHeld, Held } from "./held.ts";
import { checkKeys, checkName, checkOptions, freeNamed, nameOf, newRecord } from "./named.ts";

/** Options of a {@link Lock}. */
export interface LockOptions {
  /** Shown in errors, dumps and the text form. */
  name?: string;
  /** Default true: only the thread that locked it can unlock it. False: any thread may, as in CPython. */
  ownerChecked?: boolean;
  /** What happens when the holder dies. Default "throw": AbandonedLockError until `recover()`. "acquire": the next waiter gets it. */
  onAbandon?: "throw" | "acquire";
}

/** How to acquire: a timeout in milliseconds, or whether to wait at all. */
export interface AcquireOptions {
  blocking?: boolean;
  timeoutMs?: number | undefined;
}

/** A snapshot of a lock. */
export interface LockStatistics {
  readonly name: string | undefined;
  readonly locked: boolean;
  /** Ident of the holding thread. */
  readonly owner: number | undefined;
  /** Threads and pending Async calls in its line. */
  readonly waiting: number;
  /** The holder died: it has not been recovered yet, or (`onAbandon: "acquire"`) was handed over. */
  readonly abandoned: boolean;
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
export class Lock {
  readonly #record: Addr;
  readonly #word: Addr;
  readonly #checked: boolean;

  /**
   * @throws TypeError for an unknown option, a wrong type, or in a subclass (use a field instead).
   */
  constructor(options?: LockOptions) {
    if (new.target !== Lock) throw new TypeError("Cannot subclass Lock: keep a Lock in a field instead");
    const opened = opening;
    opening = undefined;
    if (opened === undefined) {
      checkOptions("Lock", options, OPTIONS);
      this.#record = createRecord(options);
    } else {
      this.#record = opened;
    }
    this.#word = field(this.#record, LOCK.WORD);
    this.#checked = (load(field(this.#record, LOCK.OPTIONS)) & LOCK_OPTION.UNCHECKED) === 0;
    bind(this, this.#record);
  }

  /** Its name, if it was given one. */
  get name(): string | undefined {
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
  acquire(blocking?: boolean | Timeout | AcquireOptions, timeoutMs?: number): boolean {
    if (blocking === undefined && timeoutMs === undefined) {
      if (tryLock(this.#word) === "acquired") {
        if (this.#checked) self.held++;
        return true;
      }
      return this.#acquireSlow(NEVER);
    }
    const deadline = acquireDeadline(blocking, timeoutMs);
    return deadline === POLL ? this.tryAcquire() : this.#acquireSlow(deadline);
  }

  /** Takes the lock if it is free; never waits. */
  tryAcquire(): boolean {
    const outcome = tryLock(this.#word);
    return outcome !== undefined && this.#settle(outcome);
  }

  /**
   * Takes the lock without blocking the thread. Resolves to true, or false when the timeout passed.
   * A signal that aborts rejects with its reason; the lock is then not held.
   */
  async acquireAsync(timeout?: Timeout): Promise<boolean> {
    const deadline = deadlineOf(timeout);
    const signal = signalOf(timeout);
    signal?.throwIfAborted();
    const quick = tryLock(this.#word);
    if (quick !== undefined) return this.#settle(quick);
    if (deadline === POLL) return false;
    const outcome = await blockAsync(this.#wait(), deadline, signal);
    if (outcome === "abandoned") throw this.#abandoned();
    return outcome === "acquired";
  }

  /**
   * Gives the lock up.
   *
   * @throws NotOwnerError it is not locked, or (owner-checked) another thread holds it; nothing changed.
   */
  release(): void {
    if (this.#checked) {
      if (!unlock(this.#word)) throw this.#notOwner();
      self.held--;
    } else if (!unlockAny(this.#word)) {
      throw this.#notOwner();
    }
  }

  /** Does any thread hold it now? */
  locked(): boolean {
    return ownerOf(load(this.#word)) !== 0;
  }

  /** Takes the lock for a scope: `using held = lock.hold()`. */
  hold(): Held {
    this.acquire();
    return new Held(() => this.release());
  }

  /** Takes the lock for a scope: `await using held = await lock.holdAsync()`. */
  async holdAsync(timeout?: Timeout): Promise<AsyncHeld> {
    if (!(await this.acquireAsync(timeout))) throw timedOut(this);
    return new AsyncHeld(() => this.release());
  }

  /** Runs `body` while holding the lock, and releases it also when the body throws. */
  with<R>(body: () => R): R {
    this.acquire();
    try {
      return body();
    } finally {
      this.release();
    }
  }

  /** Runs `body` to its end while holding the lock. */
  async withAsync<R>(body: () => R | Promise<R>): Promise<R> {
    await this.acquireAsync();
    try {
      return await body();
    } finally {
      this.release();
    }
  }

  /**
   * Takes an abandoned lock, so that the caller can repair what it guards and then release it.
   * True: it was abandoned, and the caller holds it now.
   */
  recover(): boolean {
    if (!recover(this.#word)) return false;
    if (this.#checked) self.held++;
    return true;
  }

  /** A snapshot of its state. */
  statistics(): LockStatistics {
    const word = load(this.#word);
    const owner = ownerOf(word);
    const passedOn = (load(field(this.#record, LOCK.OPTIONS)) & LOCK_OPTION.PASSED_ON) !== 0;
    return Object.freeze({
      name: this.name,
      locked: owner !== 0,
      owner: owner === 0 ? undefined : owner,
      waiting: lengthOf(this.#word),
      abandoned: isAbandoned(word) || passedOn,
    });
  }

  /** `<Lock 'db' held by Thread-3, 2 waiting>` */
  toString(): string {
    const word = load(this.#word);
    const name = this.name;
    const owner = ownerOf(word);
    const head = `<Lock${name === undefined ? "" : ` '${name}'`}`;
    if (isAbandoned(word)) return `${head} abandoned by ${this.#dead()}>`;
    return owner === 0
      ? `${head} unlocked>`
      : `${head} held by ${threadText(owner)}, ${lengthOf(this.#word)} waiting>`;
  }

  #acquireSlow(deadline: Deadline): boolean {
    if (this.#checked && deadline === NEVER && ownerOf(load(this.#word)) === self.ident)
      throw selfDeadlock(this);
    const outcome = lock(this.#word, deadline, REASON.LOCK);
    return outcome !== TIMED_OUT && this.#settle(outcome);
  }

  /** The wait of an Async call: the lock counts as held in the step that takes it, not when the promise is read. */
  #wait(): Wait<LockOutcome> {
    const wait = lockWait(this.#word, REASON.LOCK);
    return {
      ...wait,
      poll: (w, granted) => {
        const outcome = wait.poll(w, granted);
        if (outcome === "acquired" && this.#checked) self.held++;
        return outcome;
      },
    };
  }

  #settle(outcome: LockOutcome): true {
    if (outcome === "abandoned") throw this.#abandoned();
    if (this.#checked) self.held++;
    return true;
  }

  #abandoned(): AbandonedLockError {
    return new AbandonedLockError(
      `Cannot acquire ${label(this)}: it was abandoned by ${this.#dead()}, which died while holding it; call recover() to repair what it guards`,
    );
  }

  /** Name of the thread that died while holding it. */
  #dead(): string {
    return readText(load(field(this.#record, LOCK.DEAD)) as Addr);
  }

  #notOwner(): NotOwnerError {
    const owner = ownerOf(load(this.#word));
    const reason = owner === 0 ? "it is not locked" : `it is held by ${threadText(owner)}`;
    return new NotOwnerError(`Cannot release ${label(this)}: ${reason}`);
  }
}

/** The record that the constructor is to open instead of making one: how a handle comes to a lock of another thread. */
let opening: Addr | undefined;

function createRecord(options: LockOptions | undefined): Addr {
  const name = checkName("Lock", options?.name);
  const ownerChecked = options?.ownerChecked ?? true;
  const onAbandon = options?.onAbandon ?? "throw";
  if (typeof ownerChecked !== "boolean") {
    throw new TypeError(`Cannot create Lock: ownerChecked must be a boolean, got ${typeof ownerChecked}`);
  }
  if (onAbandon !== "throw" && onAbandon !== "acquire") {
    throw new TypeError(
      `Cannot create Lock: onAbandon must be "throw" or "acquire", got ${String(onAbandon)}`,
    );
  }
  const record = newRecord(KIND.LOCK, LOCK.NAME, name);
  const bits =
    (ownerChecked ? 0 : LOCK_OPTION.UNCHECKED) | (onAbandon === "acquire" ? LOCK_OPTION.PASS_ON : 0);
  store(field(record, LOCK.OPTIONS), bits);
  return record;
}

const ACQUIRE_OPTIONS = ["blocking", "timeoutMs", "signal"] as const;

/** The deadline that the forms of `acquire` ask for. */
function acquireDeadline(
  blocking: boolean | Timeout | AcquireOptions | undefined,
  timeoutMs: number | undefined,
): Deadline {
  let wait = true;
  let limit: Timeout | undefined = timeoutMs;
  if (typeof blocking === "boolean") {
    wait = blocking;
  } else if (typeof blocking === "object" && blocking !== null) {
    checkKeys("acquire", blocking, ACQUIRE_OPTIONS);
    wait = "blocking" in blocking ? blocking.blocking !== false : true;
    limit = blocking.timeoutMs;
  } else if (blocking !== undefined) {
    limit = blocking;
  }
  const deadline = deadlineOf(limit);
  if (wait) return deadline;
  if (limit !== undefined)
    throw new RangeError("Cannot acquire Lock: a call that does not block takes no timeout");
  return POLL;
}

function label(lock: Lock): string {
  const { name } = lock;
  return name === undefined ? "Lock" : `Lock '${name}'`;
}

function selfDeadlock(lock: Lock): DeadlockError {
  return new DeadlockError(
    `Cannot acquire ${label(lock)}: ${threadText(self.ident)} holds it already and would wait for itself for ever`,
  );
}

function timedOut(lock: Lock): TimeoutError {
  return new TimeoutError(`Cannot acquire ${label(lock)}: the timeout passed`);
}

registerHandle({
  kind: KIND.LOCK,
  name: "Lock",
  create: (record) => {
    opening = record;
    return new Lock();
  },
  reclaim: (record) => {
    const dead = load(field(record, LOCK.DEAD)) as Addr;
    freeNamed(record, LOCK.NAME);
    if (dead !== 0) free(dead);
  },
});

shownAsText(Lock);
