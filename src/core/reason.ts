/**
 * Why a thread waits: the number that it publishes when it parks, and the words
 * that the live state, `dumpThreads()` and the error texts show for it.
 */
export const REASON = {
  NONE: 0,
  LOCK: 1,
  EVENT: 2,
  JOIN: 3,
  SLEEP: 4,
  OUTPUT: 5,
  CONDITION: 6,
  SEMAPHORE: 7,
  BARRIER: 8,
  READ: 9,
  WRITE: 10,
  GET: 11,
  PUT: 12,
  TASKS: 13,
  FUTURE: 14,
  TIMER: 15,
  THREADS: 16,
  FUTURES: 40,
  WORK: 41,
  PROCESS: 50,
  ANSWER: 51,
  POOL_END: 52,
  CHANGE: 60,
  COLLECTION: 61,
} as const;
export type Reason = (typeof REASON)[keyof typeof REASON];

const WORDS: Readonly<Record<number, string>> = {
  [REASON.LOCK]: "lock",
  [REASON.EVENT]: "event",
  [REASON.JOIN]: "end of",
  [REASON.SLEEP]: "sleep",
  [REASON.OUTPUT]: "output",
  [REASON.CONDITION]: "condition",
  [REASON.SEMAPHORE]: "semaphore",
  [REASON.BARRIER]: "barrier",
  [REASON.READ]: "read lock",
  [REASON.WRITE]: "write lock",
  [REASON.GET]: "item of",
  [REASON.PUT]: "free place in",
  [REASON.TASKS]: "tasks of",
  [REASON.FUTURE]: "future",
  [REASON.TIMER]: "timer",
  [REASON.FUTURES]: "one of several futures",
  [REASON.WORK]: "a task",
  [REASON.THREADS]: "the end of all threads",
  [REASON.PROCESS]: "the end of a process",
  [REASON.ANSWER]: "what processes share",
  [REASON.POOL_END]: "the end of a process pool",
  [REASON.CHANGE]: "change of a shared object",
  [REASON.COLLECTION]: "end of a collection",
};

export function reasonText(reason: number): string {
  return WORDS[reason] ?? `reason ${reason}`;
}
