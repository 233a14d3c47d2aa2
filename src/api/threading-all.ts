/** What `heddle/threading` exports, and `heddle` among the rest. */
export { TIMEOUT_MAX, type Timeout } from "../core/deadline.ts";
export * from "../errors.ts";
export { Event, type EventOptions, type EventStatistics } from "../sync/event.ts";
export { AsyncHeld, Held } from "../sync/held.ts";
export type { Acquire, AcquireOptions } from "../sync/acquire.ts";
export { Barrier, type BarrierOptions, type BarrierStatistics } from "../sync/barrier.ts";
export { Condition, type ConditionOptions, type ConditionStatistics } from "../sync/condition.ts";
export { Holdable } from "../sync/holdable.ts";
export { Lock, type LockOptions } from "../sync/lock.ts";
export type { LockStatistics, OnAbandon } from "../sync/owned.ts";
export { RLock, type RLockOptions, type RLockStatistics } from "../sync/rlock.ts";
export { RWLock, type RWLockOptions, type RWLockStatistics, RWView } from "../sync/rwlock.ts";
export {
  BoundedSemaphore,
  type PermitOptions,
  Semaphore,
  type SemaphoreOptions,
  type SemaphoreStatistics,
} from "../sync/semaphore.ts";
export { traceLocks } from "../sync/site.ts";
export { dumpThreads } from "../thread/dump.ts";
export { type ExceptHook, type ExceptHookInfo, setExcepthook } from "../thread/excepthook.ts";
export {
  activeCount,
  currentThread,
  enumerate,
  getIdent,
  getNativeId,
  mainThread,
  sleep,
  sleepAsync,
  spawn,
  stackSize,
} from "../thread/functions.ts";
export {
  concurrentTee,
  type IteratorSource,
  serializeIterator,
  synchronizedIterator,
} from "../thread/iterators.ts";
export { local } from "../thread/local.ts";
export type { ThreadOptions } from "../thread/options.ts";
export { type IteratorStatistics, SerializedIterator } from "../thread/serialized-iterator.ts";
export { Thread, type ThreadStatistics } from "../thread/thread.ts";
export { Timer } from "../thread/timer.ts";
export type { ThreadState } from "../thread/who.ts";
