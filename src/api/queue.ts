/** `heddle/queue`: Python's `queue` module. */
import "./register.ts";

export { AbandonedTaskError, Empty, Full, HeddleError, ShutDown } from "../errors.ts";
export type { Timeout } from "../core/deadline.ts";
export { Queue, type QueueOptions, type QueueStatistics } from "../queue/queue.ts";
export { QueueBase } from "../queue/queue-base.ts";
export type { QueueWait } from "../queue/waiting.ts";
