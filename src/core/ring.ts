/**
 * The ring: first in, first out.
 *
 * Two counts say everything: PUT.COUNT items were put since the queue was made,
 * GET.COUNT were got; item `n` is in slot `n mod slots`.
 *
 *   | PUT.COUNT − GET.COUNT | state                                      |
 *   | --------------------- | ------------------------------------------ |
 *   | 0                     | empty                                      |
 *   | 1 … MAXSIZE − 1       | both put and get go through                |
 *   | MAXSIZE and more      | full (more after MAXSIZE was made smaller) |
 *   | slots                 | the store has to grow before the next put  |
 *
 * Invariants
 *   Q1  A slot is written, then PUT.COUNT is stored: the item is in the queue by that
 *       one store. An item leaves by the one store of GET.COUNT. Whoever dies before
 *       its store has done nothing, whoever dies after it has done all of it; the lock
 *       that it held is handed over.
 *   Q2  PUT.COUNT changes under the lock of the PUT side only, GET.COUNT under that of
 *       the GET side. STORE, SHUT and CUT change under both, PUT's taken first.
 *   Q3  SEEN is what a side read of the other's COUNT some time ago. The queue has at
 *       least as many items (for who gets) or places (for who puts) as it says, so the
 *       other side's cache line is fetched only when SEEN says that there is none.
 *   Q4  A larger store is built aside and swapped in by the one store of STORE. The
 *       counts stay: an item's slot follows from its number and the size of the store.
 *   Q5  SHUT is read before the other side's COUNT: who finds the queue empty and shut
 *       knows that nothing comes any more.
 *
 * Lineage: the two locks of Michael and Scott's queue; the counts and what each side
 * remembers of the other's as in FastForward's and Rigtorp's ring buffers.
 */
import { knock } from "./door.ts";
import { allocate, free } from "./heap.ts";
import { field } from "./layout.ts";
import { lockGuard, unlock } from "./mutex.ts";
import { takeInHand } from "./hand.ts";
import { QUEUE, SEAT, SIDE } from "./queue-layout.ts";
import {
  alone,
  baseOf,
  getSide,
  logOf,
  OUTCOME,
  type Outcome,
  putSide,
  slotsOf,
  storeWordOf,
} from "./sides.ts";
import { copySlots, peek, poke, readSlot, slot, SLOT_BYTES, TAG, writeSlot } from "./slot.ts";
import { type Addr, load, store } from "./word.ts";

/** Puts an item (see slot.ts) if there is room. Takes over what it owns when the outcome is DONE. */
export function offer(q: Addr, tag: number, value: number): Outcome {
  const side = putSide(q);
  for (;;) {
    lockGuard(field(side, SIDE.LOCK));
    const outcome = place(q, side, tag, value);
    unlock(field(side, SIDE.LOCK));
    if (outcome === OUTCOME.GROW) {
      resize(q, load(field(q, QUEUE.STORE)), 1);
      continue;
    }
    if (outcome === OUTCOME.DONE && load(field(q, QUEUE.GETTERS)) !== 0) knock(field(q, QUEUE.GETTERS));
    return outcome;
  }
}

function place(q: Addr, side: Addr, tag: number, value: number): Outcome {
  if (load(field(q, QUEUE.SHUT)) !== 0) return OUTCOME.SHUT;
  const count = load(field(side, SIDE.COUNT));
  const bound = load(field(q, QUEUE.MAXSIZE));
  const storeWord = load(field(q, QUEUE.STORE));
  const slots = slotsOf(storeWord);
  const most = bound > 0 && bound < slots ? bound : slots;
  if (((count - peek(field(side, SIDE.SEEN))) | 0) >= most) {
    const got = load(field(getSide(q), SIDE.COUNT));
    poke(field(side, SIDE.SEEN), got); // Q3
    const size = (count - got) | 0;
    if (size >= most) return bound > 0 && size >= bound ? OUTCOME.WAIT : OUTCOME.GROW;
  }
  writeSlot(slotAt(storeWord, count), tag, value);
  store(field(side, SIDE.COUNT), (count + 1) | 0); // Q1
  return OUTCOME.DONE;
}

/** Gets the oldest item into `slot` (slot.ts); the caller owns what it owns. `seat`: where to count it; 0: nowhere. */
export function take(q: Addr, seat: Addr): Outcome {
  const side = getSide(q);
  lockGuard(field(side, SIDE.LOCK));
  const outcome = remove(q, side, seat);
  unlock(field(side, SIDE.LOCK));
  if (outcome === OUTCOME.DONE && load(field(q, QUEUE.PUTTERS)) !== 0) knock(field(q, QUEUE.PUTTERS));
  return outcome;
}

function remove(q: Addr, side: Addr, seat: Addr): Outcome {
  const shut = load(field(q, QUEUE.SHUT)); // Q5
  if (shut === 2) return OUTCOME.SHUT;
  const count = load(field(side, SIDE.COUNT));
  if (count === peek(field(side, SIDE.SEEN))) {
    const put = load(field(putSide(q), SIDE.COUNT));
    poke(field(side, SIDE.SEEN), put); // Q3
    if (count === put) return shut === 0 ? OUTCOME.WAIT : OUTCOME.SHUT;
  }
  readSlot(slotAt(load(field(q, QUEUE.STORE)), count));
  takeInHand(); // G1
  if (seat !== 0) poke(field(seat, SEAT.TAKEN), peek(field(seat, SEAT.TAKEN)) + 1); // T1
  store(field(side, SIDE.COUNT), (count + 1) | 0); // Q1
  return OUTCOME.DONE;
}

/** Removes the oldest item into `slot` although nobody may get it: its queue was shut down at once, or is reclaimed. */
export function drain(q: Addr): Outcome {
  const side = getSide(q);
  lockGuard(field(side, SIDE.LOCK));
  const count = load(field(side, SIDE.COUNT));
  const empty = count === load(field(putSide(q), SIDE.COUNT));
  if (!empty) {
    readSlot(slotAt(load(field(q, QUEUE.STORE)), count));
    store(field(side, SIDE.COUNT), (count + 1) | 0);
  }
  unlock(field(side, SIDE.LOCK));
  return empty ? OUTCOME.WAIT : OUTCOME.DONE;
}

/** Is this message the oldest item? Its caller keeps the GET side from changing. */
export function isOldest(q: Addr, message: Addr): boolean {
  const count = load(field(getSide(q), SIDE.COUNT));
  if (count === load(field(putSide(q), SIDE.COUNT))) return false;
  readSlot(slotAt(load(field(q, QUEUE.STORE)), count));
  return slot.tag === TAG.MESSAGE && slot.value === message;
}

function slotAt(storeWord: number, count: number): Addr {
  return (baseOf(storeWord) + (count & (slotsOf(storeWord) - 1)) * SLOT_BYTES) as Addr;
}

/**
 * Makes the store larger by a power of two, or, where `by` is negative and what is in it
 * fits, smaller. Nothing happens when the store is not `old` any more. Memory is
 * allocated while nobody waits for a lock.
 */
function resize(q: Addr, old: number, by: number): void {
  const log = logOf(old) + by;
  const fresh = storeWordOf(allocate(SLOT_BYTES << log), log);
  const swapped = alone(q, () => {
    if (load(field(q, QUEUE.STORE)) !== old) return false;
    const from = load(field(getSide(q), SIDE.COUNT));
    const size = (load(field(putSide(q), SIDE.COUNT)) - from) | 0;
    if (size > slotsOf(fresh)) return false;
    copyItems(old, fresh, from, size);
    store(field(q, QUEUE.STORE), fresh); // Q4
    return true;
  });
  free(baseOf(swapped ? old : fresh));
}

/** Copies the items from `from` on, in runs that are whole on both sides. */
function copyItems(old: number, fresh: number, from: number, size: number): void {
  const shorter = Math.min(slotsOf(old), slotsOf(fresh));
  for (let done = 0; done < size; ) {
    const item = (from + done) | 0;
    const run = Math.min(size - done, shorter - (item & (shorter - 1)));
    copySlots(slotAt(old, item), slotAt(fresh, item), run * SLOT_BYTES);
    done += run;
  }
}

/** A store from this size on is given back when the queue is found empty; log2. */
const LARGE_LOG = 12;
const SHRINK_BY = -8;

/** The queue is empty and its consumer is about to wait: gives back the memory of a store that grew large. */
export function shrink(q: Addr): void {
  const storeWord = load(field(q, QUEUE.STORE));
  if (logOf(storeWord) >= LARGE_LOG) resize(q, storeWord, SHRINK_BY);
}
