/** Everything that works between processes. */
export { ProcessBarrier as Barrier, type ProcessBarrierOptions } from "../process/barrier.ts";
export { ProcessCondition as Condition } from "../process/condition.ts";
export { Connection, Pipe } from "../process/connection.ts";
export { ProcessEvent as Event } from "../process/event.ts";
export {
  getAllStartMethods,
  getStartMethod,
  setStartMethod,
  type StartMethod,
} from "../process/context.ts";
export {
  ProcessPoolExecutor,
  type ProcessPoolOptions,
  type ProcessPoolStatistics,
} from "../process/executor.ts";
export {
  activeChildren,
  cpuCount,
  currentProcess,
  parentProcess,
  type ParentProcess,
  type ProcessView,
} from "../process/functions.ts";
export {
  ProcessLock as Lock,
  ProcessRLock as RLock,
  type ProcessLockStatistics,
  type SharedOptions,
} from "../process/lock.ts";
export { Manager, type ManagerFactory, SyncManager } from "../process/manager.ts";
export { DictProxy, ListProxy, NamespaceProxy, ObjectProxy, SetProxy } from "../process/manager-proxies.ts";
export { AsyncResult, type Callbacks } from "../futures/async-result.ts";
export { Pool, type PoolOptions } from "../process/pool.ts";
export { Process } from "../process/process.ts";
export type { ProcessOptions } from "../process/process-options.ts";
export {
  JoinableQueue,
  ProcessQueue as Queue,
  ProcessSimpleQueue as SimpleQueue,
  type QueueStatistics,
  type QueueWait,
} from "../process/queue.ts";
export {
  ProcessBoundedSemaphore as BoundedSemaphore,
  ProcessSemaphore as Semaphore,
  type ProcessSemaphoreStatistics,
} from "../process/semaphore.ts";
export { Sentinel } from "../process/sentinel.ts";
export {
  type MemoryOptions,
  ProcessArray as Array,
  RawArray,
  RawValue,
  Value,
} from "../process/value.ts";
export type { ElementOf, Typecode } from "../process/typecodes.ts";
export { wait, waitAsync, type Waitable } from "../process/wait.ts";
