/**
 * The task line: futures that wait for a worker, first in, first out, without bound.
 *
 * A ring of entries (address, tag) between two counts. Who submits appends under
 * a mutex; a pool has mostly one that submits, so it is free. Workers take without
 * a lock.
 *
 *   entry i is in the line   HEAD <= i < TAIL   (compared by signed difference)
 *
 * A worker reads the entry at HEAD, claims its future (core/future.ts), and moves
 * HEAD on by one. Whoever finds that the future at HEAD is no longer PENDING does the
 * same, so a worker that dies between the two steps holds nobody up.
 *
 * Invariants
 *   W1  TAIL is stored after the entry is written; HEAD moves by a compare-exchange
 *       from the very value at which the entry was read. So who moves HEAD past an
 *       entry has seen that entry, and that it is claimed or cancelled: no task is lost.
 *   W2  The right to run a task is the change of the future's STATE, never a place in
 *       the line: however many see an entry, one claims it.
 *   W3  A ring that became too small is kept until the line is freed, unchanged. RING
 *       is read after TAIL, and stored before it: so it holds every entry that TAIL
 *       covers. A worker with an old ring reads an entry that was already taken, and
 *       F3 refuses it.
 *   W4  Whoever moves HEAD past a cancelled future, alone, delivers it.
 *
 * Lineage: the ring of Lamport's single producer, made many by a mutex; helping as in
 * Michael and Scott's queue.
 */
import type { Claim } from "./future.ts";
import { cancelTagged, claim, TAG_MASK } from "./future.ts";
import { allocate, free } from "./heap.ts";
import { HEADER } from "./layout.ts";
import { NEVER } from "./deadline.ts";
import { lock, unlock } from "./mutex.ts";
import { REASON } from "./reason.ts";
import { type Addr, add, compareExchange, load, store } from "./word.ts";

/** The line's block: each of the two counts on a cache line of its own. */
const RING = 0;
const PUT = 4;
const TAIL = 64;
const HEAD = 128;
const LINE_SIZE = 192;
/** A ring's block. */
const PREVIOUS = 0;
const MASK = 4;
const ENTRIES = 8;
const FIRST_CAPACITY = 256;

function at(base: Addr, offset: number): Addr {
  return (base + offset) as Addr;
}

/** Makes an empty line. */
export function newLine(): Addr {
  const line = allocate(LINE_SIZE);
  for (let offset = 0; offset < LINE_SIZE; offset += 4) store(at(line, offset), 0);
  store(at(line, RING), newRing(FIRST_CAPACITY, 0 as Addr));
  return line;
}

function newRing(capacity: number, previous: Addr): Addr {
  const ring = allocate(ENTRIES + capacity * 8);
  store(at(ring, PREVIOUS), previous);
  store(at(ring, MASK), capacity - 1);
  for (let i = 0; i < capacity * 2; i++) store(at(ring, ENTRIES + i * 4), 0);
  return ring;
}

/** Frees a line that nobody uses any more. */
export function freeLine(line: Addr): void {
  for (let ring = load(at(line, RING)) as Addr; ring !== 0; ) {
    const previous = load(at(ring, PREVIOUS)) as Addr;
    free(ring);
    ring = previous;
  }
  free(line);
}

/** The mutex of those who submit: for the death of one. */
export function putWord(line: Addr): Addr {
  return at(line, PUT);
}

/** A tag for a future that is about to be appended. */
export function nextTag(): number {
  return add(HEADER.NEXT_TASK as Addr, 1) & TAG_MASK;
}

/** How many wait. A snapshot; cancelled ones count until a worker has passed them. */
export function backlog(line: Addr): number {
  return Math.max(0, (load(at(line, TAIL)) - load(at(line, HEAD))) | 0);
}

/** Appends a PENDING future, whose tag is this. */
export function append(line: Addr, future: Addr, tag: number): void {
  const put = at(line, PUT);
  lock(put, NEVER, REASON.WORK);
  const tail = load(at(line, TAIL));
  let ring = load(at(line, RING)) as Addr;
  let mask = load(at(ring, MASK));
  if (((tail - load(at(line, HEAD))) | 0) > mask) {
    ring = grow(line, ring, tail);
    mask = load(at(ring, MASK));
  }
  const entry = at(ring, ENTRIES + (tail & mask) * 8);
  store(at(entry, 4), tag);
  store(entry, future);
  store(at(line, TAIL), (tail + 1) | 0); // W1
  unlock(put);
}

/** Twice the ring, with the entries that are in the line. W3 */
function grow(line: Addr, old: Addr, tail: number): Addr {
  const oldMask = load(at(old, MASK));
  const ring = newRing((oldMask + 1) * 2, old);
  const mask = load(at(ring, MASK));
  for (let i = load(at(line, HEAD)); i !== tail; i = (i + 1) | 0) {
    const from = at(old, ENTRIES + (i & oldMask) * 8);
    const to = at(ring, ENTRIES + (i & mask) * 8);
    store(at(to, 4), load(at(from, 4)));
    store(to, load(from));
  }
  store(at(line, RING), ring);
  return ring;
}

/**
 * Claims the oldest task for a runner of this ident; 0: there is none. `run` is the word in which the
 * runner says what it is about to claim. `cancelled` is called with each future that was cancelled (W4).
 */
export function take(line: Addr, run: Addr, runner: number, cancelled: (future: Addr) => void): Addr {
  const headWord = at(line, HEAD);
  for (;;) {
    const head = load(headWord);
    if (head === load(at(line, TAIL))) return 0 as Addr;
    const ring = load(at(line, RING)) as Addr; // W3: after TAIL
    const entry = at(ring, ENTRIES + (head & load(at(ring, MASK))) * 8);
    const future = load(entry) as Addr;
    const tag = load(at(entry, 4));
    if (future === 0) continue;
    store(run, future);
    const outcome: Claim = claim(future, tag, runner);
    const moved = compareExchange(headWord, head, (head + 1) | 0) === head;
    if (outcome === "claimed") return future;
    if (outcome === "cancelled" && moved) cancelled(future);
    store(run, 0);
  }
}

/** Cancels all that wait in the line. Who passes them in the line delivers them. */
export function cancelWaiting(line: Addr): void {
  const tail = load(at(line, TAIL));
  const ring = load(at(line, RING)) as Addr;
  const mask = load(at(ring, MASK));
  for (let i = load(at(line, HEAD)); ((tail - i) | 0) > 0; i = (i + 1) | 0) {
    const entry = at(ring, ENTRIES + (i & mask) * 8);
    const future = load(entry) as Addr;
    if (future !== 0) cancelTagged(future, load(at(entry, 4)));
  }
}
