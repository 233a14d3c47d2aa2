/**
 * Doors: a line of waiters, and a word that says whether a waiter has to be woken.
 *
 *   | word | meaning                                                                     |
 *   | ---- | --------------------------------------------------------------------------- |
 *   | 0    | nobody waits, or one who waits was woken and has not looked yet             |
 *   | 1    | somebody may wait, and nobody was woken: whoever has something wakes one    |
 *
 * Whoever makes something available reads the word afterwards. So nobody is looked for while nobody waits, and a
 * thousand items that are put while a woken getter is on its way cost one wake-up, not a thousand.
 *
 * Invariants
 *   E1  A waiter joins the line, sets the word, and then looks. Whoever changes what it
 *       looks at reads the word after the change: one of the two sees the other.
 *   E2  The word is cleared before the line is searched: who joined before is found, who
 *       joins later sets it again. Whoever is woken sets it again before it looks.
 *   E3  Whoever leaves the line sets the word, and wakes the next one if there is
 *       something for it (U2): what was made available meanwhile woke nobody.
 *   E4  An Async waiter looks when its event loop turns, which may be late: beside one
 *       that was woken the word stays 1.
 *   E5  A thread that dies on its way leaves the word 0: recovery.ts wakes all, who set it.
 *
 * Lineage: the W bit of core/permits.ts, without the permits; one woken worker that wakes the next as in
 * the schedulers of Go and Tokio.
 */
import { kickAll, kickSleeper } from "./line.ts";
import { type Addr, load, store } from "./word.ts";

/** A waiter says that it is there, before it looks. E1 */
export function openDoor(door: Addr): void {
  if (load(door) === 0) store(door, 1);
}

/** Wakes one that waits, if there may be one. */
export function knock(door: Addr): void {
  if (load(door) === 0) return;
  store(door, 0); // E2
  if (kickSleeper(door)) store(door, 1); // E4
}

/** Wakes all that wait, if nobody was woken yet. */
export function knockAll(door: Addr): void {
  if (load(door) === 0) return;
  store(door, 0);
  kickAll(door); // after it: who set the word before is in the line, and sets it again when it looks
}
