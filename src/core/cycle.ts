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
 * Lineage: the wait-for graph of database lock managers, searched for a way back to where it began.
 */
import { KIND, LOCK_OPTION } from "./kind.ts";
import { runnerOf } from "./future.ts";
import { FUTURE } from "./future-layout.ts";
import { blockingWaiterAt, field, LOCK, RWLOCK, THREAD, WAITER } from "./layout.ts";
import { head, rouse, STATE_MASK, stateOf, WAITING } from "./line.ts";
import { ownerOf } from "./mutex.ts";
import { STUBBORN } from "./park.ts";
import { REASON } from "./reason.ts";
import { threadByIdent } from "./registry.ts";
import { readersIn, writerOf } from "./rwlock.ts";
import { self } from "./self.ts";
import { type Addr, load, store } from "./word.ts";

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

/**
 * Is a circle that was found a moment ago still there? Its threads may have been woken meanwhile and sleep on:
 * each still has its ticket, and waits for the next one. C2
 */
export function isStillThere(circle: readonly Link[]): boolean {
  return circle.every(({ waiter, seen }, i) => {
    const same = (load(field(waiter, WAITER.STATE)) | STATE_MASK) === (seen | STATE_MASK);
    const next = circle[(i + 1) % circle.length] as Link;
    return same && load(field(waiter, WAITER.ADDR)) !== 0 && blockersOf(waiter).includes(next.ident);
  });
}

/** Runs `body` while others see that the calling thread's wait may yet end: it is about to tell of a circle. */
export function whileTelling<R>(body: () => R): R {
  const endless = field(blockingWaiterAt(self.isolate), WAITER.ENDLESS);
  const before = load(endless);
  store(endless, 0);
  try {
    return body();
  } finally {
    store(endless, before);
  }
}

/** A way along waits from the calling thread back to itself. */
function walk(): Link[] | undefined {
  const path: Link[] = [];
  return follow(self.ident, blockingWaiterAt(self.isolate), path, new Set()) ? path : undefined;
}

/** Goes on from one blocked thread; true: `path` leads back to the calling thread. */
function follow(ident: number, waiter: Addr, path: Link[], visited: Set<number>): boolean {
  const seen = load(field(waiter, WAITER.STATE));
  if (stateOf(seen) !== WAITING || load(field(waiter, WAITER.ENDLESS)) === 0) return false;
  if (load(field(waiter, WAITER.THREAD)) !== ident || path.length === LONGEST) return false;
  visited.add(ident);
  const blockers = blockersOf(waiter);
  if (load(field(waiter, WAITER.STATE)) !== seen) return false;
  path.push({ ident, waiter, seen });
  for (const blocker of blockers) {
    if (blocker === self.ident) return true;
    const thread = visited.has(blocker) ? 0 : threadByIdent(blocker);
    if (thread === 0) continue;
    const wait = blockingWaiterAt(load(field(thread as Addr, THREAD.ISOLATE)));
    if (follow(blocker, wait, path, visited)) return true;
  }
  path.pop();
  return false;
}

/** Idents of the threads each of which must go on before this wait can end. */
function blockersOf(waiter: Addr): readonly number[] {
  const addr = load(field(waiter, WAITER.ADDR)) as Addr;
  if (addr === 0) return [];
  const reason = load(field(waiter, WAITER.REASON));
  if (reason === REASON.READ || reason === REASON.WRITE) {
    return rwBlockersOf(waiter, (addr - RWLOCK.WORD) as Addr, reason === REASON.WRITE);
  }
  const blocker = blockerOf(addr, reason);
  return blocker === 0 ? [] : [blocker];
}

/** Ident of the one thread that can end a wait; 0: there is no such one. */
function blockerOf(addr: Addr, reason: number): number {
  if (reason === REASON.JOIN) return load((addr - THREAD.STATE + THREAD.IDENT) as Addr);
  if (reason === REASON.FUTURE) return runnerOf((addr - FUTURE.STATE) as Addr);
  if (reason !== REASON.LOCK) return 0;
  const lock = (addr - LOCK.WORD) as Addr;
  const kind = load(lock);
  const owned = kind === KIND.LOCK || kind === KIND.RLOCK;
  const checked = (load(field(lock, LOCK.OPTIONS)) & LOCK_OPTION.UNCHECKED) === 0;
  return owned && checked ? ownerOf(load(addr)) : 0;
}

/** An RWLock is waited for until its writer, or all readers, have released it and the head of the line was served. */
function rwBlockersOf(waiter: Addr, lock: Addr, write: boolean): readonly number[] {
  const writer = writerOf(lock);
  if (writer !== 0) return [writer];
  const blockers = write ? readersIn(lock) : [];
  const first = head(field(lock, RWLOCK.WORD));
  const isBlocking = first !== 0 && first === blockingWaiterAt(load(field(first, WAITER.ISOLATE)));
  if (isBlocking && first !== waiter) blockers.push(load(field(first, WAITER.THREAD)));
  return blockers;
}
