/** What `heddle/queue` exports, and `heddle` among the rest. */
export { Queue, type QueueOptions, type QueueStatistics } from "../queue/queue.ts";
export { LifoQueue } from "../queue/lifo-queue.ts";
export { PriorityQueue, type PriorityQueueOptions } from "../queue/priority-queue.ts";
export { SimpleQueue, type SimpleQueueOptions, type SimpleQueueStatistics } from "../queue/simple-queue.ts";
export { QueueBase } from "../queue/queue-base.ts";
export type { QueueWait } from "../queue/waiting.ts";
