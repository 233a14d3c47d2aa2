/** `heddle/queue`: Python's `queue` module. */
import "./register.ts";

export { AbandonedTaskError, Empty, Full, HeddleError, ShutDown } from "../errors.ts";
export type { Timeout } from "../core/deadline.ts";
export { Queue, type QueueOptions, type QueueStatistics } from "../queue/queue.ts";
export { LifoQueue } from "../queue/lifo-queue.ts";
export { PriorityQueue, type PriorityQueueOptions } from "../queue/priority-queue.ts";
export { SimpleQueue, type SimpleQueueOptions, type SimpleQueueStatistics } from "../queue/simple-queue.ts";
export { QueueBase } from "../queue/queue-base.ts";
export type { QueueWait } from "../queue/waiting.ts";
