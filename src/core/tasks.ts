/**
 * Tasks of a queue: how many items were put and not yet marked as done, and whose fault it is.
 *
 * Nothing is counted twice: what was put and what was got is in the words that hold
 * the items together anyway, so
 *
 *   unfinished = put − DONE                            while SHUT is not 2
 *   unfinished = CUT − DONE                            afterwards: what was not got is gone
 *
 * Each consumer has a seat with the number of items that it has taken and not marked.
 *
 * Invariants
 *   T1  A seat is written by its consumer alone, TAKEN before the item leaves the queue:
 *       an item that a dead thread had taken is in its seat.
 *   T2  When a consumer dies, what its seat says is added to LOST before the joiners look.
 *   T3  A joiner ends with an error only when nobody can mark what is left: the queue is
 *       empty, something was lost, and no living consumer has an item.
 *   T4  Seats are freed with their queue, and a queue whose seats are looked at from
 *       outside is held by a reference meanwhile.
 */
import { knockAll, openDoor } from "./door.ts";
import { allocate, eachRecord, free } from "./heap.ts";
import { isQueue } from "./kind.ts";
import { field } from "./layout.ts";
import type { Wait } from "./park.ts";
import { REASON } from "./reason.ts";
import { QUEUE, SEAT, SEAT_SIZE, SIDE } from "./queue-layout.ts";
import { putsOf, sizeOf } from "./sides.ts";
import { self } from "./self.ts";
import { peek, poke } from "./slot.ts";
import { writeText } from "./text.ts";
import { type Addr, add, compareExchange, exchange, load, store } from "./word.ts";
import { threadText } from "./who.ts";

/** Items that were put and not marked as done. */
export function unfinishedOf(q: Addr): number {
  const done = load(doneWord(q));
  const all = load(field(q, QUEUE.SHUT)) === 2 ? load(field(q, QUEUE.CUT)) : putsOf(q);
  return Math.max(0, (all - done) | 0);
}

function doneWord(q: Addr): Addr {
  return field(peek(field(q, QUEUE.GET)) as Addr, SIDE.DONE);
}

/** Marks one item as done. False: every item is, and nothing changed. */
export function markDone(q: Addr, seat: Addr): boolean {
  const word = doneWord(q);
  for (;;) {
    const done = load(word);
    if (unfinishedOf(q) === 0) return false;
    if (compareExchange(word, done, (done + 1) | 0) === done) break;
  }
  poke(field(seat, SEAT.TAKEN), peek(field(seat, SEAT.TAKEN)) - 1);
  if (load(field(q, QUEUE.JOINERS)) !== 0) tellJoiners(q);
  return true;
}

/** Wakes those in join() when there is something new for them. */
export function tellJoiners(q: Addr): void {
  if (unfinishedOf(q) === 0 || load(field(q, QUEUE.LOST)) > 0) knockAll(field(q, QUEUE.JOINERS));
}

/** The wait until nothing is unfinished; "lost": it never will be. */
export function tasksWait(q: Addr): Wait<"done" | "lost"> {
  return {
    addr: field(q, QUEUE.JOINERS),
    reason: REASON.TASKS,
    want: 0,
    poll: () => {
      openDoor(field(q, QUEUE.JOINERS));
      return lookAtTasks(q);
    },
  };
}

/** One look, as {@link tasksWait} has it. */
export function lookAtTasks(q: Addr): "done" | "lost" | undefined {
  if (unfinishedOf(q) === 0) return "done";
  return load(field(q, QUEUE.LOST)) > 0 && isHopeless(q) ? "lost" : undefined;
}

/** T3 */
function isHopeless(q: Addr): boolean {
  if (sizeOf(q) > 0) return false;
  let hope = false;
  eachSeat(q, (seat) => {
    if (load(field(seat, SEAT.IDENT)) !== 0 && load(field(seat, SEAT.TAKEN)) > 0) hope = true;
  });
  return !hope && unfinishedOf(q) > 0;
}

function eachSeat(q: Addr, visit: (seat: Addr) => void): void {
  for (
    let seat = load(field(q, QUEUE.SEATS)) as Addr;
    seat !== 0;
    seat = load(field(seat, SEAT.NEXT)) as Addr
  )
    visit(seat);
}

/** Does the thread that runs here have a seat anywhere? */
let seated = 0;

/** The calling thread's seat at a queue: the one that it has, or a new one. */
export function takeSeat(q: Addr): Addr {
  seated = self.ident;
  let found = 0 as Addr;
  eachSeat(q, (seat) => {
    if (load(field(seat, SEAT.IDENT)) === self.ident) found = seat;
  });
  if (found !== 0) return found;
  eachSeat(q, (seat) => {
    if (found === 0 && compareExchange(field(seat, SEAT.IDENT), 0, self.ident) === 0) found = seat;
  });
  return found === 0 ? newSeat(q) : found;
}

function newSeat(q: Addr): Addr {
  const seat = allocate(SEAT_SIZE);
  store(field(seat, SEAT.IDENT), self.ident);
  store(field(seat, SEAT.TAKEN), 0);
  const list = field(q, QUEUE.SEATS);
  for (;;) {
    const first = load(list);
    store(field(seat, SEAT.NEXT), first);
    if (compareExchange(list, first, seat) === first) return seat;
  }
}

/** Frees the seats of a queue that nobody has any more. */
export function freeSeats(q: Addr): void {
  for (let seat = load(field(q, QUEUE.SEATS)) as Addr; seat !== 0; ) {
    const next = load(field(seat, SEAT.NEXT)) as Addr;
    free(seat);
    seat = next;
  }
}

/** The body of the calling thread has ended, with an error or without: it gives its seats up. */
export function leaveSeats(died: boolean): void {
  if (seated === self.ident && seated !== 0) eachQueue((q) => vacateSeats(q, self.ident, died));
  seated = 0;
}

/** How a reference to a queue is given back; value/handle.ts knows it, and is above. */
let releaseQueue = (q: Addr): void => void add(field(q, QUEUE.REFS), -1);
export function setReleaseQueue(release: (q: Addr) => void): void {
  releaseQueue = release;
}

/** Visits the queues that there are, each held by a reference meanwhile. T4 */
export function eachQueue(visit: (q: Addr) => void): void {
  const queues: Addr[] = [];
  eachRecord((record) => {
    if (isQueue(load(record))) queues.push(record);
  });
  for (const q of queues) {
    if (!hold(q)) continue;
    try {
      if (isQueue(load(q))) visit(q);
    } finally {
      releaseQueue(q);
    }
  }
}

/** Gives up a thread's seats at a queue; if it died, what it had taken is lost. T2 */
export function vacateSeats(q: Addr, ident: number, died: boolean): void {
  eachSeat(q, (seat) => vacate(q, seat, ident, died));
}

/** Takes a reference to a record unless it is being reclaimed. */
function hold(q: Addr): boolean {
  const refs = field(q, QUEUE.REFS);
  for (;;) {
    const count = load(refs);
    if (count <= 0) return false;
    if (compareExchange(refs, count, count + 1) === count) return true;
  }
}

function vacate(q: Addr, seat: Addr, ident: number, died: boolean): void {
  if (load(field(seat, SEAT.IDENT)) !== ident) return;
  const taken = load(field(seat, SEAT.TAKEN));
  if (died && taken > 0) {
    const earlier = exchange(field(q, QUEUE.DEAD), writeText(threadText(ident))) as Addr;
    if (earlier !== 0) free(earlier);
    add(field(q, QUEUE.LOST), taken);
  }
  store(field(seat, SEAT.TAKEN), 0);
  store(field(seat, SEAT.IDENT), 0);
  tellJoiners(q);
}
