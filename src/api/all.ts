/** Everything that works inside one process. */
export * from "./threading-all.ts";
export { Queue, type QueueOptions, type QueueStatistics } from "../queue/queue.ts";
export { LifoQueue } from "../queue/lifo-queue.ts";
export { PriorityQueue, type PriorityQueueOptions } from "../queue/priority-queue.ts";
export { SimpleQueue, type SimpleQueueOptions, type SimpleQueueStatistics } from "../queue/simple-queue.ts";
export { QueueBase } from "../queue/queue-base.ts";
export type { QueueWait } from "../queue/waiting.ts";
export { sharedArray, type TypedArray, type TypedArrayConstructor } from "../shared/array.ts";
export { struct, type StructOptions } from "../shared/struct.ts";
export type {
  FieldInit,
  Fields,
  FieldType,
  FieldValue,
  Struct,
  StructArray,
  StructClass,
  StructInit,
} from "../shared/struct-types.ts";
export { AtomicBigInt, AtomicInt } from "../shared/atomic-int.ts";
export {
  asCompleted,
  type AsCompletedOptions,
  type BothWays,
  type Completed,
} from "../futures/as-completed.ts";
export { collect } from "../shared/collect.ts";
export { copyOf } from "../shared/copy.ts";
export { type Shared, shared } from "../shared/shared.ts";
export { type HeapStatistics, heapStatistics } from "../shared/statistics.ts";
export { update } from "../shared/update.ts";
export { Executor, type ShutdownOptions } from "../futures/executor.ts";
export { Future } from "../futures/future.ts";
export type { FutureState, FutureStatistics } from "../futures/settled.ts";
export type { MapOptions } from "../futures/map.ts";
export type { TaskOptions, ThreadPoolExecutorOptions } from "../futures/pool-options.ts";
export type { OnProgress, Progress } from "../futures/progress.ts";
export { AsyncResult, type Callbacks } from "../futures/async-result.ts";
export { ThreadPool, type ThreadPoolOptions } from "../futures/thread-pool.ts";
export { type PoolExecutor, WorkerPool } from "../futures/worker-pool.ts";
export { ThreadPoolExecutor, type ThreadPoolStatistics } from "../futures/thread-pool-executor.ts";
export {
  ALL_COMPLETED,
  DoneAndNotDone,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type ReturnWhen,
  wait,
  waitAsync,
  type WaitOptions,
} from "../futures/wait.ts";
