/**
 * The priority queue: the smallest key first, among equal keys the oldest entry first.
 *
 * A pile (pile.ts) whose entries are a binary heap: no entry comes before its parent, the
 * entry at (i − 1) / 2. An entry is the slot of its key, the slot of its item, and the
 * number under which it was put. To put or to get is to move the entries of one path
 * through the heap. The path is found by comparing alone; its moves are then written down
 * and made as one change (I2), so a death on the way leaves the heap in order.
 *
 * Keys that cannot be compared make `put` throw before anything is changed. `get` never
 * fails on them: an order that `put` has accepted is completed in some way.
 *
 * Lineage: Williams' heap; heapq.
 */
import { knock } from "./door.ts";
import { takeInHand } from "./hand.ts";
import { allocate, free } from "./heap.ts";
import { compareKeys } from "./key.ts";
import { field } from "./layout.ts";
import { lockGuard, unlock } from "./mutex.ts";
import {
  commit,
  entryAt,
  MOST_MOVES,
  MOVE_BYTES,
  movedAt,
  resizePile,
  shrinkPile,
  writeMove,
} from "./pile.ts";
import { QUEUE, SEAT, SIDE } from "./queue-layout.ts";
import { OUTCOME, type Outcome, putSide, slotsOf } from "./sides.ts";
import { copySlots, peek, poke, readSlot, slot, SLOT_BYTES, TAG, writeSlot } from "./slot.ts";
import { type Addr, load, store } from "./word.ts";

/** An entry: the slot of its key, the slot of its item, its number and a free word. */
export const ENTRY_BYTES = 24;
export const ITEM: number = SLOT_BYTES;
const SEQ = 2 * SLOT_BYTES;

/** Gives a new record what a priority queue needs beside the rest. */
export function equip(q: Addr): void {
  store(field(putSide(q), SIDE.MOVED), allocate(MOST_MOVES * MOVE_BYTES));
}

/** Puts an item under a key if there is room. Takes over what both own when the outcome is DONE. Throws TypeError for keys without an order. */
export function insert(q: Addr, tag: number, value: number, keyTag: number, keyValue: number): Outcome {
  const side = putSide(q);
  for (;;) {
    let outcome: Outcome;
    lockGuard(field(side, SIDE.LOCK));
    try {
      outcome = place(q, side, tag, value, keyTag, keyValue);
    } finally {
      unlock(field(side, SIDE.LOCK));
    }
    if (outcome === OUTCOME.GROW) {
      resizePile(q, load(field(q, QUEUE.STORE)), 1, ENTRY_BYTES);
      continue;
    }
    if (outcome === OUTCOME.DONE && load(field(q, QUEUE.GETTERS)) !== 0) knock(field(q, QUEUE.GETTERS));
    return outcome;
  }
}

function place(q: Addr, side: Addr, tag: number, value: number, keyTag: number, keyValue: number): Outcome {
  if (load(field(q, QUEUE.SHUT)) !== 0) return OUTCOME.SHUT;
  const count = load(field(side, SIDE.COUNT));
  const bound = load(field(q, QUEUE.MAXSIZE));
  const storeWord = load(field(q, QUEUE.STORE));
  if (bound > 0 && count >= bound) return OUTCOME.WAIT;
  if (count >= slotsOf(storeWord)) return OUTCOME.GROW;
  const entry = movedAt(side, 0);
  const seq = peek(field(side, SIDE.SEQ));
  writeSlot(entry, keyTag, keyValue);
  writeSlot((entry + ITEM) as Addr, tag, value);
  poke((entry + SEQ) as Addr, seq);
  const moves = siftUp(side, storeWord, count, entry);
  poke(field(side, SIDE.SEQ), (seq + 1) | 0);
  commit(q, count + 1, load(field(side, SIDE.GETS)), moves, ENTRY_BYTES);
  return OUTCOME.DONE;
}

/** Writes down the moves that put `entry`, move 0's, into the hole at `index`; returns how many. */
function siftUp(side: Addr, storeWord: number, index: number, entry: Addr): number {
  let hole = index;
  let moves = 1;
  while (hole > 0) {
    const above = (hole - 1) >> 1;
    const parent = entryAt(storeWord, above, ENTRY_BYTES);
    if (!before(entry, parent, true)) break;
    copySlots(parent, movedAt(side, moves), ENTRY_BYTES);
    writeMove(side, moves++, hole);
    hole = above;
  }
  writeMove(side, 0, hole);
  return moves;
}

/** Does entry `a` come before entry `b`? `strict`: throw where the keys have no order. */
function before(a: Addr, b: Addr, strict: boolean): boolean {
  readSlot(a);
  const { tag, value } = slot;
  readSlot(b);
  const order =
    tag === TAG.NUMBER && slot.tag === TAG.NUMBER
      ? compareNumbers(value, slot.value)
      : compareKeys(tag, value, slot.tag, slot.value, strict);
  if (order !== 0) return order < 0;
  return ((peek((a + SEQ) as Addr) - peek((b + SEQ) as Addr)) | 0) < 0;
}

function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Gets the first item into `slot` (slot.ts); the caller owns what it owns. `seat`: where to count it; 0: nowhere. */
export function removeFirst(q: Addr, seat: Addr): Outcome {
  const side = putSide(q);
  lockGuard(field(side, SIDE.LOCK));
  const outcome = remove(q, side, seat);
  unlock(field(side, SIDE.LOCK));
  if (outcome === OUTCOME.DONE) {
    if (key !== 0) free(key);
    if (load(field(q, QUEUE.PUTTERS)) !== 0) knock(field(q, QUEUE.PUTTERS));
  }
  return outcome;
}

/** Block of the key that {@link remove} took out; 0: there was none. */
let key = 0 as Addr;

function remove(q: Addr, side: Addr, seat: Addr): Outcome {
  const shut = load(field(q, QUEUE.SHUT));
  const count = load(field(side, SIDE.COUNT));
  if (shut === 2 || count === 0) return shut === 0 ? OUTCOME.WAIT : OUTCOME.SHUT;
  const storeWord = load(field(q, QUEUE.STORE));
  const moves = siftDown(side, storeWord, count - 1);
  if (seat !== 0) poke(field(seat, SEAT.TAKEN), peek(field(seat, SEAT.TAKEN)) + 1); // T1
  readEntry(entryAt(storeWord, 0, ENTRY_BYTES));
  takeInHand(); // G1
  commit(q, count - 1, (load(field(side, SIDE.GETS)) + 1) | 0, moves, ENTRY_BYTES);
  return OUTCOME.DONE;
}

/** Reads an entry's item into `slot`, and its key's block. */
function readEntry(entry: Addr): void {
  readSlot(entry);
  key = (slot.tag === TAG.KEY ? slot.value : 0) as Addr;
  readSlot((entry + ITEM) as Addr);
}

/** Writes down the moves that fill the hole at the top with the entry at `last`; returns how many. */
function siftDown(side: Addr, storeWord: number, last: number): number {
  if (last === 0) return 0;
  const entry = entryAt(storeWord, last, ENTRY_BYTES);
  copySlots(entry, movedAt(side, 0), ENTRY_BYTES);
  let hole = 0;
  let moves = 1;
  for (let below = 1; below < last; below = 2 * hole + 1) {
    let child = entryAt(storeWord, below, ENTRY_BYTES);
    const right = (child + ENTRY_BYTES) as Addr;
    if (below + 1 < last && before(right, child, false)) {
      child = right;
      below += 1;
    }
    if (before(entry, child, false)) break;
    copySlots(child, movedAt(side, moves), ENTRY_BYTES);
    writeMove(side, moves++, hole);
    hole = below;
  }
  writeMove(side, 0, hole);
  return moves;
}

/** Removes some item into `slot` although nobody may get it: its queue was shut down at once, or is reclaimed. */
export function drainPriority(q: Addr): Outcome {
  const side = putSide(q);
  lockGuard(field(side, SIDE.LOCK));
  const count = load(field(side, SIDE.COUNT));
  if (count > 0) {
    readEntry(entryAt(load(field(q, QUEUE.STORE)), count - 1, ENTRY_BYTES));
    store(field(side, SIDE.COUNT), count - 1);
  }
  unlock(field(side, SIDE.LOCK));
  if (count === 0) return OUTCOME.WAIT;
  if (key !== 0) free(key);
  return OUTCOME.DONE;
}

/** Gives memory back; the queue is empty, and its consumer is about to wait. */
export function shrinkPriority(q: Addr): void {
  shrinkPile(q, ENTRY_BYTES);
}
