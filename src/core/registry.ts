/**
 * The registry: who lives. Threads in a table of slots, isolates in another.
 *
 * STATE of a thread:
 *
 *   | phase      | meaning                                | to                                       |
 *   | ---------- | -------------------------------------- | ---------------------------------------- |
 *   | NEW        | constructed                            | STARTING by start()                      |
 *   | STARTING   | its body is being captured             | RUNNABLE; NEW when that fails            |
 *   | DELAYED    | a Timer that waits for its time        | RUNNABLE by the supervisor, TERMINATED by cancel |
 *   | RUNNABLE   | in the table, no carrier has it yet    | RUNNING by a carrier, KILL by terminate() |
 *   | RUNNING    | a carrier runs the body                | TERMINATED by it; + KILL by terminate()  |
 *   | + KILL     | the supervisor is about to end it      | TERMINATED by the supervisor             |
 *   | TERMINATED | it has ended; result and flags are set | –                                        |
 *
 * STATE of an isolate:
 *
 *   | state   | meaning                         | to                                             |
 *   | ------- | ------------------------------- | ---------------------------------------------- |
 *   | FREE    | nobody has the index            | BOOTING by the supervisor                      |
 *   | BOOTING | its Worker is starting          | BUSY by itself, DEAD                           |
 *   | IDLE    | parked on MAILBOX, or about to  | BUSY by a starter, by who finds memory full, or by itself, DEAD |
 *   | BUSY    | runs a thread, or looks for one | IDLE, FINISHING by itself, DEAD                |
 *   | FINISHING | its thread ends any moment    | BUSY by itself, which then looks at the table; by the supervisor, if it does not come |
 *   | DEAD    | ended, not yet cleaned up       | FREE by the supervisor                         |
 *
 * Invariants
 *   R1  A thread is run by whoever changes its STATE from RUNNABLE to RUNNING: one.
 *   R2  A carrier that becomes IDLE looks at the table once more before it parks; a
 *       starter publishes RUNNABLE before it looks for an IDLE carrier. One of the
 *       two sees the other, so no runnable thread is left beside a parked carrier.
 *   R3  TERMINATED is stored after everything that a joiner may read.
 *   R4  Idents are drawn from a counter and never reused.
 */
import { HeapExhaustedError, InternalError } from "../errors.ts";
import { allocateThread } from "./heap.ts";
import { KIND } from "./kind.ts";
import {
  blockingWaiterAt,
  EVENT,
  field,
  HEADER,
  ISOLATE,
  ISOLATE_SIZE,
  isolateAt,
  MAX_ISOLATES,
  MAX_THREADS,
  THREAD,
  THREAD_SIZE,
  threadSlotAt,
} from "./layout.ts";
import { kickAll, raise, rouse, ticks } from "./line.ts";
import { adopt, self } from "./self.ts";
import { wakeAll } from "./sequence.ts";
import { writeText } from "./text.ts";
import { type Addr, add, compareExchange, load, notify, store } from "./word.ts";

export const PHASE = {
  NEW: 1,
  RUNNABLE: 2,
  RUNNING: 4,
  TERMINATED: 8,
  KILL: 16,
  STARTING: 32,
  DELAYED: 64,
} as const;
export const FLAG = { DAEMON: 1, FAILED: 2, AWAITING: 4, MAIN: 8, TIMER: 16, REMOTE: 64 } as const;
export const ISOLATE_STATE = { FREE: 0, BOOTING: 1, IDLE: 2, BUSY: 3, DEAD: 4, FINISHING: 5 } as const;

/** Set to "supervisor" before heddle loads in a real main thread that runs no program itself. */
export const ROLE_KEY: symbol = Symbol.for("heddle.role");

const FIRST_IDENT = 1;
const LAST_IDENT = 2 ** 28 - 1;
const MAGIC = 0x4edd1e;

/** Makes a thread record with one reference, NEW. */
export function newThread(name: string, flags: number): Addr {
  const thread = allocateThread();
  for (let offset = 0; offset < THREAD_SIZE; offset += 4) store(field(thread, offset), 0);
  store(field(thread, THREAD.NAME), writeText(name));
  store(field(thread, THREAD.FLAGS), flags);
  store(field(thread, THREAD.REFS), 1);
  store(field(thread, THREAD.STATE), PHASE.NEW);
  store(field(thread, THREAD.KIND), KIND.THREAD);
  return thread;
}

/**
 * Gives a STARTING thread its ident and a slot in the table. It is RUNNABLE from then
 * on. While it is STARTING, its ISOLATE is the starter's: if that dies, the supervisor
 * ends the thread.
 */
export function enrol(thread: Addr): void {
  const slot = claimSlot();
  const ident = add(HEADER.NEXT_IDENT as Addr, 1);
  if (ident > LAST_IDENT) {
    store(threadSlotAt(slot), 0);
    throw new HeapExhaustedError(
      `Cannot start a thread: all ${LAST_IDENT} idents of the process are used up`,
    );
  }
  store(field(thread, THREAD.SLOT), slot);
  store(field(thread, THREAD.ISOLATE), self.isolate);
  add(field(thread, THREAD.REFS), 1); // the table's
  store(threadSlotAt(slot), thread);
  store(field(thread, THREAD.IDENT), ident);
  store(field(thread, THREAD.ISOLATE), 0);
  store(field(thread, THREAD.STARTED), ticks());
  const delayed = (load(field(thread, THREAD.FLAGS)) & FLAG.TIMER) !== 0;
  store(field(thread, THREAD.STATE), delayed ? PHASE.DELAYED : PHASE.RUNNABLE); // R2
}

/** The threads that an isolate was starting when it died. */
export function startedBy(dead: number): Addr[] {
  const found: Addr[] = [];
  const high = load(HEADER.THREADS_HIGH as Addr);
  for (let slot = 0; slot < high; slot++) {
    const thread = load(threadSlotAt(slot)) as Addr;
    if (thread <= 0 || load(field(thread, THREAD.STATE)) !== PHASE.STARTING) continue;
    if (load(field(thread, THREAD.ISOLATE)) === dead) found.push(thread);
  }
  return found;
}

/** Claims a slot; until the thread stands in it, it names the isolate that claimed it, negated. */
function claimSlot(): number {
  for (let slot = 0; slot < MAX_THREADS; slot++) {
    if (load(threadSlotAt(slot)) !== 0) continue;
    raise(HEADER.THREADS_HIGH as Addr, slot + 1);
    if (compareExchange(threadSlotAt(slot), 0, -self.isolate) === 0) return slot;
  }
  throw new HeapExhaustedError(
    `Cannot start a thread: ${MAX_THREADS} threads are alive, the most that there can be`,
  );
}

/** Frees the slots that a dead isolate had claimed and not filled. */
export function freeSlots(dead: number): void {
  const high = load(HEADER.THREADS_HIGH as Addr);
  for (let slot = 0; slot < high; slot++) compareExchange(threadSlotAt(slot), -dead, 0);
}

/** Told the ident of an ended thread that used what processes share. Set by process/. */
export const onEnd: { remote: ((ident: number) => void) | undefined } = { remote: undefined };

/**
 * Ends a thread: from `phase` to TERMINATED, out of the table, joiners woken. Result
 * and flags are set before. False: it is not in that phase (terminate() came first).
 */
export function retire(thread: Addr, phase: number): boolean {
  const state = field(thread, THREAD.STATE);
  if (compareExchange(state, phase, PHASE.TERMINATED) !== phase) return false; // R3
  const flags = load(field(thread, THREAD.FLAGS));
  if ((flags & FLAG.REMOTE) !== 0) onEnd.remote?.(load(field(thread, THREAD.IDENT)));
  const finished = load(field(thread, THREAD.FINISHED)) as Addr;
  if (finished !== 0) {
    store(field(finished, EVENT.WORD), 1);
    wakeAll(field(finished, EVENT.WORD));
  }
  if ((flags & FLAG.MAIN) === 0) store(threadSlotAt(load(field(thread, THREAD.SLOT))), 0);
  wakeAll(state);
  kickAll(HEADER.ENDINGS as Addr);
  return true;
}

/** Does any thread but main, or a child process, keep the process alive? */
export function anyNonDaemon(): boolean {
  let found = load(HEADER.CHILDREN as Addr) > 0;
  eachThread((thread) => {
    if ((load(field(thread, THREAD.FLAGS)) & (FLAG.DAEMON | FLAG.MAIN)) === 0) found = true;
  });
  return found;
}

const ALIVE = PHASE.RUNNABLE | PHASE.RUNNING | PHASE.KILL | PHASE.DELAYED;

/** Visits the threads in the table: runnable and running ones, main first. */
export function eachThread(visit: (thread: Addr) => void): void {
  const main = load(HEADER.MAIN as Addr) as Addr;
  if (main !== 0) visit(main);
  const high = load(HEADER.THREADS_HIGH as Addr);
  for (let slot = 0; slot < high; slot++) {
    const thread = load(threadSlotAt(slot)) as Addr;
    if (thread > 0 && (load(field(thread, THREAD.STATE)) & ALIVE) !== 0) visit(thread);
  }
}

/** The record of a thread that is alive; 0: no such thread. */
export function threadByIdent(ident: number): Addr {
  let found = 0 as Addr;
  eachThread((thread) => {
    if (load(field(thread, THREAD.IDENT)) === ident) found = thread;
  });
  return found;
}

/** Changes RUNNABLE to RUNNING; false: another carrier has it, or it was killed. R1 */
export function claimThread(thread: Addr): boolean {
  return compareExchange(field(thread, THREAD.STATE), PHASE.RUNNABLE, PHASE.RUNNING) === PHASE.RUNNABLE;
}

/** The runnable thread with the smallest ident that wants this stack size; 0: there is none. */
export function nextRunnable(stackMb: number): Addr {
  let best = 0 as Addr;
  eachThread((thread) => {
    if (
      load(field(thread, THREAD.STATE)) !== PHASE.RUNNABLE ||
      load(field(thread, THREAD.STACK_MB)) !== stackMb
    )
      return;
    if (best === 0 || load(field(thread, THREAD.IDENT)) < load(field(best, THREAD.IDENT))) best = thread;
  });
  return best;
}

/** Hands a runnable thread to an idle carrier with the stack that it wants, one that spins if there is one. False: none is idle. */
export function handToIdle(thread: Addr): boolean {
  const stackMb = load(field(thread, THREAD.STACK_MB));
  return hand(thread, stackMb, 0) || hand(thread, stackMb, 1);
}

/** Makes an idle carrier look at the table. False: none is idle. */
export function wakeIdle(stackMb: number): boolean {
  return hand(LOOK, stackMb, 0) || hand(LOOK, stackMb, 1);
}

/** Makes all idle carriers look at the table, and at what else they do before they are idle again. */
export function wakeAllIdle(): void {
  const high = load(HEADER.ISOLATES_HIGH as Addr);
  for (let i = 1; i < high; i++) {
    const state = field(isolateAt(i), ISOLATE.STATE);
    if (compareExchange(state, ISOLATE_STATE.IDLE, ISOLATE_STATE.BUSY) === ISOLATE_STATE.IDLE) post(i, LOOK);
  }
}

function hand(what: Addr | typeof LOOK, stackMb: number, asleep: number): boolean {
  const high = load(HEADER.ISOLATES_HIGH as Addr);
  for (let i = 1; i < high; i++) {
    const isolate = isolateAt(i);
    const state = field(isolate, ISOLATE.STATE);
    if (load(state) !== ISOLATE_STATE.IDLE || load(field(isolate, ISOLATE.ASLEEP)) !== asleep) continue;
    if (load(field(isolate, ISOLATE.STACK_MB)) !== stackMb) continue;
    if (compareExchange(state, ISOLATE_STATE.IDLE, ISOLATE_STATE.BUSY) !== ISOLATE_STATE.IDLE) continue;
    post(i, what);
    return true;
  }
  return false;
}

/** Is some carrier with this stack about to look at the table, because its thread ends now? */
export function anyFinishing(stackMb: number): boolean {
  const high = load(HEADER.ISOLATES_HIGH as Addr);
  for (let i = 1; i < high; i++) {
    const isolate = isolateAt(i);
    if (load(field(isolate, ISOLATE.STATE)) !== ISOLATE_STATE.FINISHING) continue;
    if (load(field(isolate, ISOLATE.STACK_MB)) === stackMb) return true;
  }
  return false;
}

/** What a mailbox holds that only says: look at the table. */
export const LOOK = 1;

/** Puts a thread (or LOOK) into a carrier's mailbox and wakes it. */
export function post(isolate: number, thread: Addr | typeof LOOK): void {
  const mailbox = field(isolateAt(isolate), ISOLATE.MAILBOX);
  store(mailbox, thread);
  if (load(field(isolateAt(isolate), ISOLATE.ASLEEP)) !== 0) notify(mailbox, 1); // handover.ts, O5
}

/** Claims an index for a new isolate, BOOTING. */
export function claimIsolate(stackMb: number): number {
  for (let i = 1; i < MAX_ISOLATES; i++) {
    const isolate = isolateAt(i);
    const state = field(isolate, ISOLATE.STATE);
    if (load(state) !== ISOLATE_STATE.FREE) continue;
    raise(HEADER.ISOLATES_HIGH as Addr, i + 1);
    if (compareExchange(state, ISOLATE_STATE.FREE, ISOLATE_STATE.BOOTING) !== ISOLATE_STATE.FREE) continue;
    for (let offset = 4; offset < ISOLATE_SIZE; offset += 4) store(field(isolate, offset), 0);
    store(field(isolate, ISOLATE.STACK_MB), stackMb);
    store(field(isolate, ISOLATE.SWEPT), load(HEADER.GARBAGE as Addr));
    return i;
  }
  throw new HeapExhaustedError(
    `Cannot start a carrier: ${MAX_ISOLATES} isolates are alive, the most that there can be`,
  );
}

/** Rings for the supervisor to look at the tables. */
export function ringSupervisor(): void {
  add(HEADER.DOORBELL as Addr, 1);
  notify(HEADER.DOORBELL as Addr, 1);
}

/** Makes an isolate look around: its blocking wait, and its event loop. */
export function kickIsolate(index: number): void {
  rouse(blockingWaiterAt(index));
  const doorbell = field(isolateAt(index), ISOLATE.ASYNC);
  add(doorbell, 1);
  notify(doorbell, Infinity);
}

/** Prepares fresh memory, and lets the calling isolate be main unless it only supervises. */
function initialise(): void {
  store(HEADER.NEXT_IDENT as Addr, FIRST_IDENT);
  store(HEADER.ISOLATES_HIGH as Addr, 1);
  store(HEADER.NEXT_NAME as Addr, 1);
  store(HEADER.MAGIC as Addr, MAGIC);
  if ((globalThis as Record<symbol, unknown>)[ROLE_KEY] !== "supervisor") becomeMain(claimIsolate(0));
}

/** Makes the calling isolate the one that runs the main thread. */
export function becomeMain(index: number): void {
  self.isolate = index; // the heap asks who allocates
  const thread = newThread("MainThread", FLAG.MAIN);
  const ident = add(HEADER.NEXT_IDENT as Addr, 1);
  store(field(thread, THREAD.IDENT), ident);
  store(field(thread, THREAD.ISOLATE), index);
  store(field(isolateAt(index), ISOLATE.THREAD), thread);
  store(field(isolateAt(index), ISOLATE.STATE), ISOLATE_STATE.BUSY);
  store(field(thread, THREAD.STATE), PHASE.RUNNING);
  store(HEADER.MAIN as Addr, thread);
  adopt(ident, thread, index);
}

if (load(HEADER.MAGIC as Addr) === 0) {
  initialise();
} else if (load(HEADER.MAGIC as Addr) !== MAGIC) {
  throw new InternalError("Cannot load heddle: the memory was prepared by another version");
}
