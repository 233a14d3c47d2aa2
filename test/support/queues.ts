// The kinds of queue, for tests that are the same for all of them.
import { LifoQueue, PriorityQueue, Queue, SimpleQueue } from "../../src/api/index.ts";

export type AnyQueue<T = number> = Queue<T> | LifoQueue<T> | PriorityQueue<T> | SimpleQueue<T>;

/** A kind of queue, and what an ordinary array would do in its place. */
export interface QueueKind {
  readonly name: "Queue" | "LifoQueue" | "PriorityQueue" | "SimpleQueue";
  /** Has it a bound, and tasks? */
  readonly full: boolean;
  make<T = number>(maxsize?: number): AnyQueue<T>;
  /** Which of the items, in the order in which they were put, is got next. */
  next(keys: readonly number[]): number;
}

export const queueKinds: readonly QueueKind[] = [
  { name: "Queue", full: true, make: <T>(maxsize?: number) => new Queue<T>(maxsize), next: () => 0 },
  {
    name: "LifoQueue",
    full: true,
    make: <T>(maxsize?: number) => new LifoQueue<T>(maxsize),
    next: (keys) => keys.length - 1,
  },
  {
    name: "PriorityQueue",
    full: true,
    make: <T>(maxsize?: number) => new PriorityQueue<T>(maxsize),
    next: (keys) => keys.reduce((least, key, i) => (key < (keys[least] as number) ? i : least), 0),
  },
  { name: "SimpleQueue", full: false, make: <T>() => new SimpleQueue<T>(), next: () => 0 },
];
