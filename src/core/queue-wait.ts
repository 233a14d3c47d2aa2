/**
 * Waiting at a queue, shutting it down, and what is done for the dead: the same for all kinds.
 *
 * Invariants
 *   U1  What a getter looks at is changed before GETTERS is read, what a putter looks at
 *       before PUTTERS is read (E1).
 *   U2  Whoever leaves a line, served or not, wakes the next one if there is something
 *       for it: a wake-up may have been meant for two, or for one that gave up. What a
 *       death swallowed is made good by recovery.ts, D2.
 *   U3  An item that a waiter got belongs to it from the step that took it out. One that
 *       a putter could not put still belongs to the putter.
 *   U4  SHUT 2 is one store. From then on nobody gets anything, and what is still in the
 *       queue is thrown away item by item, by whoever shut it down or reclaims it.
 */
import { spinLimit } from "./platform.ts";
import { knock, knockAll, openDoor } from "./door.ts";
import { KIND } from "./kind.ts";
import { field } from "./layout.ts";
import { abandon, ownerOf } from "./mutex.ts";
import type { Wait } from "./park.ts";
import { entryAt, redo } from "./pile.ts";
import { ENTRY_BYTES, ITEM } from "./priority.ts";
import { QUEUE, SIDE } from "./queue-layout.ts";
import { REASON } from "./reason.ts";
import { isOldest } from "./ring.ts";
import { alone, getSide, getsOf, isTwoSided, OUTCOME, type Outcome, putSide, sizeOf } from "./sides.ts";
import { readSlot, slot, SLOT_BYTES, TAG } from "./slot.ts";
import { type Addr, load, relax, store } from "./word.ts";

/** An item as it came out of a slot; "shut": there is none, and there will be none. */
export type Got = { readonly tag: number; readonly value: number } | "shut";

/** The wait for an item. `attempt` tries to get one. */
export function getWait(q: Addr, attempt: () => Outcome): Wait<Got> {
  const door = field(q, QUEUE.GETTERS);
  const next = (): void => {
    openDoor(door); // E3
    if (sizeOf(q) > 0 || load(field(q, QUEUE.SHUT)) !== 0) knock(door); // U2
  };
  const poll = (): Got | undefined => {
    openDoor(door);
    const outcome = attempt();
    if (outcome === OUTCOME.DONE) return { tag: slot.tag, value: slot.value };
    return outcome === OUTCOME.SHUT ? "shut" : undefined;
  };
  return { addr: door, reason: REASON.GET, want: 0, poll, left: next, cancelled: next };
}

/** The wait for a free place. `attempt` tries to put the item. */
export function putWait(q: Addr, attempt: () => Outcome): Wait<"put" | "shut"> {
  const door = field(q, QUEUE.PUTTERS);
  const next = (): void => {
    openDoor(door); // E3
    if (!isFull(q) || load(field(q, QUEUE.SHUT)) !== 0) knock(door); // U2
  };
  const poll = (): "put" | "shut" | undefined => {
    openDoor(door);
    const outcome = attempt();
    if (outcome === OUTCOME.WAIT) return undefined;
    return outcome === OUTCOME.DONE ? "put" : "shut";
  };
  return { addr: door, reason: REASON.PUT, want: 0, poll, left: next, cancelled: next };
}

export function isFull(q: Addr): boolean {
  const bound = load(field(q, QUEUE.MAXSIZE));
  return bound > 0 && sizeOf(q) >= bound;
}

/** Another bound: who waits for a place looks again. */
export function setMaxsize(q: Addr, maxsize: number): void {
  store(field(q, QUEUE.MAXSIZE), maxsize);
  wakeAll(field(q, QUEUE.PUTTERS));
}

/** Wakes all that wait at a door, also when one of them was woken before and has not looked yet: the word is 0 then. */
function wakeAll(door: Addr): void {
  openDoor(door);
  knockAll(door);
}

/** No more puts; with `immediate`, no more gets either, and what is in it counts as done. U4 */
export function shut(q: Addr, immediate: boolean): void {
  alone(q, () => {
    const before = load(field(q, QUEUE.SHUT));
    if (immediate && before !== 2) store(field(q, QUEUE.CUT), getsOf(q));
    if (before !== 2) store(field(q, QUEUE.SHUT), immediate ? 2 : 1);
  });
  wakeAll(field(q, QUEUE.GETTERS));
  wakeAll(field(q, QUEUE.PUTTERS));
  wakeAll(field(q, QUEUE.JOINERS));
}

/** A look may cost the other side its cache line: so long is the first pause between two, in turns. */
const FIRST_PAUSE = 16;
/** How long a spin may last: about what a sleep and its wake-up cost. */
const LONGEST_SPIN = spinLimit * 3;
/** How many turns a spin may take, from what it took lately. */
let patience = LONGEST_SPIN >> 1;

/** Spins a little while a condition holds, in the hope that the other side is at work. False: it held to the end. */
export function spinWhile(holds: () => boolean): boolean {
  const limit = Math.min(LONGEST_SPIN, patience * 2 + FIRST_PAUSE);
  for (let turns = 0, pause = FIRST_PAUSE; turns < limit; turns += pause, pause += pause >> 2) {
    for (let i = 0; i < pause; i++) relax();
    if (holds()) continue;
    patience += (turns + pause - patience) >> 3;
    return true;
  }
  patience -= patience >> 3;
  return false;
}

/** A sleep was over so soon that a longer spin would have done: spin longer the next time. */
export function spinLonger(): void {
  patience += (LONGEST_SPIN - patience) >> 2;
}

/** Is the message that a dead thread had in hand still in this queue, which it had locked? G1 */
export function isStillIn(q: Addr, ident: number, message: Addr): boolean {
  if (ownerOf(load(field(getSide(q), SIDE.LOCK))) !== ident) return false;
  if (isTwoSided(q)) return isOldest(q, message);
  const keyed = load(q) === KIND.PRIORITY_QUEUE;
  const bytes = keyed ? ENTRY_BYTES : SLOT_BYTES;
  redo(q, bytes);
  for (let i = load(field(getSide(q), SIDE.COUNT)) - 1; i >= 0; i--) {
    const entry = entryAt(load(field(q, QUEUE.STORE)), i, bytes);
    readSlot((keyed ? entry + ITEM : entry) as Addr);
    if (slot.tag === TAG.MESSAGE && slot.value === message) return true;
  }
  return false;
}

/** A thread died: what it was changing is finished, and the locks of the sides are handed over. */
export function recoverSides(q: Addr, ident: number): void {
  const [put, get] = [field(putSide(q), SIDE.LOCK), field(getSide(q), SIDE.LOCK)];
  if (!isTwoSided(q) && ownerOf(load(put)) === ident)
    redo(q, load(q) === KIND.PRIORITY_QUEUE ? ENTRY_BYTES : SLOT_BYTES);
  if (isTwoSided(q)) abandon(get, ident, true);
  abandon(put, ident, true);
}
