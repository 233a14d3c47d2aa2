/** What a record is: its first word. Handles, the death of a thread and the dump read it. */
export const KIND = {
  NONE: 0,
  THREAD: 1,
  LOCK: 2,
  EVENT: 3,
  ATOMIC_INT: 4,
  ATOMIC_BIGINT: 5,
  ARRAY: 6,
  BUFFER: 7,
  RLOCK: 8,
  SEMAPHORE: 9,
  BOUNDED_SEMAPHORE: 10,
  CONDITION: 11,
  LOCAL: 12,
  BARRIER: 13,
  RWLOCK: 14,
  READ_VIEW: 15,
  WRITE_VIEW: 16,
  READ_HOLD: 17,
  SERVICE: 18,
  ITERATOR: 19,
  STRUCT_TYPE: 26,
  STRUCT: 27,
  STRUCT_PART: 28,
  QUEUE: 30,
  LIFO_QUEUE: 31,
  PRIORITY_QUEUE: 32,
  SIMPLE_QUEUE: 33,
  FUTURE: 40,
  POOL: 41,
  EXECUTOR: 42,
  PROCESS: 50,
  REMOTE: 51,
  PROCESS_POOL: 52,
  WORKER_PROCESSES: 53,
  SHARED_OBJECT: 60,
  SHARED_ARRAY: 61,
  SHARED_MAP: 62,
  SHARED_SET: 63,
} as const;

/** Options of a lock record. */
export const LOCK_OPTION = { UNCHECKED: 1, PASS_ON: 2, PASSED_ON: 4 } as const;

/** Is this the kind of a queue? */
export function isQueue(kind: number): boolean {
  return kind >= KIND.QUEUE && kind <= KIND.SIMPLE_QUEUE;
}
