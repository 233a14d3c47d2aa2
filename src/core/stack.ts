/** The stack: last in, first out. A pile (pile.ts) whose last entry is the next to go. */
import { knock } from "./door.ts";
import { takeInHand } from "./hand.ts";
import { field } from "./layout.ts";
import { lockGuard, unlock } from "./mutex.ts";
import { commit, entryAt, resizePile, shrinkPile } from "./pile.ts";
import { QUEUE, SEAT, SIDE } from "./queue-layout.ts";
import { OUTCOME, type Outcome, putSide, slotsOf } from "./sides.ts";
import { peek, poke, readSlot, SLOT_BYTES, writeSlot } from "./slot.ts";
import { type Addr, load, store } from "./word.ts";

/** Puts an item if there is room. Takes over what it owns when the outcome is DONE. */
export function push(q: Addr, tag: number, value: number): Outcome {
  const side = putSide(q);
  for (;;) {
    lockGuard(field(side, SIDE.LOCK));
    const outcome = place(q, side, tag, value);
    unlock(field(side, SIDE.LOCK));
    if (outcome === OUTCOME.GROW) {
      resizePile(q, load(field(q, QUEUE.STORE)), 1, SLOT_BYTES);
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
  if (bound > 0 && count >= bound) return OUTCOME.WAIT;
  if (count >= slotsOf(storeWord)) return OUTCOME.GROW;
  writeSlot(entryAt(storeWord, count, SLOT_BYTES), tag, value);
  store(field(side, SIDE.COUNT), count + 1); // one store: no log
  return OUTCOME.DONE;
}

/** Gets the newest item into `slot` (slot.ts); the caller owns what it owns. `seat`: where to count it; 0: nowhere. */
export function pop(q: Addr, seat: Addr): Outcome {
  const side = putSide(q);
  lockGuard(field(side, SIDE.LOCK));
  const outcome = remove(q, side, seat);
  unlock(field(side, SIDE.LOCK));
  if (outcome === OUTCOME.DONE && load(field(q, QUEUE.PUTTERS)) !== 0) knock(field(q, QUEUE.PUTTERS));
  return outcome;
}

function remove(q: Addr, side: Addr, seat: Addr): Outcome {
  const shut = load(field(q, QUEUE.SHUT));
  const count = load(field(side, SIDE.COUNT));
  if (shut === 2 || count === 0) return shut === 0 ? OUTCOME.WAIT : OUTCOME.SHUT;
  readSlot(entryAt(load(field(q, QUEUE.STORE)), count - 1, SLOT_BYTES));
  takeInHand(); // G1
  if (seat !== 0) poke(field(seat, SEAT.TAKEN), peek(field(seat, SEAT.TAKEN)) + 1); // T1
  commit(q, count - 1, (load(field(side, SIDE.GETS)) + 1) | 0, 0, SLOT_BYTES);
  return OUTCOME.DONE;
}

/** Removes the newest item into `slot` although nobody may get it: its queue was shut down at once, or is reclaimed. */
export function drainStack(q: Addr): Outcome {
  const side = putSide(q);
  lockGuard(field(side, SIDE.LOCK));
  const count = load(field(side, SIDE.COUNT));
  if (count > 0) {
    readSlot(entryAt(load(field(q, QUEUE.STORE)), count - 1, SLOT_BYTES));
    store(field(side, SIDE.COUNT), count - 1);
  }
  unlock(field(side, SIDE.LOCK));
  return count > 0 ? OUTCOME.DONE : OUTCOME.WAIT;
}

/** Gives memory back; the queue is empty, and its consumer is about to wait. */
export function shrinkStack(q: Addr): void {
  shrinkPile(q, SLOT_BYTES);
}
