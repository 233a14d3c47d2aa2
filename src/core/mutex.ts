/**
 * The mutex: a lock on one word that names its owner.
 *
 * State table (owner = word >>> 3; A = ABANDONED, H = HANDOFF, W = WAITERS)
 *
 *   | owner | A | H | W | state                                            | unlock does   |
 *   | ----- | - | - | - | ------------------------------------------------ | ------------- |
 *   | 0     | 0 | 0 | 0 | free                                             | –             |
 *   | 0     | 0 | 0 | 1 | free; a woken waiter is on its way (may be overtaken) | –        |
 *   | 0     | 0 | 1 | 1 | free, but reserved for the head of the line       | –             |
 *   | t     | 0 | 0 | 0 | held by t, nobody sleeps                          | one CAS       |
 *   | t     | 0 | 0 | 1 | held by t, somebody sleeps or is about to         | wakes the head |
 *   | 0     | 1 | 0 | * | abandoned: the holder died; only recover() takes it | –            |
 *   | 0     | 0 | 1 | 0 | illegal                                          |               |
 *   | t     | * | 1 | * | illegal                                          |               |
 *
 * Transitions: lock: free → held (a taker that comes out of the line sets W: it
 * cannot know that it was the last). unlock: held → free. HANDOFF is set by an
 * unlock whose head has waited over 1 ms. abandon: held by a dead thread →
 * abandoned (or free). recover: abandoned → held.
 *
 * Invariants
 *   M1  A sleeper saw W set on a word that it could not take, after it had joined
 *       the line. So the unlock that frees the word sees W, and scans for a head
 *       *after* it has freed the word: it finds the sleeper.
 *   M2  Unlock wakes the head, never transfers to it: the word never names a
 *       thread that does not know it. A waiter that dies holds nothing.
 *   M3  Only the head may take a word with H. With an empty line H means nothing.
 *   M4  Whoever leaves the line without the lock wakes the new head if the word
 *       is free (P3): the wake-up or the reservation may have been meant for it.
 *   M5  W may be set without need (one useless scan), never missing.
 *
 * Lineage: the three states of Drepper's "Futexes are tricky" and Rust's futex
 * mutex; owner in the word as in PI futexes; barging with hand-off after 1 ms as
 * Go's starvation mode and CPython's PyMutex.
 */
import type { Deadline } from "./deadline.ts";
import { NEVER, POLL } from "./deadline.ts";
import { head, kickAll, kickHead, waited } from "./line.ts";
import { block, TIMED_OUT, type Wait } from "./park.ts";
import { spinLimit } from "./platform.ts";
import { REASON, type Reason } from "./reason.ts";
import { self } from "./self.ts";
import { type Addr, compareExchange, exchange, load, now, relax } from "./word.ts";

export const WAITERS = 1;
export const HANDOFF = 2;
export const ABANDONED = 4;
/** A head that has waited this long gets the lock next, in ticks of 1/16 ms. */
const HANDOFF_AFTER = 16;

export type LockOutcome = "acquired" | "abandoned";

/** Ident of the holder; 0: none. */
export function ownerOf(word: number): number {
  return word >>> 3;
}
export function isAbandoned(word: number): boolean {
  return (word & ABANDONED) !== 0;
}

/** Takes the lock if it is free. Never waits, never overtakes a reserved head. */
export function tryLock(addr: Addr): LockOutcome | undefined {
  return compareExchange(addr, 0, self.key) === 0 ? "acquired" : take(addr, 0 as Addr, 0);
}

/** Takes the lock, sleeping if need be. */
export function lock(addr: Addr, deadline: Deadline, reason: Reason): LockOutcome | typeof TIMED_OUT {
  if (compareExchange(addr, 0, self.key) === 0) return "acquired";
  const quick = spin(addr);
  if (quick !== undefined) return quick;
  if (deadline === POLL) return TIMED_OUT;
  const since = now();
  const outcome = block(lockWait(addr, reason), deadline);
  if (now() - since < SHORT_SLEEP_MS) patience = Math.min(MOST_LOOKS, patience + 1);
  return outcome;
}

/**
 * Takes a lock that is only ever held for a few steps: a guard of a record's words. The wait is no blocking call of the
 * user's, so nothing interrupts it.
 */
export function lockGuard(addr: Addr): void {
  if (compareExchange(addr, 0, self.key) === 0 || spin(addr) !== undefined) return;
  block({ ...lockWait(addr, REASON.OUTPUT), uninterruptible: true }, NEVER);
}

/** A sleep this short was mostly its own wake-up: a longer spin would have got the lock. */
const SHORT_SLEEP_MS = 0.2;

/** The wait for a lock, for blocked and for awaiting callers. */
export function lockWait(addr: Addr, reason: Reason): Wait<LockOutcome> {
  return {
    addr,
    reason,
    want: 0,
    poll: (w) => take(addr, w, WAITERS), // M5: always W, others may sleep
    cancelled: () => passOn(addr), // M4
  };
}

/**
 * One attempt. A waiter `w` marks the word with W before it gives up (M1);
 * `w` = 0 is a passer-by that leaves no mark.
 */
function take(addr: Addr, w: Addr, mark: number): LockOutcome | undefined {
  for (;;) {
    const word = load(addr);
    if (isAbandoned(word)) return "abandoned";
    if (ownerOf(word) === 0 && mayTake(addr, word, w)) {
      const kept = word & WAITERS;
      if (compareExchange(addr, word, self.key | kept | mark) === word) return "acquired";
    } else if (w === 0 || (word & WAITERS) !== 0) {
      return undefined;
    } else {
      compareExchange(addr, word, word | WAITERS);
    }
  }
}

/** M3 */
function mayTake(addr: Addr, word: number, w: Addr): boolean {
  if ((word & HANDOFF) === 0) return true;
  const first = head(addr);
  return first === w || first === 0;
}

/**
 * A spin looks at most so often, and pauses twice as long before each next look. Every look takes the word's cache
 * line away from the holder, who would have used it for many turns: two threads that look all the time need four
 * times as long for a turn (`npm run bench`: one lock, two threads).
 */
const MOST_LOOKS = 6;
/** How many looks paid off lately; a lock held for long is not worth a spin. */
let patience = MOST_LOOKS;

/** Spins a little in the hope that the holder is about to release. */
function spin(addr: Addr): LockOutcome | undefined {
  if (spinLimit === 0) return take(addr, 0 as Addr, 0);
  let pause = Math.ceil(spinLimit / 2);
  for (let look = 1; look <= patience; look++, pause *= 2) {
    for (let turns = 0; turns < pause; turns++) relax();
    const word = load(addr);
    if (isAbandoned(word)) return "abandoned";
    if (ownerOf(word) === 0 && (word & HANDOFF) === 0) {
      if (compareExchange(addr, word, self.key | (word & WAITERS)) === word) {
        if (look === patience) patience = Math.min(MOST_LOOKS, patience + 1);
        return "acquired";
      }
    }
  }
  patience = Math.max(1, patience - 1);
  return undefined;
}

/** Releases a lock that the calling thread holds. False: it does not hold it, and nothing changed. */
export function unlock(addr: Addr): boolean {
  if (compareExchange(addr, self.key, 0) === self.key) return true;
  return ownerOf(load(addr)) === self.ident && self.ident !== 0 && unlockSlow(addr);
}

/** Releases a held lock, whoever holds it. False: nobody does. */
export function unlockAny(addr: Addr): boolean {
  const word = load(addr);
  if (ownerOf(word) === 0) return false;
  if ((word & WAITERS) === 0 && compareExchange(addr, word, 0) === word) return true;
  return unlockSlow(addr);
}

/** The word is held and has W, or is about to get it. */
function unlockSlow(addr: Addr): boolean {
  const first = head(addr);
  const starved = first !== 0 && waited(first) > HANDOFF_AFTER;
  exchange(addr, starved ? WAITERS | HANDOFF : WAITERS);
  passOn(addr); // after the word is free: M1
  return true;
}

/** If the word is free: wakes the head of the line, or, when nobody waits, clears the marks. */
export function passOn(addr: Addr): void {
  for (;;) {
    const word = load(addr);
    if (ownerOf(word) !== 0 || isAbandoned(word) || word === 0) return;
    if (kickHead(addr)) return;
    if (compareExchange(addr, word, 0) === word) return;
  }
}

/** The holder died: everyone who waits learns of it. True: the lock was held by that thread. */
export function abandon(addr: Addr, dead: number, handOver: boolean): boolean {
  for (;;) {
    const word = load(addr);
    if (ownerOf(word) !== dead) return false;
    if (compareExchange(addr, word, handOver ? WAITERS : ABANDONED | WAITERS) !== word) continue;
    if (handOver) passOn(addr);
    else kickAll(addr);
    return true;
  }
}

/** Takes an abandoned lock for repair. False: it is not abandoned. */
export function recover(addr: Addr): boolean {
  for (;;) {
    const word = load(addr);
    if (!isAbandoned(word)) return false;
    if (compareExchange(addr, word, self.key | (word & WAITERS)) === word) return true;
  }
}
