/**
 * Granted waits: the condition word.
 *
 * A condition is a line and nothing else: tickets give the order, a grant wakes
 * exactly the oldest ones, and a grant stays with its waiter however long that
 * takes to run. The condition word itself holds a flag for waits that end by a
 * state (an event that is set, a thread that has ended), and is not even looked
 * at by waits that end by a grant alone.
 *
 * Invariants
 *   S1  A waiter joins the line before it looks at the word, or releases the lock
 *       that guards it: what happens after that reaches it.
 *   S2  `wakeAll` grants all that are in the line when it is called; a state that
 *       is undone at once (set, then clear) still releases them.
 *   S3  A grant whose waiter leaves without using it, or dies, goes to the next.
 *       `cancelled` does that, or the supervisor (recovery.ts, D3); events and ends of
 *       threads need it not.
 *
 * Lineage: Birrell's "Implementing Condition Variables with Semaphores" (each
 * waiter its own semaphore), parking_lot's validate-then-sleep.
 */
import { type Deadline, POLL } from "./deadline.ts";
import { grant } from "./line.ts";
import { block, TIMED_OUT, type Wait } from "./park.ts";
import { Patience } from "./patience.ts";
import { spinLimit } from "./platform.ts";
import type { Reason } from "./reason.ts";
import { type Addr, load, now, relax, store } from "./word.ts";

/** The wait until a word has any of these bits, or until a grant. S1, S2. */
export function flagWait(addr: Addr, bits: number, reason: Reason): Wait<true> {
  return {
    addr,
    reason,
    want: bits,
    poll: (_w, granted) => (granted || (load(addr) & bits) !== 0 ? true : undefined),
  };
}

/** Blocks until the word has any of these bits; false when the deadline passes first. */
export function awaitFlag(addr: Addr, bits: number, deadline: Deadline, reason: Reason): boolean {
  if ((load(addr) & bits) !== 0) return true;
  if (deadline === POLL) return false;
  if (spin(addr, bits)) return true;
  const since = now();
  const set = block(flagWait(addr, bits, reason), deadline) !== TIMED_OUT;
  if (now() - since < SHORT_SLEEP_MS) patience += (LONGEST_SPIN - patience) >> 2;
  return set;
}

/** A sleep this short was mostly its own wake-up: a longer spin would have seen the flag. */
const SHORT_SLEEP_MS = 0.1;

/** About 30 µs: half of what a sleep and its wake-up cost, and enough for a short body on a warm carrier. */
const LONGEST_SPIN = spinLimit * 6;

/** How many turns a spin for a flag may take, from what it took lately: a long wait is not worth one. */
let patience = LONGEST_SPIN >> 1;

/** Spins a little in the hope that the flag is about to be set: a sleep and its wake-up cost 50 µs. */
function spin(addr: Addr, bits: number): boolean {
  const limit = Math.min(LONGEST_SPIN, patience * 2 + 16);
  for (let turns = 0; turns < limit; turns++) {
    if ((load(addr) & bits) !== 0) {
      patience += (turns - patience) >> 3;
      return true;
    }
    relax();
  }
  patience -= patience >> 3;
  return false;
}

/** Spins of threads that wait for a grant: two that take turns need a microsecond each, and a sleep costs ten. */
const forGrant = new Patience(spinLimit * 6);

/**
 * The wait for a grant alone; `release` gives up the guarding lock once the waiter is in the line. A grant is written
 * to `owes`, if that is given, before the waiter leaves the line: its thread clears that when it holds the lock again.
 */
export function grantWait(addr: Addr, reason: Reason, release: () => void, owes?: Addr): Wait<true> {
  return {
    addr,
    reason,
    want: 0,
    patience: forGrant,
    entered: release,
    poll: (_w, granted) => {
      if (!granted) return undefined;
      if (owes !== undefined) store(owes, addr);
      return true;
    },
    cancelled: (granted) => {
      if (granted) grant(addr, 1); // S3
    },
  };
}

/** Grants the `count` oldest waiters of the line; returns how many there were. */
export function wakeSome(addr: Addr, count: number): number {
  return grant(addr, count);
}

/** Grants all that wait now. S2. */
export function wakeAll(addr: Addr): number {
  return grant(addr, Infinity);
}
