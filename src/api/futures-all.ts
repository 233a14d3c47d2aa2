/** What `heddle/futures` exports, and `heddle` among the rest. */
export {
  asCompleted,
  type AsCompletedOptions,
  type BothWays,
  type Completed,
} from "../futures/as-completed.ts";
export { Executor, type ShutdownOptions } from "../futures/executor.ts";
export { Future } from "../futures/future.ts";
export type { FutureState, FutureStatistics } from "../futures/settled.ts";
export type { MapOptions } from "../futures/map.ts";
export type { TaskOptions, ThreadPoolExecutorOptions } from "../futures/pool-options.ts";
export type { OnProgress, Progress } from "../futures/progress.ts";
export { AsyncResult, type Callbacks } from "../futures/async-result.ts";
export { ThreadPool, type ThreadPoolOptions } from "../futures/thread-pool.ts";
export { type PoolExecutor, type PoolResults, WorkerPool } from "../futures/worker-pool.ts";
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
