/** `Semaphore` and `BoundedSemaphore`. The algorithm and its state table are in core/permits.ts. */
import { type Deadline, deadlineOf, POLL, signalOf, type Timeout } from "../core/deadline.ts";
import { KIND } from "../core/kind.ts";
import { field, SEMAPHORE } from "../core/layout.ts";
import { lengthOf } from "../core/line.ts";
import { block, TIMED_OUT } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { give, MAX_PERMITS, permitsOf, permitsWait, permitsWord, tryTake } from "../core/permits.ts";
import { REASON } from "../core/reason.ts";
import { type Addr, load, store } from "../core/word.ts";
import { OverReleaseError } from "../errors.ts";
import { bind, registerHandle } from "../value/handle.ts";
import { shownAsText } from "../value/shown.ts";
import { type Acquire, acquireDeadline, type AcquireOptions } from "./acquire.ts";
import { Holdable, labelOf } from "./holdable.ts";
import { checkName, checkOptions, freeNamed, nameOf, newRecord } from "./named.ts";

/** Options of a {@link Semaphore}. */
export interface SemaphoreOptions {
  /** Shown in errors, dumps and the text form. */
  name?: string;
}

/** How to acquire permits. */
export interface PermitOptions extends AcquireOptions {
  /** How many to take, all or none. Default 1. */
  permits?: number;
}

/** A snapshot of a semaphore. */
export interface SemaphoreStatistics {
  readonly name: string | undefined;
  /** Free permits. */
  readonly value: number;
  /** Threads and pending Async calls in its line. */
  readonly waiting: number;
}

/**
 * A set of permits. `acquire` takes one, and waits while there is none; `release` gives one back.
 *
 * Permits have no owner: any thread may release. Waiters are served in order, so a request for many is
 * not starved. A thread that dies keeps what it took.
 *
 * @example
 * ```ts
 * import { Semaphore } from "heddle";
 * const printers = new Semaphore(2);
 * printers.acquire();
 * console.log(printers.statistics().value); // 1
 * printers.release();
 * ```
 */
export class Semaphore extends Holdable {
  readonly #record: Addr;
  readonly #word: Addr;

  /** @throws RangeError or TypeError for a value that is no count of permits, or bad options. */
  constructor(value = 1, options?: SemaphoreOptions) {
    super();
    this.#record =
      opening ??
      createRecord(
        new.target.name,
        value,
        options,
        new.target.prototype instanceof BoundedSemaphore || new.target === BoundedSemaphore,
      );
    opening = undefined;
    this.#word = field(this.#record, SEMAPHORE.WORD);
    bind(this, this.#record);
  }

  override get name(): string | undefined {
    return nameOf(this.#record, SEMAPHORE.NAME);
  }

  /**
   * Takes a permit (or `permits` of them), waiting if need be. True, or false when it could not in time.
   *
   * @throws InterruptedError; RangeError or TypeError for a bad timeout or number of permits.
   */
  override acquire(blocking?: Acquire | PermitOptions, timeoutMs?: number): boolean {
    const want = permitsIn(blocking);
    const deadline = acquireDeadline("Semaphore", blocking, timeoutMs, ["permits"]);
    return tryTake(this.#word, want) || (deadline !== POLL && this.#wait(want, deadline));
  }

  /** Takes permits if they are free and nobody waits for them; never waits. */
  tryAcquire(permits = 1): boolean {
    return tryTake(this.#word, checkCount("acquire", permits));
  }

  /** Takes permits without blocking the thread. A signal that aborts rejects with its reason; nothing is then taken. */
  override async acquireAsync(timeout?: Timeout | PermitOptions): Promise<boolean> {
    const want = permitsIn(timeout);
    const deadline = deadlineOf(timeout, ["permits"]);
    const signal = signalOf(timeout);
    signal?.throwIfAborted();
    if (tryTake(this.#word, want)) return true;
    if (deadline === POLL) return false;
    return (
      (await blockAsync(permitsWait(this.#word, want, REASON.SEMAPHORE), deadline, signal)) !== TIMED_OUT
    );
  }

  /**
   * Gives `n` permits back. A plain semaphore may get more than it began with.
   *
   * @throws OverReleaseError past the bound of a BoundedSemaphore, nothing changed; RangeError or TypeError for a bad `n`.
   */
  override release(n = 1): void {
    const count = checkCount("release", n);
    const bound = load(field(this.#record, SEMAPHORE.BOUND));
    if (give(this.#word, count, bound < 0 ? MAX_PERMITS : bound)) return;
    const most = bound < 0 ? MAX_PERMITS : bound;
    throw new OverReleaseError(
      `Cannot release ${labelOf(this)}: ${permitsOf(load(this.#word))} and ${count} permits are more than ${most}`,
    );
  }

  /** Is no permit free? */
  locked(): boolean {
    return permitsOf(load(this.#word)) === 0;
  }

  /** A snapshot of its state. */
  statistics(): SemaphoreStatistics {
    return Object.freeze({
      name: this.name,
      value: permitsOf(load(this.#word)),
      waiting: lengthOf(this.#word),
    });
  }

  /** `<Semaphore 'printers' value 2, 0 waiting>` */
  override toString(): string {
    const bound = load(field(this.#record, SEMAPHORE.BOUND));
    const value = `${permitsOf(load(this.#word))}${bound < 0 ? "" : `/${bound}`}`;
    return `<${labelOf(this)} value ${value}, ${lengthOf(this.#word)} waiting>`;
  }

  #wait(want: number, deadline: Deadline): boolean {
    return block(permitsWait(this.#word, want, REASON.SEMAPHORE), deadline) !== TIMED_OUT;
  }
}

/**
 * A semaphore that never has more permits than it began with: one `release` too many is an error, not a
 * permit that nobody meant to give.
 *
 * @example
 * ```ts
 * import { BoundedSemaphore, OverReleaseError } from "heddle";
 * const permits = new BoundedSemaphore(3);
 * try { permits.release(); } catch (error) { console.log(error instanceof OverReleaseError); } // true
 * ```
 */
export class BoundedSemaphore extends Semaphore {}

/** The record that the constructor is to open instead of making one. */
let opening: Addr | undefined;

function createRecord(
  type: string,
  value: number,
  options: SemaphoreOptions | undefined,
  bounded: boolean,
): Addr {
  checkOptions(type, options, ["name"]);
  const name = checkName(type, options?.name);
  if (typeof value !== "number")
    throw new TypeError(`Cannot create ${type}: value must be a number, got ${typeof value}`);
  if (!Number.isInteger(value) || value < 0 || value > MAX_PERMITS) {
    throw new RangeError(
      `Cannot create ${type}: value must be a whole number from 0 to ${MAX_PERMITS}, got ${value}`,
    );
  }
  const record = newRecord(bounded ? KIND.BOUNDED_SEMAPHORE : KIND.SEMAPHORE, SEMAPHORE.NAME, name);
  store(field(record, SEMAPHORE.BOUND), bounded ? value : -1);
  store(field(record, SEMAPHORE.WORD), permitsWord(value));
  return record;
}

function permitsIn(options: unknown): number {
  const permits =
    typeof options === "object" && options !== null ? (options as PermitOptions).permits : undefined;
  return permits === undefined ? 1 : checkCount("acquire", permits);
}

function checkCount(verb: string, n: unknown): number {
  if (typeof n !== "number")
    throw new TypeError(`Cannot ${verb} Semaphore: permits must be a number, got ${typeof n}`);
  if (!Number.isInteger(n) || n < 1 || n > MAX_PERMITS) {
    throw new RangeError(
      `Cannot ${verb} Semaphore: permits must be a whole number from 1 to ${MAX_PERMITS}, got ${n}`,
    );
  }
  return n;
}

for (const [kind, type] of [
  [KIND.SEMAPHORE, Semaphore],
  [KIND.BOUNDED_SEMAPHORE, BoundedSemaphore],
] as const) {
  registerHandle({
    kind,
    name: type.name,
    create: (record) => {
      opening = record;
      return new type();
    },
    reclaim: (record) => freeNamed(record, SEMAPHORE.NAME),
  });
}

shownAsText(Semaphore);
