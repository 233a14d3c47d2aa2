/** What locks with an owner share: their record, and what is told when they cannot be taken or released. */
import { type Deadline, NEVER, POLL } from "../core/deadline.ts";
import { free } from "../core/heap.ts";
import { KIND, LOCK_OPTION } from "../core/kind.ts";
import { field, LOCK } from "../core/layout.ts";
import { lengthOf } from "../core/line.ts";
import { isAbandoned, type LockOutcome, lock, lockWait, ownerOf, unlock, unlockAny } from "../core/mutex.ts";
import { block, TIMED_OUT, type Wait } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { REASON } from "../core/reason.ts";
import { self } from "../core/self.ts";
import { readText } from "../core/text.ts";
import { threadText } from "../core/who.ts";
import { type Addr, load, store } from "../core/word.ts";
import { AbandonedLockError, DeadlockError, NotOwnerError } from "../errors.ts";
import { checkName, checkOptions, freeNamed, nameOf, newRecord } from "./named.ts";

/** What becomes of a lock whose holder dies. */
export type OnAbandon = "throw" | "acquire";

export interface OwnedOptions {
  name?: string;
  ownerChecked?: boolean;
  onAbandon?: OnAbandon;
}

/** Makes the record of a lock; `known` are the options that the class takes. */
export function createLock(
  kind: number,
  type: string,
  options: OwnedOptions | undefined,
  known: readonly string[],
): Addr {
  checkOptions(type, options, known);
  const name = checkName(type, options?.name);
  const ownerChecked = options?.ownerChecked ?? true;
  const onAbandon = options?.onAbandon ?? "throw";
  if (typeof ownerChecked !== "boolean") {
    throw new TypeError(`Cannot create ${type}: ownerChecked must be a boolean, got ${typeof ownerChecked}`);
  }
  if (onAbandon !== "throw" && onAbandon !== "acquire") {
    throw new TypeError(
      `Cannot create ${type}: onAbandon must be "throw" or "acquire", got ${String(onAbandon)}`,
    );
  }
  const record = newRecord(kind, LOCK.NAME, name);
  const passOn = onAbandon === "acquire" ? LOCK_OPTION.PASS_ON : 0;
  store(field(record, LOCK.OPTIONS), passOn | (ownerChecked ? 0 : LOCK_OPTION.UNCHECKED));
  return record;
}

/** Frees the record of a lock and its texts. */
export function reclaimLock(record: Addr): void {
  const dead = load(field(record, LOCK.DEAD)) as Addr;
  freeNamed(record, LOCK.NAME);
  if (dead !== 0) free(dead);
}

export function wordOf(record: Addr): Addr {
  return field(record, LOCK.WORD);
}
export function isChecked(record: Addr): boolean {
  return (load(field(record, LOCK.OPTIONS)) & LOCK_OPTION.UNCHECKED) === 0;
}
/** Does the calling thread hold it? An unchecked lock counts as held by whoever asks while it is locked. */
export function isHeldHere(record: Addr): boolean {
  const owner = ownerOf(load(wordOf(record)));
  return isChecked(record) ? owner === self.ident : owner !== 0;
}

/** `RLock 'db'`, by the record. */
export function lockLabel(record: Addr): string {
  const type = load(record) === KIND.RLOCK ? "RLock" : "Lock";
  const name = nameOf(record, LOCK.NAME);
  return name === undefined ? type : `${type} '${name}'`;
}

/** Waits for the lock; false when the deadline passes. Throws when it is abandoned. */
export function acquireSlow(record: Addr, deadline: Deadline): boolean {
  const word = wordOf(record);
  if (deadline === NEVER && isChecked(record) && ownerOf(load(word)) === self.ident) {
    throw new DeadlockError(
      `Cannot acquire ${lockLabel(record)}: ${threadText(self.ident)} holds it already and would wait for itself for ever`,
    );
  }
  const outcome = lock(word, deadline, REASON.LOCK);
  return outcome !== TIMED_OUT && settle(record, outcome);
}

/** Waits for the lock without blocking. */
export async function acquireSlowAsync(
  record: Addr,
  deadline: Deadline,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const outcome = await blockAsync(countedWait(record), deadline, signal);
  if (outcome === "abandoned") throw abandonedError(record);
  return outcome === "acquired";
}

/** The wait of an Async call: the lock counts as held in the step that takes it, not when the promise is read. */
function countedWait(record: Addr): Wait<LockOutcome> {
  const wait = lockWait(wordOf(record), REASON.LOCK);
  const checked = isChecked(record);
  return {
    ...wait,
    poll: (w, granted) => {
      const outcome = wait.poll(w, granted);
      if (outcome === "acquired" && checked) self.held++;
      return outcome;
    },
  };
}

/** Counts a lock that was just taken; throws when it is abandoned. */
export function settle(record: Addr, outcome: LockOutcome): true {
  if (outcome === "abandoned") throw abandonedError(record);
  if (isChecked(record)) self.held++;
  return true;
}

/** Releases a lock whatever its depth was, and returns the depth. The caller has checked that it is held here. */
export function releaseFully(record: Addr): number {
  const depth = exchangeDepth(record, 0);
  if (isChecked(record)) {
    unlock(wordOf(record));
    self.held--;
  } else {
    unlockAny(wordOf(record));
  }
  return depth;
}

/** Takes a lock again with the depth that it had. Nothing interrupts it, so that a wait always ends holding its lock. */
export function restore(record: Addr, depth: number): void {
  const quick = lock(wordOf(record), POLL, REASON.LOCK); // whoever notified releases soon
  const outcome =
    quick === TIMED_OUT
      ? block({ ...lockWait(wordOf(record), REASON.LOCK), uninterruptible: true }, NEVER)
      : quick;
  settle(record, outcome as LockOutcome);
  exchangeDepth(record, depth);
}

/** {@link restore} without blocking. */
export async function restoreAsync(record: Addr, depth: number): Promise<void> {
  const outcome = await blockAsync({ ...countedWait(record), uninterruptible: true }, NEVER, undefined);
  if (outcome === "abandoned") throw abandonedError(record);
  exchangeDepth(record, depth);
}

/** Only the holder reads or writes the depth, so two steps are one. */
function exchangeDepth(record: Addr, depth: number): number {
  const at = field(record, LOCK.DEPTH);
  const old = load(at);
  store(at, depth);
  return old;
}

function abandonedError(record: Addr): AbandonedLockError {
  return new AbandonedLockError(
    `Cannot acquire ${lockLabel(record)}: it was abandoned by ${deadName(record)}, which died while holding it; call recover() to repair what it guards`,
  );
}

/** Name of the thread that died while holding it. */
function deadName(record: Addr): string {
  return readText(load(field(record, LOCK.DEAD)) as Addr);
}

export function notOwner(record: Addr, verb: string): NotOwnerError {
  const owner = ownerOf(load(wordOf(record)));
  const reason = owner === 0 ? "it is not locked" : `it is held by ${threadText(owner)}`;
  return new NotOwnerError(`Cannot ${verb} ${lockLabel(record)}: ${reason}`);
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

export function lockStatistics(record: Addr): LockStatistics {
  const word = load(wordOf(record));
  const passedOn = (load(field(record, LOCK.OPTIONS)) & LOCK_OPTION.PASSED_ON) !== 0;
  return {
    name: nameOf(record, LOCK.NAME),
    locked: ownerOf(word) !== 0,
    owner: ownerOf(word) || undefined,
    waiting: lengthOf(wordOf(record)),
    abandoned: isAbandoned(word) || passedOn,
  };
}

/** `<Lock 'db' held by Thread-3, 2 waiting>` */
export function lockText(record: Addr, more: string): string {
  const word = load(wordOf(record));
  const owner = ownerOf(word);
  if (isAbandoned(word)) return `<${lockLabel(record)} abandoned by ${deadName(record)}>`;
  if (owner === 0) return `<${lockLabel(record)} unlocked>`;
  return `<${lockLabel(record)} held by ${threadText(owner)}${more}, ${lengthOf(wordOf(record))} waiting>`;
}
