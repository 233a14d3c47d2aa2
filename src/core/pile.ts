/**
 * The pile: a queue with one side, whose next item is not the oldest one. Its entries are
 * at 0 … COUNT − 1 of the store, in an order that core/stack.ts or core/priority.ts keeps.
 *
 * A change that needs more than one store is written down first, then declared by the
 * store of LOG, then made, then LOG is cleared:
 *
 *   | LOG | state                                                                     |
 *   | --- | ------------------------------------------------------------------------- |
 *   | 0   | COUNT, GETS and the entries are whole; what is written down means nothing |
 *   | 1   | the change that is written down has happened; whoever comes next makes it |
 *
 * Invariants
 *   I1  COUNT, GETS, LOG and the entries change under LOCK alone.
 *   I2  Making a change twice is as making it once: it says where each entry goes and what
 *       the counts become, not by how much. So recovery makes it again from the start.
 *   I3  GETS is stored before COUNT: put = GETS + COUNT may for a moment be one too many
 *       to those who look without the lock and read COUNT first, never one too few, so
 *       nobody in join() goes on too early.
 *   I4  A larger store is built aside and swapped in by the one store of STORE.
 *
 * Lineage: the redo log of databases, for one transaction.
 */
import { allocate, free } from "./heap.ts";
import { field } from "./layout.ts";
import { lockGuard, unlock } from "./mutex.ts";
import { QUEUE, SIDE } from "./queue-layout.ts";
import { baseOf, logOf, putSide, slotsOf, storeWordOf } from "./sides.ts";
import { copySlots, peek, poke } from "./slot.ts";
import { type Addr, load, store } from "./word.ts";

/** Bytes of a move that is written down: the index, a free word, and the entry. */
export const MOVE_BYTES = 32;
const ENTRY = 8;
/** More moves than the path through any heap of entries that fits into memory. */
export const MOST_MOVES = 32;

/** Entry `index` of a store. */
export function entryAt(storeWord: number, index: number, entryBytes: number): Addr {
  return (baseOf(storeWord) + index * entryBytes) as Addr;
}

/** Where the entry of move `n` is written down. */
export function movedAt(side: Addr, n: number): Addr {
  return (peek(field(side, SIDE.MOVED)) + n * MOVE_BYTES + ENTRY) as Addr;
}
/** Writes down where the entry of move `n` goes. */
export function writeMove(side: Addr, n: number, index: number): void {
  poke((movedAt(side, n) - ENTRY) as Addr, index);
}

/** Declares the change that was written down, and makes it. */
export function commit(q: Addr, count: number, gets: number, moves: number, entryBytes: number): void {
  const side = putSide(q);
  poke(field(side, SIDE.NEW_COUNT), count);
  poke(field(side, SIDE.NEW_GETS), gets);
  poke(field(side, SIDE.MOVES), moves);
  store(field(side, SIDE.LOG), 1);
  make(q, side, entryBytes);
}

/** Makes the declared change. I2 */
function make(q: Addr, side: Addr, entryBytes: number): void {
  const storeWord = load(field(q, QUEUE.STORE));
  for (let n = peek(field(side, SIDE.MOVES)) - 1; n >= 0; n--) {
    const moved = movedAt(side, n);
    copySlots(moved, entryAt(storeWord, peek((moved - ENTRY) as Addr), entryBytes), entryBytes);
  }
  store(field(side, SIDE.GETS), peek(field(side, SIDE.NEW_GETS))); // I3
  store(field(side, SIDE.COUNT), peek(field(side, SIDE.NEW_COUNT)));
  store(field(side, SIDE.LOG), 0);
}

/** The thread that had the lock died: makes what it had declared. */
export function redo(q: Addr, entryBytes: number): void {
  const side = putSide(q);
  if (load(field(side, SIDE.LOG)) !== 0) make(q, side, entryBytes);
}

/** Makes the store larger (or, where `by` is negative, smaller if all fit) by a power of two, unless it is not `old` any more. */
export function resizePile(q: Addr, old: number, by: number, entryBytes: number): void {
  const side = putSide(q);
  const log = logOf(old) + by;
  const fresh = storeWordOf(allocate(entryBytes << log), log);
  lockGuard(field(side, SIDE.LOCK));
  const count = load(field(side, SIDE.COUNT));
  const swap = load(field(q, QUEUE.STORE)) === old && count <= slotsOf(fresh);
  if (swap) {
    copySlots(baseOf(old), baseOf(fresh), count * entryBytes);
    store(field(q, QUEUE.STORE), fresh); // I4
  }
  unlock(field(side, SIDE.LOCK));
  free(baseOf(swap ? old : fresh));
}

/** A store from this size on is given back when the queue is found empty; log2. */
const LARGE_LOG = 12;
const SHRINK_BY = -8;

/** The queue is empty and its consumer is about to wait: gives back the memory of a store that grew large. */
export function shrinkPile(q: Addr, entryBytes: number): void {
  const storeWord = load(field(q, QUEUE.STORE));
  if (logOf(storeWord) >= LARGE_LOG) resizePile(q, storeWord, SHRINK_BY, entryBytes);
}
