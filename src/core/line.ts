/**
 * Lines: who waits for which word, in which order.
 *
 * There is no queue to corrupt. Each wait has a record, and the line of a word
 * is *derived*: the records that name the word, in the order of their tickets.
 * A thread that dies leaves one record, which the supervisor clears; nothing
 * has to be unlinked. Finding the head costs a scan of the records in use, some
 * nanoseconds each, paid only by a release that has somebody to wake.
 *
 * STATE of a record (the low three bits; above them the ticket):
 *
 *   | state    | meaning                           | who may change it, to what                    |
 *   | -------- | --------------------------------- | --------------------------------------------- |
 *   | FREE     | an Async record that nobody has   | claimer → IDLE                                |
 *   | IDLE     | in no line                        | owner → WAITING (with a new ticket), FREE     |
 *   | WAITING  | in the line, asleep or about to be| waker → KICKED, NOTIFIED; owner → IDLE        |
 *   | KICKED   | woken to look again               | waker → NOTIFIED; owner → WAITING, IDLE       |
 *   | NOTIFIED | granted what it waited for        | owner → IDLE; supervisor, when the owner died |
 *
 * Invariants
 *   L1  ADDR is written after every other field, and cleared first: a record
 *       that is seen in a line is whole.
 *   L2  The ticket is part of STATE and new with each entry, so a waker that
 *       read STATE, then ADDR, and then changes STATE with a compare-exchange
 *       has woken the very wait that it saw, never a later one of that thread.
 *   L3  A wake-up is only a reason to look again (KICKED) or a grant that stays
 *       with the record until its owner takes it (NOTIFIED). So a thread that
 *       dies between wake-up and look takes nothing with it: the supervisor
 *       wakes the next.
 *   L4  A grant reaches tickets drawn before it was called, never later ones.
 *
 * Lineage: AbstractQueuedSynchronizer's FIFO of waiters, parking_lot's table
 * keyed by address; the derived queue is ours.
 */
import {
  asyncWaiterAt,
  blockingWaiterAt,
  field,
  HEADER,
  ISOLATE,
  isolateAt,
  MAX_ASYNC,
  WAITER,
} from "./layout.ts";
import type { Reason } from "./reason.ts";
import { self } from "./self.ts";
import { type Addr, add, compareExchange, exchange, load, notify, now, store } from "./word.ts";
import { HeapExhaustedError } from "../errors.ts";

export const STATE_MASK = 7;
export const FREE = 0;
export const IDLE = 1;
export const WAITING = 2;
export const KICKED = 3;
export const NOTIFIED = 4;

/** Ticks of the shared clock, in 1/16 ms; compared by signed difference. */
export function ticks(): number {
  return (now() * 16) | 0;
}

export function stateOf(word: number): number {
  return word & STATE_MASK;
}

function stateWord(w: Addr): Addr {
  return field(w, WAITER.STATE);
}

/** Is this the record of a pending Async call, not of a blocked thread? */
export function isAsync(w: Addr): boolean {
  return w >= asyncWaiterAt(0);
}

/** Joins the line of `addr` at its end. Returns the word that STATE holds while it waits. */
export function enter(w: Addr, addr: Addr, reason: Reason, want: number, endless = 0): number {
  const waiting = (add(HEADER.NEXT_TICKET as Addr, 8) & ~STATE_MASK) | WAITING;
  store(field(w, WAITER.THREAD), self.ident);
  store(field(w, WAITER.ISOLATE), self.isolate);
  store(field(w, WAITER.REASON), reason);
  store(field(w, WAITER.WANT), want);
  store(field(w, WAITER.SINCE), ticks());
  store(field(w, WAITER.ENDLESS), endless);
  store(stateWord(w), waiting);
  store(field(w, WAITER.ADDR), addr); // L1
  return waiting;
}

/** Leaves the line. True: it had been granted what it waited for, and the caller must use that or pass it on. */
export function leave(w: Addr): boolean {
  store(field(w, WAITER.ADDR), 0); // L1
  return stateOf(exchange(stateWord(w), IDLE)) === NOTIFIED; // in one step: a grant may come until now
}

/** Before it looks again: KICKED becomes WAITING, so that a wake-up after this is seen. */
export function rearm(w: Addr, waiting: number): void {
  compareExchange(stateWord(w), (waiting & ~STATE_MASK) | KICKED, waiting);
}

/** Wakes this wait if it still is the one that was seen. L2. */
function wake(w: Addr, seen: number, to: number): boolean {
  if (compareExchange(stateWord(w), seen, (seen & ~STATE_MASK) | to) !== seen) return false;
  ring(w);
  return true;
}

function ring(w: Addr): void {
  if (!isAsync(w)) {
    notify(stateWord(w), 1);
    return;
  }
  const doorbell = field(isolateAt(load(field(w, WAITER.ISOLATE))), ISOLATE.ASYNC);
  add(doorbell, 1);
  notify(doorbell, Infinity); // the event loop listens there, and a borrowed record may sleep there: park.ts
}

/** The head of a line as it was seen: its record, and the STATE that it had. */
let headSeen = 0;

/** The record with the smallest ticket among those in the line of `addr` whose state `accepts`; 0: none. */
function first(addr: Addr, accepts: number): Addr {
  let best = 0 as Addr;
  let bestWord = 0;
  const consider = (w: Addr): void => {
    const word = entryIn(w, addr);
    if ((accepts & (1 << stateOf(word))) === 0) return;
    if (best !== 0 && (((word | STATE_MASK) - (bestWord | STATE_MASK)) | 0) >= 0) return;
    best = w;
    bestWord = word;
  };
  eachWaiter(consider);
  headSeen = bestWord;
  return best;
}

/**
 * STATE of a record as it is while it stands in the line of `addr`; 0: it does not.
 * ADDR is read between two equal tickets, or it might be that of a later entry.
 */
function entryIn(w: Addr, addr: Addr): number {
  for (let word = load(stateWord(w)); ; ) {
    if (load(field(w, WAITER.ADDR)) !== addr) return 0;
    const again = load(stateWord(w));
    if (((again ^ word) & ~STATE_MASK) === 0) return again;
    word = again;
  }
}

/** Visits every record that may be in a line. */
export function eachWaiter(visit: (w: Addr) => void): void {
  const isolates = load(HEADER.ISOLATES_HIGH as Addr);
  for (let i = 1; i < isolates; i++) visit(blockingWaiterAt(i));
  const pending = load(HEADER.ASYNC_HIGH as Addr);
  for (let i = 0; i < pending; i++) visit(asyncWaiterAt(i));
}

const ANY = (1 << WAITING) | (1 << KICKED) | (1 << NOTIFIED);
const UNGRANTED = (1 << WAITING) | (1 << KICKED);

/** The head of the line of `addr`; 0: nobody waits. */
export function head(addr: Addr): Addr {
  return first(addr, ANY);
}

/** How long a waiter has waited, in ticks. */
export function waited(w: Addr): number {
  return (ticks() - load(field(w, WAITER.SINCE))) | 0;
}

/** Wakes the head of the line to look again. True: somebody waits, and is or was woken. */
export function kickHead(addr: Addr): boolean {
  for (;;) {
    const w = first(addr, ANY);
    if (w === 0) return false;
    if (stateOf(headSeen) !== WAITING || wake(w, headSeen, KICKED)) return true;
  }
}

/**
 * Wakes the oldest that sleeps, whether or not others were woken before it. An Async waiter looks only when its event loop
 * turns, and its thread may be blocked: so the oldest blocked thread is woken beside it. True: it is an Async waiter.
 */
export function kickSleeper(addr: Addr): boolean {
  for (;;) {
    const w = first(addr, 1 << WAITING);
    if (w === 0) return false;
    if (!wake(w, headSeen, KICKED)) continue;
    if (isAsync(w)) kickBlocked(addr);
    return isAsync(w);
  }
}

function kickBlocked(addr: Addr): void {
  const isolates = load(HEADER.ISOLATES_HIGH as Addr);
  let best = 0 as Addr;
  let bestWord = 0;
  for (let i = 1; i < isolates; i++) {
    const w = blockingWaiterAt(i);
    const word = entryIn(w, addr);
    if (stateOf(word) !== WAITING || (best !== 0 && ((word - bestWord) | 0) >= 0)) continue;
    best = w;
    bestWord = word;
  }
  if (best !== 0) wake(best, bestWord, KICKED);
}

/** Wakes everyone in the line to look again. */
export function kickAll(addr: Addr): void {
  eachWaiter((w) => {
    const word = entryIn(w, addr);
    if (stateOf(word) === WAITING) wake(w, word, KICKED);
  });
}

/**
 * Makes a record look again whatever it waits for, and rings it even when it was
 * woken before: its waker may have died before it could ring.
 */
export function rouse(w: Addr): void {
  const seen = load(stateWord(w));
  if (load(field(w, WAITER.ADDR)) === 0) return;
  if (stateOf(seen) !== WAITING || !wake(w, seen, KICKED)) ring(w);
}

/**
 * Grants at most `count` waiters of the line what they wait for, the oldest first; returns how many.
 * Only those that are in the line now (L4): one that takes its grant and comes back while this still looks
 * would otherwise be granted its next wait, too, by a call from before it.
 */
export function grant(addr: Addr, count: number): number {
  const end = load(HEADER.NEXT_TICKET as Addr);
  let granted = 0;
  while (granted < count) {
    const w = first(addr, UNGRANTED);
    if (w === 0 || (((headSeen | STATE_MASK) - (end | STATE_MASK)) | 0) >= 0) break;
    if (wake(w, headSeen, NOTIFIED)) granted++;
  }
  return granted;
}

/** How many wait for `addr`. A snapshot. */
export function lengthOf(addr: Addr): number {
  let count = 0;
  eachWaiter((w) => {
    if (load(field(w, WAITER.ADDR)) === addr) count++;
  });
  return count;
}

/** Claims a record for a pending Async call of the calling isolate. */
export function claimAsync(): Addr {
  for (let i = 0; i < MAX_ASYNC; i++) {
    const w = asyncWaiterAt(i);
    if (load(stateWord(w)) !== FREE) continue;
    raise(HEADER.ASYNC_HIGH as Addr, i + 1);
    if (compareExchange(stateWord(w), FREE, IDLE) !== FREE) continue;
    store(field(w, WAITER.ISOLATE), self.isolate);
    return w;
  }
  throw new HeapExhaustedError(`Cannot wait: all ${MAX_ASYNC} records for pending Async calls are in use`);
}

/** Gives an Async record back; it has left its line. */
export function freeAsync(w: Addr): void {
  store(stateWord(w), FREE);
}

/** Raises a high-water mark to at least `value`. */
export function raise(mark: Addr, value: number): void {
  for (let seen = load(mark); seen < value; ) {
    const old = compareExchange(mark, seen, value);
    if (old === seen) return;
    seen = old;
  }
}
