/** `RWLock`: many read or one writes. The algorithm and its state table are in core/rwlock.ts. */
import { type Deadline, deadlineOf, NEVER, POLL, signalOf, type Timeout } from "../core/deadline.ts";
import { free } from "../core/heap.ts";
import { KIND, LOCK_OPTION } from "../core/kind.ts";
import { field, RWLOCK } from "../core/layout.ts";
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
import { bind, handleAt, registerHandle } from "../value/handle.ts";
import { shownAsText } from "../value/shown.ts";
import { SiteRecorder, tellSites } from "./site.ts";
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
  /** The writer died: it has not been recovered yet, or (`onAbandon: "acquire"`) was handed over. */
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
    this.read = handleAt(field(this.#record, RWLOCK.READ_KIND)) as RWView;
    this.write = handleAt(field(this.#record, RWLOCK.WRITE_KIND)) as RWView;
  }

  /** Its name, if it was given one. */
  get name(): string | undefined {
    return nameOf(this.#record, RWLOCK.NAME);
  }

  /** Takes an abandoned lock to write, to repair what it guards. True: it was abandoned, and the caller writes now. */
  recover(): boolean {
    return recover(this.#record);
  }

  /** A snapshot of its state. */
  statistics(): RWLockStatistics {
    return snapshot(this.#record);
  }

  /** `<RWLock 'cache' 2 readers, 1 waiting>` */
  toString(): string {
    const { writer, readers, waiting } = this.statistics();
    if (isAbandonedRw(this.#record)) return abandonedText(this.#record, "");
    const state = writer === undefined ? `${readers} readers` : `written by ${threadText(writer)}`;
    return `<${label(this.#record)} ${state}, ${waiting} waiting>`;
  }
}

/** One side of an {@link RWLock}: a lock of the usual shape. */
export class RWView extends Holdable {
  readonly #lock: Addr;
  readonly #write: boolean;
  readonly #sites: SiteRecorder = new SiteRecorder();
  #recording = true;

  /** Not called by programs: `rw.read` and `rw.write` are made with their lock. */
  constructor() {
    super();
    if (openingView === undefined)
      throw new TypeError("Cannot create RWView: use the read or write side of an RWLock");
    const view = openingView;
    openingView = undefined;
    this.#write = load(view) === KIND.WRITE_VIEW;
    this.#lock = (view - (this.#write ? RWLOCK.WRITE_KIND : RWLOCK.READ_KIND)) as Addr;
    bind(this, view);
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
    if (!releaseRw(this.#lock, this.#write)) throw this.#notOwner();
    self.held--;
  }

  /** As {@link RWLock.recover}: takes an abandoned lock to write, whichever side is asked. */
  recover(): boolean {
    return recover(this.#lock);
  }

  /** Does any thread hold this side? */
  locked(): boolean {
    return this.#write ? writerOf(this.#lock) !== 0 : readersOf(this.#lock) !== 0;
  }

  /** A snapshot of the whole lock. */
  statistics(): RWLockStatistics {
    return snapshot(this.#lock);
  }

  /** `<RWLock 'cache' held by Thread-3, 1 waiting, write side>`, `<RWLock 'cache' 2 readers, 1 waiting, read side>` */
  override toString(): string {
    const { writer, readers, waiting } = this.statistics();
    const side = this.#write ? ", write side" : ", read side";
    if (isAbandonedRw(this.#lock)) return abandonedText(this.#lock, side);
    if (!this.locked()) return `<${label(this.#lock)} unlocked${side}>`;
    const state = this.#write ? `held by ${threadText(writer ?? 0)}` : `${readers} readers`;
    return `<${label(this.#lock)} ${state}, ${waiting} waiting${side}>`;
  }

  #notOwner(): NotOwnerError {
    const writer = writerOf(this.#lock);
    let reason = "the calling thread does not read";
    if (this.#write) reason = writer === 0 ? "it is not locked" : `it is held by ${threadText(writer)}`;
    else if (readersOf(this.#lock) === 0) reason = "it is not locked";
    return new NotOwnerError(`Cannot release ${label(this.#lock)}: ${reason}`);
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
      throw new AbandonedLockError(
        `Cannot acquire ${label(this.#lock)}: it was abandoned by ${deadName(this.#lock)}, which died while writing; call recover() to repair what it guards`,
      );
    }
    if (count) self.held++;
    if (this.#write && this.#recording) {
      this.#recording = this.#sites.record(() => (this.#recording = true));
    }
    return true;
  }

  static {
    tellSites(KIND.RWLOCK, (lock) => (lock as RWLock).write.#sites);
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
  store(field(record, RWLOCK.READ_KIND), KIND.READ_VIEW);
  store(field(record, RWLOCK.READ_OWNER), RWLOCK.READ_KIND);
  store(field(record, RWLOCK.WRITE_KIND), KIND.WRITE_VIEW);
  store(field(record, RWLOCK.WRITE_OWNER), RWLOCK.WRITE_KIND);
  return record;
}

function label(lock: Addr): string {
  const name = nameOf(lock, RWLOCK.NAME);
  return name === undefined ? "RWLock" : `RWLock '${name}'`;
}

function snapshot(lock: Addr): RWLockStatistics {
  const passedOn = (load(field(lock, RWLOCK.OPTIONS)) & LOCK_OPTION.PASSED_ON) !== 0;
  return Object.freeze({
    name: nameOf(lock, RWLOCK.NAME),
    writer: writerOf(lock) || undefined,
    readers: readersOf(lock),
    waiting: lengthOf(field(lock, RWLOCK.WORD)),
    abandoned: isAbandonedRw(lock) || passedOn,
  });
}

function recover(lock: Addr): boolean {
  if (!recoverRw(lock)) return false;
  self.held++;
  return true;
}

/** Name of the thread that died while writing. */
function deadName(lock: Addr): string {
  return readText(load(field(lock, RWLOCK.DEAD)) as Addr);
}

function abandonedText(lock: Addr, side: string): string {
  return `<${label(lock)} abandoned by ${deadName(lock)}${side}>`;
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
  });
}

shownAsText(RWLock);
shownAsText(RWView);
