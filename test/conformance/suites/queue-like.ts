// What the suites of queues need to know of a class.
import type { LifoQueue, PriorityQueue, Queue } from "../../../src/api/index.ts";

/** A class with tasks and a bound. */
export interface QueueFactory {
  readonly kind: string;
  make<T = number>(maxsize?: number): Queue<T> | LifoQueue<T> | PriorityQueue<T>;
  /** The order in which what was put in this order is got. */
  order(items: readonly number[]): number[];
}
