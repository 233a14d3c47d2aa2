/**
 * Doors: a line of waiters, and a word that says whether there may be any.
 *
 * The word is 1 while somebody may wait, else 0. Whoever makes something available
 * reads it afterwards and wakes a waiter; so nothing is woken, and nobody is looked
 * for, while nobody waits.
 *
 * Invariants
 *   E1  A waiter joins the line, sets the word, and then looks. Whoever changes what it
 *       looks at reads the word after the change: one of the two sees the other.
 *   E2  The word is cleared only beside an empty line, and the line is looked at again
 *       after it: a waiter may have joined, set the word and looked in between.
 *   E3  The word may be 1 without need (one useless look at the line), never 0 beside a
 *       waiter that sleeps and whom nobody is about to wake.
 *
 * Lineage: the W bit of core/permits.ts, without the permits.
 */
import { head, kickAll, kickSleeper } from "./line.ts";
import { type Addr, load, store } from "./word.ts";

/** A waiter says that it is there, before it looks. E1 */
export function openDoor(door: Addr): void {
  if (load(door) === 0) store(door, 1);
}

/** Wakes one that waits, if there may be one. */
export function knock(door: Addr): void {
  while (load(door) !== 0) {
    if (kickSleeper(door)) return;
    store(door, 0);
    if (head(door) === 0) return;
    store(door, 1); // E2
  }
}

/** Wakes all that wait. */
export function knockAll(door: Addr): void {
  if (load(door) === 0) return;
  store(door, 0);
  kickAll(door); // after it: who set the word before is in the line, and sets it again when it looks
}
