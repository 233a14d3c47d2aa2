/**
 * The readers-writer lock: many read or one writes, in the order in which they came.
 *
 *   | WRITER | READERS | state                                                    |
 *   | ------ | ------- | -------------------------------------------------------- |
 *   | 0      | 0       | free                                                     |
 *   | 0      | n       | n read holds                                             |
 *   | t      | 0       | t writes                                                 |
 *   | t      | n       | illegal                                                  |
 *
 * ABANDONED: the writer died; nobody gets it until recover().
 *
 * Invariants
 *   W1  WRITER and READERS change only under GUARD, a mutex that is held for a few
 *       steps and never while its holder waits for something else.
 *   W2  Each reading thread has a hold record with its COUNT, and READERS is their
 *       sum. If a thread dies under GUARD, the supervisor makes READERS true again
 *       from the records before it frees GUARD; a dead reader's holds are taken back.
 *   W3  Only the head of the line may take it while somebody waits, so neither readers
 *       nor writers starve. A thread that reads already may read again at once: behind
 *       a waiting writer it would wait for itself.
 *   W4  Whoever leaves the line, served or not, or releases, wakes the head: after a
 *       reader the next reader may come in as well.
 *   W5  The supervisor does not take GUARD from the living. It sets ABANDONED before it
 *       clears a dead WRITER, and whoever looks reads WRITER first: nobody sees it free
 *       in between. It clears the dead one alone, never one that has recovered the lock.
 *
 * Lineage: the fair ReentrantReadWriteLock of java.util.concurrent.
 */
import { NEVER } from "./deadline.ts";
import { allocateRecord, eachRecord, freeRecord } from "./heap.ts";
import { KIND, LOCK_OPTION } from "./kind.ts";
import { field, READHOLD, RWLOCK } from "./layout.ts";
import { head, kickAll, kickHead } from "./line.ts";
import { abandon, lockWait, ownerOf, tryLock, unlock } from "./mutex.ts";
import { block, type Wait } from "./park.ts";
import { spinLimit } from "./platform.ts";
import { REASON } from "./reason.ts";
import { self } from "./self.ts";
import { type Addr, add, compareExchange, load, or, relax, store } from "./word.ts";

export type RwOutcome = "acquired" | "abandoned";

/** How often GUARD is tried before a thread sleeps for it: it is held for less than a microsecond. */
const TRIES = 8;

/** Runs a few steps under GUARD. W1 */
function guarded<R>(lock: Addr, steps: () => R): R {
  const guard = field(lock, RWLOCK.GUARD);
  if (!tryGuard(guard)) block({ ...lockWait(guard, REASON.OUTPUT), uninterruptible: true }, NEVER);
  try {
    return steps();
  } finally {
    unlock(guard);
  }
}

function tryGuard(guard: Addr): boolean {
  for (let tries = 1; ; tries++) {
    if (tryLock(guard) !== undefined) return true;
    if (tries === TRIES) return false;
    for (let turns = 0; turns < spinLimit >> 4; turns++) relax();
  }
}

/** This isolate's hold records of the thread that it runs, by lock. */
let holds = new Map<Addr, Addr>();
let holder = 0;

/** Becomes a thread with these hold records. For the model checker, which plays several isolates in one. */
export function swapHolds(other: ReadonlyMap<Addr, Addr>): ReadonlyMap<Addr, Addr> {
  const mine = holds;
  holds = new Map(other);
  holder = self.ident;
  return mine;
}

/** The calling thread's hold record; 0: it has none yet. */
function holdOf(lock: Addr): Addr {
  if (holder !== self.ident) {
    holds.clear();
    holder = self.ident;
  }
  return holds.get(lock) ?? (0 as Addr);
}

function newHold(lock: Addr): Addr {
  const hold = allocateRecord();
  store(field(hold, READHOLD.IDENT), self.ident);
  store(field(hold, READHOLD.LOCK), lock);
  store(field(hold, READHOLD.COUNT), 0);
  store(field(hold, READHOLD.KIND), KIND.READ_HOLD);
  holds.set(lock, hold);
  return hold;
}

/** The thread that runs here has ended: its hold records are not needed any more, those that hold something excepted. */
export function forgetHolds(): void {
  for (const hold of holds.values()) {
    if (load(field(hold, READHOLD.COUNT)) === 0) freeRecord(hold);
  }
  holds.clear();
}

/** How often the calling thread holds it to read. */
export function readsHere(lock: Addr): number {
  const hold = holdOf(lock);
  return hold === 0 ? 0 : load(field(hold, READHOLD.COUNT));
}
export function writerOf(lock: Addr): number {
  return load(field(lock, RWLOCK.WRITER));
}
export function readersOf(lock: Addr): number {
  return load(field(lock, RWLOCK.READERS));
}
/** Idents of the threads that read now. */
export function readersIn(lock: Addr): number[] {
  const idents: number[] = [];
  eachRecord((record) => {
    if (load(record) !== KIND.READ_HOLD || load(field(record, READHOLD.LOCK)) !== lock) return;
    if (load(field(record, READHOLD.COUNT)) > 0) idents.push(load(field(record, READHOLD.IDENT)));
  });
  return idents;
}
export function isAbandonedRw(lock: Addr): boolean {
  return load(field(lock, RWLOCK.ABANDONED)) !== 0;
}

/** One attempt to take it; `w` is the waiter's record, or 0 for a passer-by. */
function take(lock: Addr, write: boolean, w: Addr): RwOutcome | undefined {
  const hold = write ? (0 as Addr) : holdOf(lock) || newHold(lock);
  return guarded(lock, () => {
    const writer = writerOf(lock); // before ABANDONED: W5
    if (isAbandonedRw(lock)) return "abandoned";
    const first = head(field(lock, RWLOCK.WORD));
    const again = !write && load(field(hold, READHOLD.COUNT)) > 0; // W3
    if (writer !== 0 || (!again && first !== 0 && first !== w)) return undefined;
    if (write) {
      if (readersOf(lock) !== 0) return undefined;
      store(field(lock, RWLOCK.WRITER), self.ident);
    } else {
      store(field(hold, READHOLD.COUNT), load(field(hold, READHOLD.COUNT)) + 1); // W2: the record first
      add(field(lock, RWLOCK.READERS), 1);
    }
    return "acquired";
  });
}

/** Takes it if that is possible at once and nobody waits; never waits. */
export function tryRw(lock: Addr, write: boolean): RwOutcome | undefined {
  return take(lock, write, 0 as Addr);
}

/** The wait to read or to write. */
export function rwWait(lock: Addr, write: boolean): Wait<RwOutcome> {
  const wakeNext = (): void => void kickHead(field(lock, RWLOCK.WORD)); // W4
  return {
    addr: field(lock, RWLOCK.WORD),
    reason: write ? REASON.WRITE : REASON.READ,
    want: write ? 1 : 0,
    poll: (w) => take(lock, write, w),
    left: wakeNext,
    cancelled: wakeNext,
  };
}

/** Gives up one read hold, or the write hold, of the calling thread. False: it has none. */
export function releaseRw(lock: Addr, write: boolean): boolean {
  const hold = write ? (0 as Addr) : holdOf(lock);
  if (write ? writerOf(lock) !== self.ident : hold === 0 || load(field(hold, READHOLD.COUNT)) === 0)
    return false;
  guarded(lock, () => {
    if (write) {
      store(field(lock, RWLOCK.WRITER), 0);
    } else {
      store(field(hold, READHOLD.COUNT), load(field(hold, READHOLD.COUNT)) - 1);
      add(field(lock, RWLOCK.READERS), -1);
    }
  });
  kickHead(field(lock, RWLOCK.WORD));
  return true;
}

/** Takes an abandoned lock to write, for repair. False: it is not abandoned. */
export function recoverRw(lock: Addr): boolean {
  return guarded(lock, () => {
    if (!isAbandonedRw(lock)) return false;
    store(field(lock, RWLOCK.WRITER), self.ident);
    store(field(lock, RWLOCK.ABANDONED), 0);
    return true;
  });
}

/**
 * Takes back what a dead thread had of any RWLock. `mourn` names it in a lock that it
 * was writing to. Called by the supervisor, and by a carrier when a body has ended.
 */
export function abandonRwLocks(ident: number, mourn: (lock: Addr) => void): void {
  const locks: Addr[] = [];
  const theirs: Addr[] = [];
  const others: Addr[] = [];
  eachRecord((record) => {
    const kind = load(record);
    if (kind === KIND.RWLOCK) locks.push(record);
    if (kind === KIND.READ_HOLD)
      (load(field(record, READHOLD.IDENT)) === ident ? theirs : others).push(record);
  });
  const under = locks.filter((lock) => ownerOf(load(field(lock, RWLOCK.GUARD))) === ident);
  for (const hold of theirs) {
    const lock = load(field(hold, READHOLD.LOCK)) as Addr;
    if (!under.includes(lock)) add(field(lock, RWLOCK.READERS), -load(field(hold, READHOLD.COUNT)));
    holds.delete(lock);
    freeRecord(hold);
  }
  for (const lock of under) {
    const counts = others.filter((hold) => load(field(hold, READHOLD.LOCK)) === lock);
    const sum = counts.reduce((total, hold) => total + load(field(hold, READHOLD.COUNT)), 0);
    store(field(lock, RWLOCK.READERS), sum); // W2
    abandon(field(lock, RWLOCK.GUARD), ident, true);
  }
  for (const lock of locks) {
    if (writerOf(lock) === ident) {
      mourn(lock);
      const passOn = (load(field(lock, RWLOCK.OPTIONS)) & LOCK_OPTION.PASS_ON) !== 0;
      if (passOn) or(field(lock, RWLOCK.OPTIONS), LOCK_OPTION.PASSED_ON);
      else store(field(lock, RWLOCK.ABANDONED), 1);
      compareExchange(field(lock, RWLOCK.WRITER), ident, 0); // W5
    }
    if (theirs.length > 0 || under.length > 0 || isAbandonedRw(lock)) kickAll(field(lock, RWLOCK.WORD));
  }
}
