/**
 * Deadlocks: a thread waits for one that waits for one … that waits for it.
 *
 * Everything needed is published already: waiter records say who waits for what,
 * lock words say who holds what. So before a thread sleeps without a timeout, it
 * walks from owner to owner; if it comes back to itself, nobody in that circle will
 * ever run again.
 *
 * Invariants
 *   C1  A waiter publishes its wait before it walks. Of the threads in a circle, the
 *       one that walks last sees all the others, so a circle is always found.
 *   C2  A circle counts only if a second walk finds the same waits with the same
 *       tickets: a thread that is blocked with one ticket cannot have released
 *       anything in between. So there is no false alarm.
 *   C3  Only the waiter with the youngest ticket breaks the circle, of those whose wait
 *       may end by an error. Another one that finds it rouses that one, which then
 *       walks itself. A wait that takes the lock
 *       of a condition again is passed over: it is to end with its lock, not with an
 *       error, unless all are such waits.
 *
 * Only waits without a timeout count, and only for what has one owner that alone can
 * end the wait: an owner-checked lock, the writer of an RWLock, the end of a thread, a task that a thread runs.
 *
 * Lineage: the wait-for graph of database lock managers, with one edge for each node.
 */
import { KIND, LOCK_OPTION } from "./kind.ts";
import { runnerOf } from "./future.ts";
import { FUTURE } from "./future-layout.ts";
import { blockingWaiterAt, field, LOCK, RWLOCK, THREAD, WAITER } from "./layout.ts";
import { rouse, STATE_MASK, stateOf, WAITING } from "./line.ts";
import { ownerOf } from "./mutex.ts";
import { STUBBORN } from "./park.ts";
import { REASON } from "./reason.ts";
import { threadByIdent } from "./registry.ts";
import { writerOf } from "./rwlock.ts";
import { self } from "./self.ts";
import { type Addr, load } from "./word.ts";

/** One thread of a circle: who, and the record of its wait. */
export interface Link {
  readonly ident: number;
  readonly waiter: Addr;
  /** STATE of the record as it was seen. */
  readonly seen: number;
}

/** The longest circle that is looked for. */
const LONGEST = 4096;

/** The circle that the calling thread's wait closes, itself first; undefined: there is none, or another thread breaks it. */
export function findCycle(): readonly Link[] | undefined {
  const circle = walk();
  if (circle === undefined) return undefined;
  const again = walk(); // C2
  if (again?.length !== circle.length || again.some((link, i) => link.seen !== circle[i]?.seen))
    return undefined;
  const willing = circle.filter(({ waiter }) => load(field(waiter, WAITER.ENDLESS)) !== STUBBORN);
  const youngest = (willing.length > 0 ? willing : circle).reduce((a, b) =>
    (((b.seen | STATE_MASK) - (a.seen | STATE_MASK)) | 0) > 0 ? b : a,
  );
  if (youngest.ident === self.ident) return circle;
  rouse(youngest.waiter); // C3
  return undefined;
}

function walk(): Link[] | undefined {
  const circle: Link[] = [];
  let waiter = blockingWaiterAt(self.isolate);
  for (let ident = self.ident; circle.length < LONGEST; ) {
    const seen = load(field(waiter, WAITER.STATE));
    if (stateOf(seen) !== WAITING || load(field(waiter, WAITER.ENDLESS)) === 0) return undefined;
    const next = blockerOf(waiter);
    if (load(field(waiter, WAITER.STATE)) !== seen || next === 0) return undefined;
    circle.push({ ident, waiter, seen });
    if (next === self.ident) return circle;
    const thread = threadByIdent(next);
    if (thread === 0) return undefined;
    waiter = blockingWaiterAt(load(field(thread, THREAD.ISOLATE)));
    if (load(field(waiter, WAITER.THREAD)) !== next) return undefined;
    ident = next;
  }
  return undefined;
}

/** Ident of the one thread that can end a wait; 0: there is no such one. */
export function blockerOf(waiter: Addr): number {
  const addr = load(field(waiter, WAITER.ADDR)) as Addr;
  if (addr === 0) return 0;
  const reason = load(field(waiter, WAITER.REASON));
  if (reason === REASON.JOIN) return load((addr - THREAD.STATE + THREAD.IDENT) as Addr);
  if (reason === REASON.READ || reason === REASON.WRITE) return writerOf((addr - RWLOCK.WORD) as Addr);
  if (reason === REASON.FUTURE) return runnerOf((addr - FUTURE.STATE) as Addr);
  if (reason !== REASON.LOCK) return 0;
  const lock = (addr - LOCK.WORD) as Addr;
  const kind = load(lock);
  const owned = kind === KIND.LOCK || kind === KIND.RLOCK;
  const checked = (load(field(lock, LOCK.OPTIONS)) & LOCK_OPTION.UNCHECKED) === 0;
  return owned && checked ? ownerOf(load(addr)) : 0;
}
