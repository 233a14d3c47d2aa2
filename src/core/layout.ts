/**
 * The shared memory's layout: one table for each record, as data.
 *
 * `docs/memory.md` is rendered from {@link LAYOUTS}, and a test keeps it so.
 * Fixed regions come first, then the heap's pages:
 *
 *   header | thread table | isolates | waiters | page table | pages …
 */
import { FUTURE_LAYOUTS } from "./future-layout.ts";
import { PROCESS_LAYOUTS } from "./process-layout.ts";
import { CONTAINER_LAYOUTS } from "./container-layout.ts";
import { ITERATOR_LAYOUTS } from "./iterator-layout.ts";
import { QUEUE_LAYOUTS } from "./queue-layout.ts";
import { layout, offsetsOf, type RecordLayout } from "./table.ts";
import type { Addr } from "./word.ts";

export { type FieldLayout, type RecordLayout } from "./table.ts";

const headerFields = {
  MAGIC: "Set once the process has initialised the memory.",
  NEXT_IDENT: "The next thread ident. Idents are never reused.",
  NEXT_TICKET: "The next place in a line, in steps of 8; compared by signed difference, so it may wrap.",
  NEXT_NAME: "The next number for an automatic thread name.",
  DOORBELL: "Rung (changed and notified) when the supervisor has something to look at.",
  ENDINGS: "The line of those who wait until no thread keeps the process alive; the word is not used.",
  FINALIZING: "1 in main's 'exit' handlers, 2 once main has called process.exit(): no thread can be started.",
  CODE_LIST: "The first code record: functions that were shipped once.",
  STDOUT: "Mutex word: whole lines on standard output.",
  STDERR: "Mutex word: whole lines on standard error.",
  THREADS_HIGH: "Slots of the thread table that were ever used.",
  ISOLATES_HIGH: "Isolates that were ever used.",
  ASYNC_HIGH: "Async waiter records that were ever used.",
  PAGES_HIGH: "Heap pages that were ever used.",
  HOOK: "Isolate that runs the excepthook, or 0: the default.",
  MAIN: "Address of the main thread's record.",
  STACK_MB: "Stack size for threads started from now on, in MiB; 0: the platform's.",
  PAGES_CLAIMED: "Heap pages in use now.",
  PAGES_ORPHANED: "Pages of small blocks whose isolate died, waiting to be adopted.",
  INTERRUPTED: "1 once Ctrl-C was pressed under heddle run.",
  NEXT_BUFFER: "The next number of a program's own SharedArrayBuffer.",
  SUPERVISOR: "Index of the supervisor's isolate; 0: it has not been started.",
  TRACE: "1: every acquisition of a lock records its whole call stack.",
  ORIGINS: "Isolates that functions, classes and symbols came from: the next number.",
  NEXT_TASK: "The next tag of a future that waits in a task line; only told apart, so it may wrap.",
  FUTURES: "The line of those who wait for one of several futures; the word is not used.",
  NEXT_POOL: "The next number for a pool without a name.",
  NEXT_SHIP: "The next ID of a function that is submitted more than once.",
  CALLS: "What threads have asked of other processes and the supervisor has not seen yet: the newest call.",
  NEXT_CALL: "The next number for a call, and for a thing that processes share.",
  CHILDREN:
    "Child processes that run and are no daemons, and process pools with tasks: they keep this one alive.",
  NEXT_PROCESS: "How many Process objects were made: the number in an automatic name.",
  PROCESS:
    "Of a child process: block with what its parent told it of itself; 0: the program's first process.",
  COLLECTOR:
    "Mutex word: held by the thread that collects; nobody changes containers meanwhile (core/gate.ts).",
  COLLECT_AT: "Containers in use at which the next collection begins; 0: not set yet.",
  COLLECT_DUE: "1: a reference was given back by somebody who may not wait; a collection finds what it held.",
  COLLECTIONS: "Collections so far.",
  GARBAGE:
    "How often a thread that found memory full has asked the others to give back what is garbage of theirs.",
  GARBAGE_ANSWERS: "How often one of them has done so: whoever asked waits for that.",
  REFERRING: "Structs with references: a collection looks for circles through them.",
  ATOMS: "Container with the property keys that all threads know by number; 0: none yet.",
} as const;
/** The first page: counters, list heads and locks that belong to the process. */
export const HEADER: Readonly<Record<keyof typeof headerFields, number>> = offsetsOf(headerFields);

const isolateFields = {
  STATE: "FREE, BOOTING, IDLE, BUSY, FINISHING or DEAD.",
  THREAD: "Address of the thread record it runs; 0: none.",
  MAILBOX: "Address of the thread record handed to it; a parked carrier sleeps on this word.",
  ASYNC: "Rung when one of its async waiters was woken.",
  END: "1: another thread asks that the first carrier be ended; only main, which started it, can.",
  INBOX: "Errors of other threads that its excepthook has to see: the newest one's block.",
  REFS: "First chunk of the list of records that the isolate has handles of: released when it dies.",
  ASLEEP: "1: it sleeps on its mailbox, or is about to; 0: it need not be notified.",
  PAUSE: "A word that nobody rings, for pauses.",
  OWES: "The condition whose grant its thread has taken, while it takes the condition's lock again; 0: none.",
  REPLY: "Rung when the supervisor has answered a question about a SharedArrayBuffer.",
  STACK_MB: "Stack size that its worker was started with, in MiB; 0: the platform's.",
  ASKED:
    "Index of the isolate that asks for its stack and for where it took its locks; negative: answered; 0: nobody asks.",
  ANSWER: "Block with that answer; 0: none.",
  DONE: "The newest of its futures that are done and that it has not settled yet: a stack, linked by NEXT.",
  AWAITED: "1: its event loop wants to hear of the next push to DONE; 2: it blocks until then.",
  RESCAN: "1: one of its futures is done, and may never come to DONE, because a thread died.",
  HAND: "The message that its thread has taken out of a queue, or is about to, and has not read yet; 0: none.",
  SWEPT: "The HEADER.GARBAGE that it has answered last.",
  CHANGING: "1: it is changing what containers refer to; a collection waits for it (core/gate.ts).",
} as const;
/** One V8 isolate that runs threads: main's, or a carrier's. */
export const ISOLATE: Readonly<Record<keyof typeof isolateFields, number>> = offsetsOf(isolateFields);

const waiterFields = {
  STATE:
    "Place in line << 3 | FREE, IDLE, WAITING, KICKED (look again) or NOTIFIED; a blocked thread sleeps on it.",
  ADDR: "The word that is waited for; 0: in no line. Written last, so that the record is whole when it is seen.",
  THREAD: "Ident of the waiting thread.",
  ISOLATE: "Index of its isolate.",
  REASON: "Why it waits: an index into the table of reasons.",
  WANT: "What it needs: permits, or the mode.",
  SINCE: "When it joined the line, in 1/16 ms on the shared clock.",
  ENDLESS:
    "1: a blocking call without a timeout; 2: one that no error may end either; 0: any other. See core/cycle.ts.",
} as const;
/** One wait: an isolate's blocking call (one each), or one pending Async call. The truth about who waits for what. */
export const WAITER: Readonly<Record<keyof typeof waiterFields, number>> = offsetsOf(waiterFields);

const threadFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  STATE: "NEW, RUNNABLE, RUNNING or TERMINATED; joiners wait for this word.",
  IDENT: "Its ident; 0 before start().",
  NAME: "Block with its name.",
  FLAGS:
    "DAEMON, KILL (terminate() was called), FAILED (it ended by an error), AWAITING (its body awaits), REMOTE (it used what processes share).",
  ISOLATE: "Index of the isolate that runs it; 0: none.",
  JOB: "Message: the body and its arguments; 0 once taken.",
  RESULT: "Message: what the body returned or threw; 0: undefined.",
  INTERRUPT: "1: its next or present blocking call throws InterruptedError.",
  REASON: "Message: the reason given to interrupt(); 0: none.",
  NATIVE: "The kernel's thread id; 0: unknown.",
  SLEEP: "The word that sleep() waits for; nobody rings it.",
  SLOT: "Its slot in the thread table.",
  NOTE: "Block with the text of what ended it from outside; 0: nothing did.",
  STACK_MB: "Stack size it asked for, in MiB; 0: the default.",
  DELAY_MS: "Of a Timer: how long after start() it becomes runnable.",
  STARTED: "When start() was called, in 1/16 ms on the shared clock.",
  FINISHED: "Of a Timer: record of the event that its end sets; holds one reference.",
} as const;
/** A thread, from `new Thread` to the last reference to it. */
export const THREAD: Readonly<Record<keyof typeof threadFields, number>> = offsetsOf(threadFields);

const lockFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  WORD: "Mutex word: owner's ident and the bits WAITERS, HANDOFF, ABANDONED (see core/mutex.ts).",
  NAME: "Block with its name; 0: none.",
  OPTIONS: "UNCHECKED (any thread may release), PASS_ON (a dead holder's lock is handed over).",
  DEAD: "Block with the name of the thread that died while holding it; 0: none.",
  DEPTH: "Of an RLock: how often its holder has taken it. Only the holder reads or writes it.",
} as const;
/** A mutual-exclusion lock, re-entrant or not. */
export const LOCK: Readonly<Record<keyof typeof lockFields, number>> = offsetsOf(lockFields);

const eventFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  WORD: "1: set.",
  NAME: "Block with its name; 0: none.",
} as const;
/** A flag that threads wait for. */
export const EVENT: Readonly<Record<keyof typeof eventFields, number>> = offsetsOf(eventFields);

const semaphoreFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  WORD: "Permits << 1 | WAITERS (see core/permits.ts).",
  NAME: "Block with its name; 0: none.",
  BOUND: "Of a BoundedSemaphore: the most permits that there may be; -1: no bound.",
} as const;
/** Permits that threads take and give back. */
export const SEMAPHORE: Readonly<Record<keyof typeof semaphoreFields, number>> = offsetsOf(semaphoreFields);

const conditionFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  WORD: "The line of those who wait to be notified; the word itself is not used.",
  NAME: "Block with its name; 0: none.",
  LOCK: "Address of the lock's record; holds one reference to it.",
} as const;
/** A line of threads that wait, outside a lock, to be notified. */
export const CONDITION: Readonly<Record<keyof typeof conditionFields, number>> = offsetsOf(conditionFields);

const barrierFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  WORD: "Generation << 17 | BROKEN | arrived (see core/barrier.ts).",
  NAME: "Block with its name; 0: none.",
  PARTIES: "How many threads pass together.",
  ACTION: "Message: what the last to arrive calls; 0: nothing.",
  ACTOR: "Ident of the thread that runs the action; 0: none.",
  TIMEOUT_MS: "Default timeout in milliseconds; -1: none.",
  RESET_0: "A generation that was reset, whose number is 0 modulo 8; -1: none. Its waiters did not pass.",
  RESET_1: "The same for 1 modulo 8.",
  RESET_2: "The same for 2 modulo 8.",
  RESET_3: "The same for 3 modulo 8.",
  RESET_4: "The same for 4 modulo 8.",
  RESET_5: "The same for 5 modulo 8.",
  RESET_6: "The same for 6 modulo 8.",
  RESET_7: "The same for 7 modulo 8.",
} as const;
/** A point that a number of threads pass together. */
export const BARRIER: Readonly<Record<keyof typeof barrierFields, number>> = offsetsOf(barrierFields);

const rwlockFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  READ_KIND: "KIND of the side for reading, which is a handle of its own.",
  READ_OWNER: "How far the record begins before READ_KIND: references to the side count there.",
  WRITE_KIND: "KIND of the side for writing.",
  WRITE_OWNER: "The same for WRITE_KIND.",
  WORD: "The line of those who wait to read or write; the word itself is not used.",
  NAME: "Block with its name; 0: none.",
  GUARD: "Mutex word: held for the few steps in which WRITER and READERS change.",
  WRITER: "Ident of the thread that writes; 0: none.",
  READERS: "How often threads hold it to read: the sum of the COUNTs of its holds.",
  OPTIONS: "PASS_ON: a dead writer's lock is handed over.",
  ABANDONED: "1: the thread that wrote has died.",
  DEAD: "Block with the name of the thread that died while writing; 0: none.",
} as const;
/** A lock that many read or one writes. */
export const RWLOCK: Readonly<Record<keyof typeof rwlockFields, number>> = offsetsOf(rwlockFields);

const readholdFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "Not used: it belongs to the thread.",
  IDENT: "Ident of the reading thread.",
  LOCK: "Address of the RWLock's record.",
  COUNT: "How often the thread holds it.",
} as const;
/** That a thread holds an RWLock to read: found when the thread dies. */
export const READHOLD: Readonly<Record<keyof typeof readholdFields, number>> = offsetsOf(readholdFields);

const localFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  INIT: "Message: the initial attributes, or the function that makes them; 0: none.",
} as const;
/** Thread-local data: what each thread's own attributes begin with. The attributes themselves are not shared. */
export const LOCAL: Readonly<Record<keyof typeof localFields, number>> = offsetsOf(localFields);

const arrayFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  TYPE: "Which typed array: an index into the table of constructors.",
  LENGTH: "Elements. They begin behind these fields.",
} as const;
/** A sharedArray: this head, then its elements. */
export const ARRAY: Readonly<Record<keyof typeof arrayFields, number>> = offsetsOf(arrayFields);

const structTypeFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates, from messages in flight, from structs, and from types that contain it.",
  TEXT: "Block with its name and fields as JSON; the types of inner structs stand there as their addresses.",
} as const;
/** What `struct()` makes: a class, in every thread the same one. */
export const STRUCT_TYPE: Readonly<Record<keyof typeof structTypeFields, number>> =
  offsetsOf(structTypeFields);

const structFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  TYPE: "Record of its type; holds one reference.",
  LENGTH: "Structs in it; -1: it is one alone, and no array.",
  SLOTS: "Shared array with its strings and references, of all its structs in order; 0: it has none.",
  PAD: "Not used.",
} as const;
/** A struct, or an array of them: this head, then the numbers and booleans. */
export const STRUCT: Readonly<Record<keyof typeof structFields, number>> = offsetsOf(structFields);

const structPartFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  STRUCT: "Record that it is in; holds one reference.",
  PART: "Its number there (shared/struct-view.ts).",
} as const;
/** One struct of an array or of another struct: made when it first crosses by itself. */
export const STRUCT_PART: Readonly<Record<keyof typeof structPartFields, number>> =
  offsetsOf(structPartFields);

const atomicFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  WORD: "The value, or its low half.",
  HIGH: "The high half.",
  NAME: "Block with its name; 0: none.",
} as const;
/** An AtomicInt, or an AtomicBigInt over WORD and HIGH. */
export const ATOMIC: Readonly<Record<keyof typeof atomicFields, number>> = offsetsOf(atomicFields);

export const HEADER_SIZE = 4096;
export const ISOLATE_SIZE = 128;
export const WAITER_SIZE = 32;
export const THREAD_SIZE = 128;
export const LOCK_SIZE = 64;
export const EVENT_SIZE = 64;
export const SEMAPHORE_SIZE = 64;
export const CONDITION_SIZE = 64;
export const BARRIER_SIZE = 64;
export const RWLOCK_SIZE = 64;
export const READHOLD_SIZE = 64;
export const LOCAL_SIZE = 64;
export const ATOMIC_SIZE = 64;

export const ARRAY_SIZE = 16;
export const STRUCT_TYPE_SIZE = 64;
export const STRUCT_SIZE = 24;
export const STRUCT_PART_SIZE = 16;

export const LAYOUTS: readonly RecordLayout[] = [
  layout(
    "header",
    HEADER_SIZE,
    "The first page: counters, list heads and locks that belong to the process.",
    headerFields,
  ),
  layout("isolate", ISOLATE_SIZE, "One V8 isolate that runs threads: main's, or a carrier's.", isolateFields),
  layout(
    "waiter",
    WAITER_SIZE,
    "One wait: an isolate's blocking call (one each), or one pending Async call. The truth about who waits for what.",
    waiterFields,
  ),
  layout("thread", THREAD_SIZE, "A thread, from `new Thread` to the last reference to it.", threadFields),
  layout("lock", LOCK_SIZE, "A mutual-exclusion lock, re-entrant or not.", lockFields),
  layout("event", EVENT_SIZE, "A flag that threads wait for.", eventFields),
  layout("semaphore", SEMAPHORE_SIZE, "Permits that threads take and give back.", semaphoreFields),
  layout(
    "condition",
    CONDITION_SIZE,
    "A line of threads that wait, outside a lock, to be notified.",
    conditionFields,
  ),
  layout(
    "local",
    LOCAL_SIZE,
    "Thread-local data: what each thread's own attributes begin with.",
    localFields,
  ),
  layout("array", ARRAY_SIZE, "A sharedArray: this head, then its elements.", arrayFields),
  layout(
    "struct type",
    STRUCT_TYPE_SIZE,
    "What `struct()` makes: a class, in every thread the same one.",
    structTypeFields,
  ),
  layout(
    "struct",
    STRUCT_SIZE,
    "A struct, or an array of them: this head, then the numbers and booleans.",
    structFields,
  ),
  layout(
    "struct part",
    STRUCT_PART_SIZE,
    "One struct of an array or of another struct: made when it first crosses by itself.",
    structPartFields,
  ),
  layout("atomic", ATOMIC_SIZE, "An AtomicInt, or an AtomicBigInt over WORD and HIGH.", atomicFields),
  ...QUEUE_LAYOUTS,
  ...ITERATOR_LAYOUTS,
  ...FUTURE_LAYOUTS,
  ...PROCESS_LAYOUTS,
  ...CONTAINER_LAYOUTS,
];

export const MAX_THREADS = 8192;
export const MAX_ISOLATES = 4096;
export const MAX_ASYNC = 61440;
export const PAGE_SIZE = 65536;

const THREAD_TABLE = HEADER_SIZE;
const ISOLATES = THREAD_TABLE + MAX_THREADS * 4;
const WAITERS = ISOLATES + MAX_ISOLATES * ISOLATE_SIZE;
export const PAGE_TABLE: Addr = (WAITERS + (MAX_ISOLATES + MAX_ASYNC) * WAITER_SIZE) as Addr;
/** Pages of the largest reservation: one word each in the page table. */
export const MAX_PAGES = 16384;
/** The first page that the heap may hand out. */
export const FIRST_PAGE: number = Math.ceil((PAGE_TABLE + MAX_PAGES * 4) / PAGE_SIZE);

export function threadSlotAt(slot: number): Addr {
  return (THREAD_TABLE + slot * 4) as Addr;
}
export function isolateAt(index: number): Addr {
  return (ISOLATES + index * ISOLATE_SIZE) as Addr;
}
/** The waiter record of an isolate's own blocking calls. */
export function blockingWaiterAt(isolate: number): Addr {
  return (WAITERS + isolate * WAITER_SIZE) as Addr;
}
export function asyncWaiterAt(index: number): Addr {
  return (WAITERS + (MAX_ISOLATES + index) * WAITER_SIZE) as Addr;
}
export function pageWordAt(page: number): Addr {
  return (PAGE_TABLE + page * 4) as Addr;
}
/** A field of a record. */
export function field(record: Addr, offset: number): Addr {
  return (record + offset) as Addr;
}
