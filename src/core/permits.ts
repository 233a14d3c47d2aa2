/**
 * Permits: a counting semaphore on one word, served in order.
 *
 * The word is `permits << 1 | WAITERS`.
 *
 *   | permits | W | state                                                                  |
 *   | ------- | - | ---------------------------------------------------------------------- |
 *   | n       | 0 | n free; nobody waits, anybody may take                                  |
 *   | n       | 1 | n free; only the head of the line may take, when n is enough for it     |
 *
 * Transitions: take (n → n − want), release (n → n + count), W set by a waiter that
 * could not take, cleared by whoever finds the line empty.
 *
 * Invariants
 *   N1  While somebody waits, permits go to the head of the line alone: a request for
 *       many is not starved by requests for one.
 *   N2  Nothing is handed over: the head takes for itself. So permits are in the word
 *       or with a thread that has returned, never on the way to one that may die.
 *   N3  Whoever leaves the line, served or not, wakes the next head: what is left may
 *       be enough for it. Waking n sleepers for n permits would lose a wake-up when
 *       the first of them wants two.
 *   N4  A sleeper saw W set after it had joined the line; a release adds first and
 *       looks for W after, so it finds the sleeper.
 *   N5  W is cleared only beside an empty line: somebody may join, see W and sleep
 *       between the look at the line and the clearing, so the line is looked at again
 *       after it.
 *
 * Lineage: tokio's batch_semaphore, whose permits also go to the head of a FIFO.
 */
import { head, kickHead } from "./line.ts";
import type { Wait } from "./park.ts";
import type { Reason } from "./reason.ts";
import { type Addr, compareExchange, load, or } from "./word.ts";

const WAITERS = 1;
/** The most permits that a word can hold. */
export const MAX_PERMITS: number = 2 ** 30 - 1;

/** Free permits. */
export function permitsOf(word: number): number {
  return word >>> 1;
}
export function permitsWord(permits: number): number {
  return permits << 1;
}

/** Takes permits if they are free and nobody waits for them; never waits. */
export function tryTake(addr: Addr, want: number): boolean {
  for (;;) {
    const word = load(addr);
    if (permitsOf(word) < want) return false;
    if ((word & WAITERS) !== 0 && head(addr) !== 0) return false; // N1
    if (compareExchange(addr, word, word - (want << 1)) === word) return true;
  }
}

/** The wait for permits. */
export function permitsWait(addr: Addr, want: number, reason: Reason): Wait<true> {
  const next = (): void => wakeNext(addr);
  return { addr, reason, want, poll: (w) => takeAsHead(addr, w, want), left: next, cancelled: next };
}

function takeAsHead(addr: Addr, w: Addr, want: number): true | undefined {
  for (;;) {
    const word = load(addr);
    if (permitsOf(word) >= want && head(addr) === w) {
      if (compareExchange(addr, word, (word - (want << 1)) | WAITERS) === word) return true;
    } else if ((word & WAITERS) !== 0) {
      return undefined; // N4
    } else {
      compareExchange(addr, word, word | WAITERS);
    }
  }
}

/** Gives permits back. False: there would be more than `bound`, and nothing changed. */
export function give(addr: Addr, count: number, bound: number): boolean {
  for (;;) {
    const word = load(addr);
    if (permitsOf(word) + count > bound) return false;
    if (compareExchange(addr, word, word + (count << 1)) !== word) continue;
    wakeNext(addr);
    return true;
  }
}

/** Wakes the head if there may be something for it; clears W when nobody waits. N3 */
function wakeNext(addr: Addr): void {
  for (;;) {
    const word = load(addr);
    if ((word & WAITERS) === 0 || kickHead(addr)) return;
    if (compareExchange(addr, word, word & ~WAITERS) !== word) continue;
    if (head(addr) === 0) return;
    or(addr, WAITERS); // N5
  }
}
