/**
 * What is done for the dead: called by the supervisor when an isolate has ended,
 * and by a carrier when a body returned while it still held locks.
 *
 * Invariants
 *   D1  Everything a thread had is found from shared words alone: locks name their
 *       owner, waiter records and pages their isolate. Nothing has to be remembered
 *       by the thread that died.
 *   D2  A thread may have died between a change and the wake-up that belongs to it.
 *       So after each death every waiter is rung and looks again, once.
 *   D3  What the dead was granted and had not taken goes to the next in line. The grant of
 *       a condition counts as taken only when its thread holds the lock again: until then
 *       OWES of the isolate says so.
 *   D4  Who waits for a condition cannot be told that its lock is abandoned by the lock's
 *       line. So all are woken, and learn it when they take the lock again.
 */
import { breakBarrier, breakForDead } from "./barrier.ts";
import { repairContainers } from "./container-repair.ts";
import { isolateIdent } from "./gate.ts";
import { discardItem, emptyHand } from "./hand.ts";
import { eachRecord, free } from "./heap.ts";
import { KIND, LOCK_OPTION } from "./kind.ts";
import {
  asyncWaiterAt,
  BARRIER,
  blockingWaiterAt,
  CONDITION,
  field,
  HEADER,
  ISOLATE,
  isolateAt,
  LOCK,
  RWLOCK,
  WAITER,
} from "./layout.ts";
import { eachWaiter, FREE, freeAsync, grant, leave, rouse, stateOf } from "./line.ts";
import { abandon, ownerOf, passOn } from "./mutex.ts";
import { reclaimPages } from "./pages.ts";
import { isStillIn, recoverSides } from "./queue-wait.ts";
import { REASON } from "./reason.ts";
import { freeSlots } from "./registry.ts";
import { abandonRwLocks } from "./rwlock.ts";
import { eachQueue, vacateSeats } from "./tasks.ts";
import { writeText } from "./text.ts";
import { threadText } from "./who.ts";
import { type Addr, compareExchange, exchange, load, or, store } from "./word.ts";

/** Reasons of waits for a mutex word. */
const PASSED_ON: readonly number[] = [REASON.LOCK, REASON.OUTPUT, REASON.CHANGE, REASON.COLLECTION];

/** Abandons every lock that the thread holds; returns how many there were. */
export function abandonLocks(ident: number): number {
  let count = 0;
  eachRecord((record) => {
    const kind = load(record);
    if ((kind === KIND.LOCK || kind === KIND.RLOCK) && abandonLock(record, ident)) count++;
    if (kind === KIND.BARRIER && load(field(record, BARRIER.ACTOR)) === ident) breakBarrier(record); // B3
  });
  abandonRwLocks(ident, (lock) => mourn(field(lock, RWLOCK.DEAD), ident));
  for (const word of [HEADER.STDOUT, HEADER.STDERR]) abandon(word as Addr, ident, true);
  return count;
}

function abandonLock(record: Addr, ident: number): boolean {
  const options = load(field(record, LOCK.OPTIONS));
  if ((options & LOCK_OPTION.UNCHECKED) !== 0) return false;
  if (ownerOf(load(field(record, LOCK.WORD))) !== ident) return false;
  mourn(field(record, LOCK.DEAD), ident);
  const handOver = (options & LOCK_OPTION.PASS_ON) !== 0;
  if (handOver) or(field(record, LOCK.OPTIONS), LOCK_OPTION.PASSED_ON);
  const abandoned = abandon(field(record, LOCK.WORD), ident, handOver);
  if (abandoned && !handOver) wakeConditionsOf(record);
  return abandoned;
}

/** D4 */
function wakeConditionsOf(lock: Addr): void {
  eachRecord((record) => {
    if (load(record) === KIND.CONDITION && load(field(record, CONDITION.LOCK)) === lock)
      grant(field(record, CONDITION.WORD), Infinity);
  });
}

/** Writes the name of the dead where its lock keeps it. */
function mourn(at: Addr, ident: number): void {
  const earlier = exchange(at, writeText(threadText(ident))) as Addr;
  if (earlier !== 0) free(earlier);
}

/** Takes a dead isolate's waits out of their lines. */
function clearWaits(isolate: number): void {
  const w = blockingWaiterAt(isolate);
  const owes = exchange(field(isolateAt(isolate), ISOLATE.OWES), 0) as Addr;
  const inLine = load(field(w, WAITER.ADDR)) === owes; // then clearing that wait passes its grant on
  clearWait(w);
  if (owes !== 0 && !inLine) grant(owes, 1); // D3
  const high = load(HEADER.ASYNC_HIGH as Addr);
  for (let i = 0; i < high; i++) {
    const w = asyncWaiterAt(i);
    if (stateOf(load(field(w, WAITER.STATE))) === FREE || load(field(w, WAITER.ISOLATE)) !== isolate)
      continue;
    clearWait(w);
    freeAsync(w);
  }
}

function clearWait(w: Addr): void {
  const addr = load(field(w, WAITER.ADDR)) as Addr;
  const reason = load(field(w, WAITER.REASON));
  const want = load(field(w, WAITER.WANT));
  const granted = leave(w);
  if (addr === 0) return;
  if (reason === REASON.BARRIER) breakForDead((addr - BARRIER.WORD) as Addr, want); // B4, in its stead
  if (granted && reason === REASON.CONDITION) grant(addr, 1); // D3
  if (PASSED_ON.includes(reason)) passOn(addr); // M4, in its stead
}

/** Nobody will take the answers that a dead isolate asked for: others may ask again. */
function forgetQuestionsOf(isolate: number): void {
  const high = load(HEADER.ISOLATES_HIGH as Addr);
  for (let i = 1; i < high; i++) {
    const asked = field(isolateAt(i), ISOLATE.ASKED);
    for (const word of [isolate, -isolate]) compareExchange(asked, word, 0);
  }
}

/** Cleans up after an isolate that has ended while it ran this thread (0: none). */
export function recover(isolate: number, ident: number): void {
  clearWaits(isolate);
  if (ident !== 0) {
    abandonLocks(ident);
    let hand = emptyHand(isolate);
    eachQueue((q) => {
      if (hand !== 0 && isStillIn(q, ident, hand)) hand = 0 as Addr;
      recoverSides(q, ident);
      vacateSeats(q, ident, true);
    });
    if (hand !== 0) discardItem(hand);
  }
  for (const owner of [ident, isolateIdent(isolate)]) {
    abandon(HEADER.COLLECTOR as Addr, owner, true);
    repairContainers(owner);
  }
  store(field(isolateAt(isolate), ISOLATE.CHANGING), 0); // K3
  forgetQuestionsOf(isolate);
  freeSlots(isolate);
  reclaimPages(isolate);
  eachWaiter(rouse); // D2
}
