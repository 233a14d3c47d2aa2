/** The records of processes: a part of the table in layout.ts. */
import { layout, offsetsOf, type RecordLayout } from "./table.ts";

const processFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  STATE: "NEW, STARTING, STARTED or ENDED; joiners wait for this word.",
  NAME: "Block with its name.",
  FLAGS: "DAEMON.",
  PID: "The platform's number of the process; 0 before start().",
  EXIT: "Its exit code, negative for a signal; valid once it is ENDED.",
  ID: "Block with the name by which the program's processes know it.",
  NUMBER: "Its number among those of its parent.",
} as const;
/** A child process, in its parent. */
export const PROCESS: Readonly<Record<keyof typeof processFields, number>> = offsetsOf(processFields);

const remoteFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  TYPE: "Block with the name of its class.",
  ID: "Block with the name by which all processes know it.",
  NAME: "Block with its name; 0: none.",
  FLAGS: "CLOSED (here), SENT (its name has left this process).",
  EXTRA: "Portable message: what else belongs to it, such as a barrier's action; 0: nothing.",
} as const;
/** Something that processes share, as one process sees it: the thing itself is in the broker. */
export const REMOTE: Readonly<Record<keyof typeof remoteFields, number>> = offsetsOf(remoteFields);

const callFields = {
  NEXT: "The call that was made before it.",
  STATE: "1: answered; the caller sleeps on this word. 2: nobody waits for an answer.",
  FRAME: "Block with the frame, without its payload.",
  LENGTH: "Bytes of the frame.",
  MESSAGE: "Message: the payload of the call, then of the answer; 0: none.",
  REPLY: "Block with the answer's frame, without its payload.",
  REPLY_LENGTH: "Bytes of that frame.",
  SEQUENCE: "The call's number: an answer must know it.",
} as const;
/** What a thread asks of the broker, by way of its supervisor. */
export const CALL: Readonly<Record<keyof typeof callFields, number>> = offsetsOf(callFields);

const poolTaskFields = {
  NEXT: "The call that was made before it.",
  STATE: "3: this is no call, but a task.",
  POOL: "The pool.",
  FUTURE: "The future, whose JOB is the task.",
  REFS: "Block with the names of the connections in it; 0: there are none.",
} as const;
/** A task on its way to a pool of processes, in the list of calls. */
export const POOL_TASK: Readonly<Record<keyof typeof poolTaskFields, number>> = offsetsOf(poolTaskFields);

const processPoolFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  STATE: "SHUT, BROKEN, ENDED, TERMINATED: bits; who waits for its end waits for this word.",
  NAME: "Block with its name.",
  WORKERS: "Processes that work for it now.",
  MAX: "The most processes that it may have.",
  STARTED: "Processes that were started for it.",
} as const;
/** A pool of processes, in the process that made it. */
export const PROCESS_POOL: Readonly<Record<keyof typeof processPoolFields, number>> =
  offsetsOf(processPoolFields);

export const PROCESS_POOL_SIZE = 64;
export const PROCESS_SIZE = 64;
export const REMOTE_SIZE = 64;
export const CALL_SIZE = 32;
export const POOL_TASK_SIZE = 32;

export const PROCESS_LAYOUTS: readonly RecordLayout[] = [
  layout("process", PROCESS_SIZE, "A child process, in its parent.", processFields),
  layout(
    "remote",
    REMOTE_SIZE,
    "Something that processes share, as one process sees it: the thing itself is in the broker.",
    remoteFields,
  ),
  layout(
    "process pool",
    PROCESS_POOL_SIZE,
    "A pool of processes, in the process that made it.",
    processPoolFields,
  ),
  layout("call", CALL_SIZE, "What a thread asks of the broker, by way of its supervisor.", callFields),
  layout(
    "pool task",
    POOL_TASK_SIZE,
    "A task on its way to a pool of processes, in the list of calls.",
    poolTaskFields,
  ),
];
