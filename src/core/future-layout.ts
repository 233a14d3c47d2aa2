/** The records of futures and pools, as tables: a part of layout.ts. */
import { layout, offsetsOf, type RecordLayout } from "./table.ts";

const futureFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  STATE: "Tag << 6 | phase | WAITERS | WATCHED (see core/future.ts).",
  RESULT: "What it ended with: a message, a text or a plain value by its number; 0: nothing yet.",
  VALUE: "A result that is a number, in eight bytes.",
  VALUE_HIGH: "Its other half.",
  NEXT: "The next older one in DONE of the isolate that submitted it.",
  PORT: "Index of the isolate that submitted it; 0: it belongs to no pool.",
  SLOT: "Its place among the unfinished futures of that isolate.",
  POOL: "The pool whose task it is; 0: none.",
  JOB: "Message: the task and its arguments, or the arguments alone; 0: they are in ARGUMENTS.",
  SHIP: "Address of the function's record, where it was sent before; 0: it is in the message.",
  ARGS: "What is in ARGUMENTS: how many numbers, or -1: a message without tables.",
  LIMIT_MS: "How long the task may run, in milliseconds; 0: as long as it likes.",
  STARTED: "When it began to run, in 1/16 ms on the shared clock; of a task with a limit.",
  OPTIONS: "DELIVERED: the isolate that submitted it has the record back, or is about to.",
  ARGUMENTS: "From here on to the end of the record: small arguments.",
} as const;
/** What a call in another thread will end with. */
export const FUTURE: Readonly<Record<keyof typeof futureFields, number>> = offsetsOf(futureFields);

const poolFields = {
  KIND: "What the record is.",
  REFS: "References: from its executor and from its workers; 0: reclaimed.",
  STATE:
    "SHUT, BROKEN and ORPHANED (see core/crew.ts). Those who wait for its workers to end wait for this word.",
  NAME: "Block with the prefix of its workers' names.",
  LINE: "Address of its task line.",
  CREW: "Block with its workers, one after the other.",
  SIZE: "The most workers that it may have.",
  RUNS: "How many tasks each may run at once.",
  INIT: "Message: what each worker calls before its first task, and with what; 0: nothing.",
  BREAK: "Message: the error that broke it; 0: none.",
  SLACK: "0: no worker is PARKED or FREE, as far as anybody knows.",
  OPTIONS: "DAEMON (never keeps the process alive), CANCEL_ON_ERROR (a failed task cancels those that wait).",
} as const;
/** A pool of worker threads. */
export const POOL: Readonly<Record<keyof typeof poolFields, number>> = offsetsOf(poolFields);

const workerFields = {
  STATE:
    "FREE, STARTING, SEARCHING, BUSY, WAITING or PARKED (see core/crew.ts). An idle worker sleeps on it.",
  THREAD: "Record of its thread, with one reference; 0: none.",
  IDENT: "Ident of its thread.",
  POOL: "Address of the pool.",
  HELPS: "The future that it is about to run inside another task, which waits for it; 0: none.",
  AWAITS: "The future of its own pool that it blocks for; 0: none.",
  RUN: "From here on: the futures whose tasks it runs, or is about to claim; 0: none.",
} as const;
/** One worker of a pool. */
export const WORKER: Readonly<Record<keyof typeof workerFields, number>> = offsetsOf(workerFields);

const shipFields = {
  ID: "A number of its own: what stands at this address later is another one.",
  MESSAGE: "Message: the function.",
} as const;
/** A function that is submitted more than once: it is sent once, and tasks name it by this record. */
export const SHIP: Readonly<Record<keyof typeof shipFields, number>> = offsetsOf(shipFields);

export const FUTURE_SIZE = 128;
export const POOL_SIZE = 64;
export const WORKER_SIZE = 64;
export const SHIP_SIZE = 8;

export const FUTURE_LAYOUTS: readonly RecordLayout[] = [
  layout("future", FUTURE_SIZE, "What a call in another thread will end with.", futureFields),
  layout("pool", POOL_SIZE, "A pool of worker threads.", poolFields),
  layout("worker", WORKER_SIZE, "One worker of a pool.", workerFields),
  layout(
    "ship",
    SHIP_SIZE,
    "A function that is submitted more than once: it is sent once, and tasks name it by this record.",
    shipFields,
  ),
];
