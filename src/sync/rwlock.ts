/** `RWLock`: many read or one writes. The algorithm and its state table are in core/rwlock.ts. */
import { type Deadline, deadlineOf, NEVER, POLL, signalOf, type Timeout } from "../core/deadline.ts";
import { free, freeRecord } from "../core/heap.ts";
import { KIND, LOCK_OPTION } from "../core/kind.ts";
import { field, RWLOCK, RWVIEW } from "../core/layout.ts";
import { lengthOf } from "../core/line.ts";
import { block, TIMED_OUT, type Wait } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import {
  isAbandonedRw,
  readersOf,
  readsHere,
  recoverRw,
  releaseRw,
  type RwOutcome,
  rwWait,
  tryRw,
  writerOf,
} from "../core/rwlock.ts";
import { self } from "../core/self.ts";
import { readText } from "../core/text.ts";
import { threadText } from "../core/who.ts";
import { type Addr, load, store } from "../core/word.ts";
import { AbandonedLockError, DeadlockError, NotOwnerError } from "../errors.ts";
import { bind, handleAt, registerHandle, release, retain } from "../value/handle.ts";
import { shownAsText } from "../value/shown.ts";
import { type Acquire, acquireDeadline } from "./acquire.ts";
import { Holdable } from "./holdable.ts";
import { checkName, checkOptions, freeNamed, nameOf, newRecord } from "./named.ts";
import type { OnAbandon } from "./owned.ts";

/** Options of an {@link RWLock}. */
export interface RWLockOptions {
  /** Shown in errors, dumps and the text form. */
  name?: string;
  /** What happens when the thread that writes dies. Default "throw": AbandonedLockError until `recover()`. */
  onAbandon?: OnAbandon;
}

/** A snapshot of an {@link RWLock}. */
export interface RWLockStatistics {
  readonly name: string | undefined;
  /** Ident of the thread that writes. */
  readonly writer: number | undefined;
  /** Read holds. */
  readonly readers: number;
  /** Threads and pending Async calls that wait to read or to write. */
  readonly waiting: number;
  readonly abandoned: boolean;
}

/**
 * A lock that many threads hold to read, or one to write: `rw.read` and `rw.write` are locks of the usual
 * shape. All are served in the order in which they came, so that neither readers nor writers starve.
 *
 * A thread that reads may read again. When a reader dies, its hold is given back; when a writer dies, the lock
 * is abandoned until `recover()`.
 *
 * @example
 * ```ts
 * import { RWLock } from "heddle";
 * const rw = new RWLock();
 * rw.read.with(() => console.log(rw.statistics().readers)); // 1
 * rw.write.with(() => console.log(rw.write.locked())); // true
 * ```
 */
export class RWLock {
  readonly #record: Addr;
  /** The side for reading. */
  readonly read: RWView;
  /** The side for writing. */
  readonly write: RWView;

  /** @throws TypeError for an unknown option or a wrong type. */
  constructor(options?: RWLockOptions) {
    this.#record = opening ?? createRecord(options);
    opening = undefined;
    bind(this, this.#record);
    this.read = newView(this.#record, KIND.READ_VIEW);
    this.write = newView(this.#record, KIND.WRITE_VIEW);
  }

  /** Its name, if it was given one. */
  get name(): string | undefined {
    return nameOf(this.#record, RWLOCK.NAME);
  }

  /** Takes an abandoned lock to write, to repair what it guards. True: it was abandoned, and the caller writes now. */
  recover(): boolean {
    if (!recoverRw(this.#record)) return false;
    self.held++;
    return true;
  }

  /** A snapshot of its state. */
  statistics(): RWLockStatistics {
    return Object.freeze({
      name: this.name,
      writer: writerOf(this.#record) || undefined,
      readers: readersOf(this.#record),
      waiting: lengthOf(field(this.#record, RWLOCK.WORD)),
      abandoned: isAbandonedRw(this.#record),
    });
  }

  /** `<RWLock 'cache' 2 readers, 1 waiting>` */
  toString(): string {
    const { writer, readers, waiting, abandoned } = this.statistics();
    const state = writer === undefined ? `${readers} readers` : `written by ${threadText(writer)}`;
    return `<${label(this.#record)} ${abandoned ? "abandoned" : state}, ${waiting} waiting>`;
  }
}

/** One side of an {@link RWLock}: a lock of the usual shape. */
export class RWView extends Holdable {
  readonly #view: Addr;
  readonly #lock: Addr;
  readonly #write: boolean;

  /** Not called by programs: `rw.read` and `rw.write` are made with their lock. */
  constructor() {
    super();
    if (openingView === undefined)
      throw new TypeError("Cannot create RWView: use the read or write side of an RWLock");
    this.#view = openingView;
    openingView = undefined;
    this.#lock = load(field(this.#view, RWVIEW.LOCK)) as Addr;
    this.#write = load(field(this.#view, RWVIEW.KIND)) === KIND.WRITE_VIEW;
    bind(this, this.#view);
  }

  override get name(): string | undefined {
    return nameOf(this.#lock, RWLOCK.NAME);
  }

  /** Takes this side, waiting if need be. Forms, results and errors as {@link Lock.acquire}. */
  override acquire(blocking?: Acquire, timeoutMs?: number): boolean {
    const deadline =
      blocking === undefined && timeoutMs === undefined
        ? NEVER
        : acquireDeadline("RWLock", blocking, timeoutMs);
    return this.tryAcquire() || (deadline !== POLL && this.#wait(deadline));
  }

  /** Takes this side if that is possible at once and nobody waits; never waits. */
  tryAcquire(): boolean {
    const outcome = tryRw(this.#lock, this.#write);
    return outcome !== undefined && this.#settle(outcome, true);
  }

  /** Takes this side without blocking the thread. As {@link Lock.acquireAsync}. */
  override async acquireAsync(timeout?: Timeout): Promise<boolean> {
    const deadline = deadlineOf(timeout);
    const signal = signalOf(timeout);
    signal?.throwIfAborted();
    if (this.tryAcquire()) return true;
    if (deadline === POLL) return false;
    const outcome = await blockAsync(this.#counted(), deadline, signal);
    return outcome !== TIMED_OUT && this.#settle(outcome, false);
  }

  /** Gives this side up. @throws NotOwnerError the calling thread does not hold it. */
  override release(): void {
    if (!releaseRw(this.#lock, this.#write)) {
      const verb = this.#write ? "write" : "read";
      throw new NotOwnerError(`Cannot release ${label(this.#lock)}: the calling thread does not ${verb}`);
    }
    self.held--;
  }

  /** Does any thread hold this side? */
  locked(): boolean {
    return this.#write ? writerOf(this.#lock) !== 0 : readersOf(this.#lock) !== 0;
  }

  /** A snapshot of the whole lock. */
  statistics(): RWLockStatistics {
    return (handleAt(this.#lock) as RWLock).statistics();
  }

  override toString(): string {
    return `<${this.#write ? "write" : "read"} side of ${label(this.#lock)}>`;
  }

  #wait(deadline: Deadline): boolean {
    const own = writerOf(this.#lock) === self.ident || (this.#write && readsHere(this.#lock) > 0);
    if (deadline === NEVER && own) {
      throw new DeadlockError(
        `Cannot acquire ${label(this.#lock)}: ${threadText(self.ident)} holds it already and would wait for itself for ever`,
      );
    }
    const outcome = block(this.#counted(), deadline);
    return outcome !== TIMED_OUT && this.#settle(outcome, false);
  }

  /** The wait, which counts the lock as held in the step that takes it. */
  #counted(): Wait<RwOutcome> {
    const wait = rwWait(this.#lock, this.#write);
    return {
      ...wait,
      poll: (w, granted) => {
        const outcome = wait.poll(w, granted);
        if (outcome === "acquired") self.held++;
        return outcome;
      },
    };
  }

  #settle(outcome: RwOutcome, count: boolean): true {
    if (outcome === "abandoned") {
      const dead = readText(load(field(this.#lock, RWLOCK.DEAD)) as Addr);
      throw new AbandonedLockError(
        `Cannot acquire ${label(this.#lock)}: it was abandoned by ${dead}, which died while writing; call recover() to repair what it guards`,
      );
    }
    if (count) self.held++;
    return true;
  }
}

/** The records that the constructors are to open instead of making some. */
let opening: Addr | undefined;
let openingView: Addr | undefined;

function createRecord(options: RWLockOptions | undefined): Addr {
  checkOptions("RWLock", options, ["name", "onAbandon"]);
  const name = checkName("RWLock", options?.name);
  const onAbandon = options?.onAbandon ?? "throw";
  if (onAbandon !== "throw" && onAbandon !== "acquire") {
    throw new TypeError(
      `Cannot create RWLock: onAbandon must be "throw" or "acquire", got ${String(onAbandon)}`,
    );
  }
  const record = newRecord(KIND.RWLOCK, RWLOCK.NAME, name);
  store(field(record, RWLOCK.OPTIONS), onAbandon === "acquire" ? LOCK_OPTION.PASS_ON : 0);
  return record;
}

function newView(lock: Addr, kind: number): RWView {
  const view = newRecord(kind, RWVIEW.LOCK, undefined);
  retain(lock);
  store(field(view, RWVIEW.LOCK), lock);
  openingView = view;
  return new RWView();
}

function label(lock: Addr): string {
  const name = nameOf(lock, RWLOCK.NAME);
  return name === undefined ? "RWLock" : `RWLock '${name}'`;
}

registerHandle({
  kind: KIND.RWLOCK,
  name: "RWLock",
  create: (record) => {
    opening = record;
    return new RWLock();
  },
  reclaim: (record) => {
    const dead = load(field(record, RWLOCK.DEAD)) as Addr;
    freeNamed(record, RWLOCK.NAME);
    if (dead !== 0) free(dead);
  },
});
for (const kind of [KIND.READ_VIEW, KIND.WRITE_VIEW]) {
  registerHandle({
    kind,
    name: "RWView",
    create: (record) => {
      openingView = record;
      return new RWView();
    },
    reclaim: (record) => {
      const lock = load(field(record, RWVIEW.LOCK)) as Addr;
      freeRecord(record);
      release(lock);
    },
  });
}

shownAsText(RWLock);
shownAsText(RWView);
