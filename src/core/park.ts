/**
 * Parking: the one routine by which a thread waits for anything, and its Async twin.
 *
 * A primitive says only what its word means: {@link Wait.poll} looks once and
 * answers with an outcome, or undefined to keep waiting. This file does the
 * rest for all of them: line, sleep, deadline, interruption, wake-ups.
 *
 * Invariants
 *   P1  A waiter is in the line (and WAITING) before it looks. So whoever changes
 *       the word after that look also sees the waiter.
 *   P2  It sleeps on the STATE that it published, never on the word itself: a
 *       wake-up between look and sleep changes STATE, and the sleep returns.
 *   P3  A waiter that leaves without an outcome calls {@link Wait.cancelled}
 *       after it has left the line: a wake-up meant for it goes to the next.
 *   P4  The deadline is overall: useless wake-ups never extend it.
 */
import { type Deadline, NEVER, remaining } from "./deadline.ts";
import { blockingWaiterAt, field, ISOLATE, isolateAt, WAITER } from "./layout.ts";
import { claimAsync, enter, freeAsync, KICKED, leave, NOTIFIED, rearm, stateOf, WAITING } from "./line.ts";
import type { Patience } from "./patience.ts";
import { probe } from "./probe.ts";
import type { Reason } from "./reason.ts";
import { self } from "./self.ts";
import { type Addr, compareExchange, load, mayWait, now, wait as sleep } from "./word.ts";
import { BlockingNotAllowedError } from "../errors.ts";

/** What a primitive says about one wait. R is its outcome, never undefined. */
export interface Wait<R> {
  readonly addr: Addr;
  readonly reason: Reason;
  readonly want: number;
  /** Looks once. `notified`: somebody granted this waiter what it waits for. */
  poll(waiter: Addr, notified: boolean): R | undefined;
  /** A wait that is often short: how long it spins before its first sleep, in the hope of a grant. */
  readonly patience?: Patience;
  /** Not ended by interrupt(): a wait that the caller does not know of. */
  readonly uninterruptible?: boolean;
  /** Called once, when the waiter is in the line and before it first looks. */
  entered?(): void;
  /** Called when it has left the line with an outcome. */
  left?(): void;
  /** Called when it is about to leave the line without an outcome: what its death in the line would do as well. */
  giveUp?(): void;
  /** Called when it has left the line without an outcome; `granted`: somebody had granted it meanwhile. P3. */
  cancelled?(granted: boolean): void;
}

/** WAITER.ENDLESS of a wait that is not to be ended by an error, if another one will do. */
export const STUBBORN = 2;

/** The outcome of a wait whose deadline passed. */
export const TIMED_OUT: unique symbol = Symbol("timed out");

/** What the thread layer adds to every wait. */
export const hooks: {
  /** Runs before each sleep: serves what others asked of this isolate; throws when the thread is interrupted, unless it must not. */
  beforeSleep: (uninterruptible: boolean) => void;
} = { beforeSleep: () => {} };

/** Blocks the calling thread until the wait has an outcome or the deadline passes. */
export function block<R>(wait: Wait<R>, deadline: Deadline): R | typeof TIMED_OUT {
  if (!mayWait()) {
    throw new BlockingNotAllowedError(
      "Cannot block: this thread must not sleep; use the Async form of the call",
    );
  }
  // An excepthook may run while its thread waits, and block itself: then it borrows a record.
  const nested = load(field(blockingWaiterAt(self.isolate), WAITER.ADDR)) !== 0;
  const w = nested ? claimAsync() : blockingWaiterAt(self.isolate);
  const waiting = enter(w, wait.addr, wait.reason, wait.want, endlessness(wait, deadline)); // P1
  let outcome: R | typeof TIMED_OUT | undefined;
  try {
    wait.entered?.();
    outcome = wait.poll(w, false);
    const maySpin = outcome === undefined && remaining(deadline) > 0; // who only polls does not spin
    if (maySpin && isWokenSoon(w, waiting, wait.patience)) outcome = look(wait, w, waiting, false);
    const since = outcome === undefined && wait.patience !== undefined ? now() : 0;
    while (outcome === undefined) {
      const left = remaining(deadline);
      if (left > 0) {
        hooks.beforeSleep(wait.uninterruptible === true);
        probe.recorder?.park?.(wait.reason);
        if (nested) sleepOnDoorbell(w, left);
        else sleep(field(w, WAITER.STATE), waiting, left); // P2
        probe.recorder?.unpark?.(wait.reason);
      }
      outcome = look(wait, w, waiting, left <= 0);
    }
    if (since > 0) wait.patience?.slept(now() - since);
  } finally {
    if (outcome === undefined || outcome === TIMED_OUT) wait.giveUp?.();
    const granted = leave(w);
    if (nested) freeAsync(w);
    if (outcome === undefined || outcome === TIMED_OUT)
      wait.cancelled?.(granted); // P3
    else wait.left?.();
  }
  return outcome;
}

/** Spins for a wake-up as long as that seems worth it. */
function isWokenSoon(w: Addr, waiting: number, patience: Patience | undefined): boolean {
  const state = field(w, WAITER.STATE);
  return patience?.spin(() => load(state) !== waiting) === true;
}

/** What WAITER.ENDLESS says of a wait. */
function endlessness<R>({ uninterruptible }: Wait<R>, deadline: Deadline): number {
  if (deadline !== NEVER) return 0;
  return uninterruptible === true ? STUBBORN : 1;
}

/** Whoever wakes a borrowed record rings the isolate's ASYNC word, as for a pending Async call. */
function sleepOnDoorbell(w: Addr, left: number): void {
  const doorbell = field(isolateAt(self.isolate), ISOLATE.ASYNC);
  const seen = load(doorbell);
  if (stateOf(load(field(w, WAITER.STATE))) === WAITING) sleep(doorbell, seen, left);
}

/**
 * One look after a wake-up, or the last one when the deadline has passed. Shared
 * by blocked and awaiting waiters.
 */
export function look<R>(
  wait: Wait<R>,
  w: Addr,
  waiting: number,
  expired: boolean,
): R | typeof TIMED_OUT | undefined {
  const word = field(w, WAITER.STATE);
  const state = stateOf(load(word));
  if (state === NOTIFIED) return wait.poll(w, true);
  if (state === KICKED) rearm(w, waiting); // before the look: P1
  const outcome = wait.poll(w, stateOf(load(word)) === NOTIFIED);
  if (outcome !== undefined || !expired) return outcome;
  // A grant may come until the very end: only one of grant and expiry wins.
  const seen = load(word);
  if (stateOf(seen) === WAITING && compareExchange(word, seen, seen & ~7) === seen) return TIMED_OUT;
  return stateOf(load(word)) === NOTIFIED ? wait.poll(w, true) : TIMED_OUT;
}
