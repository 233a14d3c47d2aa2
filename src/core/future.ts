/**
 * Futures: one word that says how far a call has come, and who must hear of its end.
 *
 * STATE = tag << 6 | WATCHED | WAITERS | phase
 *
 *   | phase            | CPython's word         | tag                | may become                          |
 *   | ---------------- | ---------------------- | ------------------ | ----------------------------------- |
 *   | PENDING          | PENDING                | of its entry in the task line | RUNNING, CANCELLED, DONE |
 *   | RUNNING          | RUNNING                | ident of the runner, 0: not told | DONE                  |
 *   | CANCELLED        | CANCELLED              | as it was          | CANCELLED+DONE                      |
 *   | CANCELLED + DONE | CANCELLED_AND_NOTIFIED | as it was          | –                                   |
 *   | DONE             | FINISHED               | 0                  | –                                   |
 *
 * Invariants
 *   F1  RESULT is written once, by a compare-exchange from 0, before STATE becomes
 *       DONE. Of several who set a result, one wins, and its result is the one seen.
 *   F2  Who waits sets WAITERS (one future) or WATCHED (several) on a word that has
 *       not ended, after it has joined the line. So whoever ends it sees the mark, and
 *       finds the waiter: no wake-up is lost, and none is sent to nobody.
 *   F3  A worker claims with the tag that stood in the line beside the address. So a
 *       stale address, whose future has ended and whose memory is another's, claims
 *       nothing.
 *   F4  A RUNNING word of a pool names its runner: its death is seen by others, and a
 *       circle of blocked threads can be walked through it.
 *
 * Lineage: CPython's concurrent.futures for the phases, FutureTask for one word, the
 * tags of tagged pointers.
 */
import type { Deadline } from "./deadline.ts";
import { POLL } from "./deadline.ts";
import { allocate } from "./heap.ts";
import { FUTURE, FUTURE_SIZE } from "./future-layout.ts";
import { field, HEADER } from "./layout.ts";
import { kickAll } from "./line.ts";
import { Patience } from "./patience.ts";
import { block, TIMED_OUT, type Wait } from "./park.ts";
import { spinLimit } from "./platform.ts";
import { REASON } from "./reason.ts";
import { type Addr, compareExchange, load, now, store } from "./word.ts";

export const PENDING = 1;
export const RUNNING = 2;
export const CANCELLED = 4;
export const DONE = 8;
export const WAITERS = 16;
export const WATCHED = 32;
const PHASE_MASK = 15;
const MARKS = WAITERS | WATCHED;
const TAG_SHIFT = 6;
/** What a tag may be. */
export const TAG_MASK = 0x3ffffff;

/** The phase of a future, without its marks. */
export function phaseOf(word: number): number {
  return word & PHASE_MASK;
}
/** Of a PENDING word: the tag of its entry. Of a RUNNING one: the ident of its runner. */
export function tagOf(word: number): number {
  return word >>> TAG_SHIFT;
}
/** Has it ended: with a result, or by being cancelled? */
export function isOver(word: number): boolean {
  return (word & (CANCELLED | DONE)) !== 0;
}

/** The word of a future that waits with this tag. */
export function pendingWord(tag: number): number {
  return (tag << TAG_SHIFT) | PENDING;
}

/** Makes the record of a PENDING future with one reference. The caller stores KIND last. */
export function newFuture(tag: number): Addr {
  const future = allocate(FUTURE_SIZE);
  for (let offset = 4; offset < FUTURE.ARGUMENTS; offset += 4) store(field(future, offset), 0);
  store(field(future, FUTURE.REFS), 1);
  store(field(future, FUTURE.STATE), pendingWord(tag));
  return future;
}

export type Claim = "claimed" | "cancelled" | "gone";

/** PENDING → RUNNING, for the one who will run it as `runner`. F3 */
export function claim(future: Addr, tag: number, runner: number): Claim {
  const state = field(future, FUTURE.STATE);
  for (;;) {
    const word = load(state);
    if (tagOf(word) !== tag) return "gone";
    if ((word & CANCELLED) !== 0) return "cancelled";
    if (phaseOf(word) !== PENDING) return "gone";
    const next = ((runner & TAG_MASK) << TAG_SHIFT) | RUNNING | (word & MARKS);
    if (compareExchange(state, word, next) === word) return "claimed";
  }
}

/** PENDING → CANCELLED. True: it is cancelled now, or was before. */
export function cancel(future: Addr): boolean {
  const state = field(future, FUTURE.STATE);
  for (;;) {
    const word = load(state);
    if (phaseOf(word) !== PENDING) return (word & CANCELLED) !== 0;
    if (compareExchange(state, word, (word & ~PENDING) | CANCELLED) !== word) continue;
    wake(future, word);
    return true;
  }
}

/** {@link cancel} of the very future that stood in a line with this tag. */
export function cancelTagged(future: Addr, tag: number): void {
  const state = field(future, FUTURE.STATE);
  for (;;) {
    const word = load(state);
    if (tagOf(word) !== tag || phaseOf(word) !== PENDING) return;
    if (compareExchange(state, word, (word & ~PENDING) | CANCELLED) !== word) continue;
    wake(future, word);
    return;
  }
}

/** CANCELLED → CANCELLED + DONE: those who wait for several futures count it from now on. False: it is not CANCELLED. */
export function notifyCancelled(future: Addr): boolean {
  const state = field(future, FUTURE.STATE);
  for (;;) {
    const word = load(state);
    if (phaseOf(word) !== CANCELLED) return false;
    if (compareExchange(state, word, word | DONE) !== word) continue;
    wake(future, word);
    return true;
  }
}

/** Ends it with what RESULT is to hold. False: it has ended already, and nothing changed. F1 */
export function finish(future: Addr, result: number): boolean {
  const state = field(future, FUTURE.STATE);
  if (isOver(load(state))) return false;
  if (compareExchange(field(future, FUTURE.RESULT), 0, result) !== 0) return false;
  return complete(future);
}

/** From RESULT to DONE: also what another thread does for one that died between the two. */
export function complete(future: Addr): boolean {
  const state = field(future, FUTURE.STATE);
  for (;;) {
    const word = load(state);
    if (isOver(word)) return (word & CANCELLED) === 0;
    if (compareExchange(state, word, DONE) !== word) continue;
    wake(future, word);
    return true;
  }
}

/** Wakes those who left a mark. F2 */
function wake(future: Addr, word: number): void {
  if ((word & WAITERS) !== 0) kickAll(field(future, FUTURE.STATE));
  if ((word & WATCHED) !== 0) kickAll(HEADER.FUTURES as Addr);
}

/** Leaves a mark on a future that has not ended. False: it has. F2 */
export function mark(future: Addr, bit: number): boolean {
  const state = field(future, FUTURE.STATE);
  for (;;) {
    const word = load(state);
    if ((word & DONE) !== 0) return false;
    if ((word & bit) !== 0 || compareExchange(state, word, word | bit) === word) return true;
  }
}

/** The wait until a future is over: cancelled, or done. */
export function overWait(future: Addr): Wait<true> {
  const state = field(future, FUTURE.STATE);
  return {
    addr: state,
    reason: REASON.FUTURE,
    want: 0,
    poll: () => (isOver(load(state)) || (mark(future, WAITERS), isOver(load(state))) ? true : undefined),
  };
}

/** The wait until a future is DONE: a cancelled one, once its executor has noticed. */
export function doneWait(future: Addr): Wait<true> {
  const poll = (): true | undefined => (mark(future, WAITERS) ? undefined : true);
  return { addr: field(future, FUTURE.STATE), reason: REASON.FUTURE, want: 0, poll };
}

/** Spins of threads that wait for a result: half of what a sleep and its wake-up cost. */
export const forResult: Patience = new Patience(spinLimit * 5);

/** Blocks until a future is over; false when the deadline passes first. */
export function awaitOver(future: Addr, deadline: Deadline): boolean {
  const state = field(future, FUTURE.STATE);
  if (isOver(load(state))) return true;
  if (deadline === POLL) return false;
  if (forResult.spin(() => isOver(load(state)))) return true;
  const since = now();
  const over = block(overWait(future), deadline) !== TIMED_OUT;
  forResult.slept(now() - since);
  return over;
}

/** The wait for anything that happens to a future with the mark WATCHED; `look` says whether it was enough. */
export function watchWait(look: () => true | undefined): Wait<true> {
  return { addr: HEADER.FUTURES as Addr, reason: REASON.FUTURES, want: 0, poll: look };
}

/** Ident of the one thread that alone can end a future; 0: not known. For core/cycle.ts. */
export function runnerOf(future: Addr): number {
  const word = load(field(future, FUTURE.STATE));
  return phaseOf(word) === RUNNING ? tagOf(word) : 0;
}
