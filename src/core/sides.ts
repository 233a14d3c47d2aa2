/**
 * What the queues share: their record, its sides, and what can be told from them.
 *
 * A FIFO queue has two sides, so that who puts and who gets do not meet at one lock
 * (core/ring.ts). Every other queue has one, which is both (core/pile.ts).
 */
import { allocate, allocateRecord, free, freeRecord } from "./heap.ts";
import { field } from "./layout.ts";
import { lockGuard, unlock } from "./mutex.ts";
import { QUEUE, QUEUE_SIZE, SIDE, SIDE_SIZE } from "./queue-layout.ts";
import { peek, SLOT_BYTES } from "./slot.ts";
import { type Addr, load, store } from "./word.ts";

/** What came of one attempt to put or to get. */
export const OUTCOME = {
  DONE: 1,
  /** It is full, or empty: the caller may wait. */
  WAIT: 2,
  SHUT: 3,
  /** There is room, but no slot: make more of them and try again. */
  GROW: 4,
} as const;
export type Outcome = (typeof OUTCOME)[keyof typeof OUTCOME];

/** log2 of the slots that a new queue has. */
const FIRST_LOG = 4;
const LOG_MASK = 31;

/** Slots of a STORE word, and where they are. Blocks of the heap are at multiples of 32. */
export function slotsOf(storeWord: number): number {
  return 1 << (storeWord & LOG_MASK);
}
export function baseOf(storeWord: number): Addr {
  return (storeWord & ~LOG_MASK) as Addr;
}
export function storeWordOf(base: Addr, log: number): number {
  return base | log;
}
export function logOf(storeWord: number): number {
  return storeWord & LOG_MASK;
}

/** Makes the record of a queue, with one reference. */
export function createQueue(
  kind: number,
  twoSided: boolean,
  maxsize: number,
  bytes: number = SLOT_BYTES,
): Addr {
  const q = allocateRecord();
  for (let offset = 4; offset < QUEUE_SIZE; offset += 4) store(field(q, offset), 0);
  store(field(q, QUEUE.REFS), 1);
  store(field(q, QUEUE.MAXSIZE), maxsize);
  store(field(q, QUEUE.STORE), storeWordOf(allocate(bytes << FIRST_LOG), FIRST_LOG));
  const put = newSide();
  store(field(q, QUEUE.PUT), put);
  store(field(q, QUEUE.GET), twoSided ? newSide() : put);
  store(q, kind);
  return q;
}

function newSide(): Addr {
  const side = allocate(SIDE_SIZE);
  for (let offset = 0; offset < SIDE_SIZE; offset += 4) store(field(side, offset), 0);
  return side;
}

/** Frees the record and what it consists of; the items are gone. */
export function freeQueue(q: Addr): void {
  const [put, get] = [putSide(q), getSide(q)];
  store(q, 0);
  free(baseOf(load(field(q, QUEUE.STORE))));
  if (load(field(put, SIDE.MOVED)) !== 0) free(load(field(put, SIDE.MOVED)) as Addr);
  free(put);
  if (get !== put) free(get);
  freeRecord(q);
}

export function putSide(q: Addr): Addr {
  return peek(field(q, QUEUE.PUT)) as Addr;
}
export function getSide(q: Addr): Addr {
  return peek(field(q, QUEUE.GET)) as Addr;
}
export function isTwoSided(q: Addr): boolean {
  return putSide(q) !== getSide(q);
}

/** Runs a few steps while nobody else is at work on the queue. */
export function alone<R>(q: Addr, steps: () => R): R {
  const [put, get] = [putSide(q), getSide(q)];
  lockGuard(field(put, SIDE.LOCK));
  if (get !== put) lockGuard(field(get, SIDE.LOCK)); // always in this order
  try {
    return steps();
  } finally {
    if (get !== put) unlock(field(get, SIDE.LOCK));
    unlock(field(put, SIDE.LOCK));
  }
}

/** How often a snapshot of two words is tried; then the last one counts. */
const TRIES = 8;

/** How many items are in it. */
export function sizeOf(q: Addr): number {
  if (load(field(q, QUEUE.SHUT)) === 2) return 0;
  if (!isTwoSided(q)) return load(field(putSide(q), SIDE.COUNT));
  const gets = field(getSide(q), SIDE.COUNT);
  let size = 0;
  for (let tries = 0, got = load(gets); tries < TRIES; tries++) {
    size = (load(field(putSide(q), SIDE.COUNT)) - got) | 0;
    const again = load(gets);
    if (again === got) break; // so many were in it when the other count was read
    got = again;
  }
  return size;
}

/**
 * How many items were got, and how many were put, since it was made. They wrap at 32 bits.
 *
 * COUNT is read before GETS: what is got in between then counts once or twice. The other way round it
 * would count once or not at all, and a joiner would go on too early (I3).
 */
export function getsOf(q: Addr): number {
  return load(field(getSide(q), isTwoSided(q) ? SIDE.COUNT : SIDE.GETS));
}
export function putsOf(q: Addr): number {
  const side = putSide(q);
  const count = load(field(side, SIDE.COUNT));
  return isTwoSided(q) ? count : (count + load(field(side, SIDE.GETS))) | 0;
}
