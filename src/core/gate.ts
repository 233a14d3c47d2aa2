/**
 * The gate: a collection of cycles needs that nobody changes what refers to what.
 *
 * CHANGING of each isolate and the COLLECTOR mutex of the header:
 *
 *   | CHANGING | COLLECTOR | state                                             |
 *   | -------- | --------- | ------------------------------------------------- |
 *   | 0        | free      | nothing                                           |
 *   | 1        | free      | the isolate changes containers                    |
 *   | 1        | held      | the collector waits for it, or it is about to go back to 0 and wait |
 *   | 0        | held      | the isolate waits, or has nothing to change       |
 *
 * Transitions: enter: CHANGING 0 → 1, then look at COLLECTOR; if it is held, back to
 * 0, wait until it is free, again. leave: 1 → 0. stop: COLLECTOR free → held, then
 * wait for each CHANGING to be 0. resume: held → free.
 *
 * Invariants
 *   K1  Who changes stores CHANGING before it looks at COLLECTOR, who collects takes
 *       COLLECTOR before it looks at CHANGING: one of the two sees the other, so while
 *       a collector is behind {@link stop}, nobody is behind {@link enter}. A COLLECTOR that
 *       is free and only marked by a waiter on its way keeps nobody out: who waited for that
 *       mark to go would use up the core that the waiter needs.
 *   K2  Between enter and leave nobody waits for anything but the LOCK of one
 *       container, whose holder is between enter and leave as well or about to let
 *       go of it: so the collector's wait ends.
 *   K3  CHANGING of an isolate that died is cleared when what it left half-done was
 *       put right: see core/recovery.ts.
 *   K4  Nothing overflows the stack between enter and leave: there is room enough, or a
 *       RangeError before anything is changed (core/room.ts).
 *
 * Lineage: the safepoints of virtual machines, reached at the ends of operations.
 */
import { NEVER } from "./deadline.ts";
import { field, HEADER, ISOLATE, isolateAt } from "./layout.ts";
import { lockWait, ownerOf, tryLock, unlock } from "./mutex.ts";
import { block } from "./park.ts";
import { REASON } from "./reason.ts";
import { roomForGate } from "./room.ts";
import { adopt, self } from "./self.ts";
import { type Addr, load, notify, relax, store, wait } from "./word.ts";

const GATE = HEADER.COLLECTOR as Addr;

/** How many enters have no leave yet: an operation may contain another. */
let depth = 0;

/** Forgets that this isolate is inside. For the model checker, which plays several isolates in one. */
export function resetGate(): void {
  depth = 0;
}

/** Is the calling isolate inside? */
export function isInside(): boolean {
  return depth > 0;
}

function flagOf(isolate: number): Addr {
  return field(isolateAt(isolate), ISOLATE.CHANGING);
}

/** From here to {@link leave} no collection begins. */
export function enter(): void {
  if (depth > 0) {
    depth++;
    return;
  }
  roomForGate(); // K4
  depth = 1;
  const flag = flagOf(self.isolate);
  store(flag, 1); // K1
  while (ownerOf(load(GATE)) !== 0) {
    store(flag, 0);
    notify(flag, 1);
    awaitCollector();
    store(flag, 1);
  }
}

/** Like {@link enter}, for the supervisor, which never waits. False: a collection is going on. */
export function tryEnter(): boolean {
  const flag = flagOf(self.isolate);
  store(flag, 1);
  if (ownerOf(load(GATE)) === 0) {
    depth++;
    return true;
  }
  store(flag, 0);
  notify(flag, 1);
  return false;
}

export function leave(): void {
  if (--depth > 0) return;
  const flag = flagOf(self.isolate);
  store(flag, 0);
  if (load(GATE) !== 0) notify(flag, 1);
}

function awaitCollector(): void {
  takeGate();
  unlock(GATE);
}

function takeGate(): void {
  if (tryLock(GATE) === undefined)
    block({ ...lockWait(GATE, REASON.COLLECTION), uninterruptible: true }, NEVER);
}

/** Turns of the first looks at an isolate that is inside, and milliseconds of the later ones. */
const LOOKS = 200;
const LOOK_MS = 1;

/** Waits until nobody is inside, and keeps everybody out. The caller is not inside. */
export function stop(): void {
  roomForGate();
  takeGate();
  const high = load(HEADER.ISOLATES_HIGH as Addr);
  for (let i = 1; i < high; i++) {
    const flag = flagOf(i);
    for (let looks = 0; load(flag) !== 0; looks++) {
      if (looks < LOOKS) relax();
      else wait(flag, 1, LOOK_MS);
    }
  }
}

/** Lets everybody in again. */
export function resume(): void {
  unlock(GATE);
}

/** Idents from here on are those of isolates that run no thread: {@link named}. */
const ISOLATE_IDENTS = 2 ** 28;

/** The ident under which an isolate without a thread owns mutexes. */
export function isolateIdent(isolate: number): number {
  return ISOLATE_IDENTS + isolate;
}

/** Runs `steps` as somebody who can own a mutex: finalizers run between two bodies, too. */
export function named<R>(steps: () => R): R {
  if (self.ident !== 0) return steps();
  const { thread, isolate, held } = self;
  adopt(isolateIdent(isolate), thread, isolate);
  try {
    return steps();
  } finally {
    adopt(0, thread, isolate);
    self.held = held;
  }
}
