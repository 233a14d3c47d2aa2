/** `Queue`: first in, first out, with `taskDone` and `join`. The algorithms are in core/ring.ts and core/tasks.ts. */
import { deadlineOf, POLL, signalOf, type Timeout } from "../core/deadline.ts";
import { KIND } from "../core/kind.ts";
import { field } from "../core/layout.ts";
import { lengthOf } from "../core/line.ts";
import { block, TIMED_OUT } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { QUEUE } from "../core/queue-layout.ts";
import { isFull, setMaxsize } from "../core/queue-wait.ts";
import { drain, offer, shrink, take } from "../core/ring.ts";
import { sizeOf } from "../core/sides.ts";
import { SLOT_BYTES } from "../core/slot.ts";
import { lookAtTasks, markDone, tasksWait, unfinishedOf } from "../core/tasks.ts";
import { readText } from "../core/text.ts";
import { type Addr, load } from "../core/word.ts";
import { AbandonedTaskError, InvalidStateError } from "../errors.ts";
import { shownAsText } from "../value/shown.ts";
import { labelOf } from "../sync/holdable.ts";
import { QueueBase } from "./queue-base.ts";
import { checkMaxsize, createFrom, type QueueShape, registerQueue } from "./record.ts";
import type { Opened, Store } from "./store.ts";

/** Options of a {@link Queue}. */
export interface QueueOptions {
  /** Shown in errors, dumps and the text form. */
  name?: string;
  /** The most items that it may hold; 0 or less: no bound. */
  maxsize?: number;
}

/** A snapshot of a queue. */
export interface QueueStatistics {
  readonly name: string | undefined;
  /** Items in it. */
  readonly size: number;
  /** 0 or less: no bound. */
  readonly maxsize: number;
  /** Items that were put and not marked as done. */
  readonly unfinished: number;
  /** Items that dead threads had taken and not marked as done. */
  readonly lost: number;
  readonly isShutdown: boolean;
  /** Threads and pending Async calls that wait to get, to put, or for the tasks; and all of them. */
  readonly getting: number;
  readonly putting: number;
  readonly joining: number;
  readonly waiting: number;
}

const RING: Store = { offer, take, drain, shrink };
const SHAPE: QueueShape = { kind: KIND.QUEUE, type: "Queue", twoSided: true, entryBytes: SLOT_BYTES };

/**
 * Items from any threads to any threads, first in, first out. Each item is received once.
 *
 * An item is any value that can cross threads: it is copied when it is put; heddle's own objects stay the same.
 *
 * @example
 * ```ts
 * import { Queue, spawn } from "heddle";
 * const jobs = new Queue<number>(10);
 * const worker = spawn(() => {
 *   let sum = 0;
 *   for (const job of jobs) {
 *     sum += job;
 *     jobs.taskDone();
 *   }
 *   return sum;
 * });
 * for (let i = 1; i <= 100; i++) jobs.put(i);
 * jobs.join();
 * jobs.shutdown();
 * console.log(worker.result()); // 5050
 * ```
 */
export class Queue<T = unknown> extends QueueBase<T> {
  readonly #q: Addr;

  /**
   * @param maxsize the most items that it may hold; 0 or less: no bound.
   * @throws TypeError or RangeError for a bad size or option, and in a subclass (use a field instead).
   */
  constructor(maxsize?: number | QueueOptions, options?: Omit<QueueOptions, "maxsize">) {
    const opened = opening ?? madeOf(maxsize) ?? make(new.target, maxsize, options);
    opening = undefined;
    super(opened as Opened<T>);
    this.#q = opened.q;
  }

  /** The most items that it may hold; 0 or less: no bound. It may be set at any time, for all threads. */
  get maxsize(): number {
    return load(field(this.#q, QUEUE.MAXSIZE));
  }

  set maxsize(maxsize: number) {
    setMaxsize(this.#q, checkMaxsize("set maxsize of", labelOf(this), maxsize));
  }

  /** Is there no free place now? */
  full(): boolean {
    return isFull(this.#q);
  }

  /**
   * Says that an item that was got has been dealt with; `join()` waits until all are.
   *
   * @throws InvalidStateError more often than items were put; nothing changed.
   */
  taskDone(): void {
    if (markDone(this.#q, this.seat())) return;
    throw new InvalidStateError(`Cannot mark a task of ${labelOf(this)} as done: all that were put are done`);
  }

  /**
   * Waits until every item that was put has been got and marked by `taskDone()`. True: so it is; false: the timeout
   * passed first.
   *
   * @throws AbandonedTaskError what is left was taken by threads that died, so nobody will mark it; InterruptedError;
   * RangeError or TypeError for a bad timeout.
   */
  join(timeout?: Timeout): boolean {
    const deadline = deadlineOf(timeout);
    const now = lookAtTasks(this.#q);
    if (now !== undefined || deadline === POLL) return this.#joined(now ?? TIMED_OUT);
    return this.#joined(block(tasksWait(this.#q), deadline));
  }

  /** {@link join} without blocking the thread. A signal that aborts rejects with its reason. */
  async joinAsync(timeout?: Timeout): Promise<boolean> {
    const deadline = deadlineOf(timeout);
    const signal = signalOf(timeout);
    signal?.throwIfAborted();
    const now = lookAtTasks(this.#q);
    if (now !== undefined || deadline === POLL) return this.#joined(now ?? TIMED_OUT);
    return this.#joined(await blockAsync(tasksWait(this.#q), deadline, signal));
  }

  /** A snapshot of its state. */
  statistics(): QueueStatistics {
    const getting = lengthOf(field(this.#q, QUEUE.GETTERS));
    const putting = lengthOf(field(this.#q, QUEUE.PUTTERS));
    const joining = lengthOf(field(this.#q, QUEUE.JOINERS));
    return Object.freeze({
      name: this.name,
      size: sizeOf(this.#q),
      maxsize: this.maxsize,
      unfinished: unfinishedOf(this.#q),
      lost: load(field(this.#q, QUEUE.LOST)),
      isShutdown: this.isShutdown,
      getting,
      putting,
      joining,
      waiting: getting + putting + joining,
    });
  }

  /** `<Queue 'jobs' 3/10 items, 2 getting>` */
  override toString(): string {
    const { size, maxsize, isShutdown, getting, putting, joining } = this.statistics();
    const waits = [
      getting > 0 ? `, ${getting} getting` : "",
      putting > 0 ? `, ${putting} putting` : "",
      joining > 0 ? `, ${joining} joining` : "",
    ].join("");
    const bound = maxsize > 0 ? `/${maxsize}` : "";
    return `<${labelOf(this)} ${size}${bound} items${waits}${isShutdown ? ", shut down" : ""}>`;
  }

  #joined(outcome: "done" | "lost" | typeof TIMED_OUT): boolean {
    if (outcome !== "lost") return outcome === "done";
    const lost = load(field(this.#q, QUEUE.LOST));
    const dead = readText(load(field(this.#q, QUEUE.DEAD)) as Addr);
    throw new AbandonedTaskError(
      `Cannot join ${labelOf(this)}: ${lost === 1 ? "a task" : `${lost} tasks`} will never be done, as ${dead} died before taskDone()`,
    );
  }
}

/** The record that the constructor is to open instead of making one. */
let opening: Opened | undefined;

/** What a LifoQueue or a PriorityQueue hands in: it is made already, of other parts. */
function madeOf(given: unknown): Opened | undefined {
  return typeof given === "object" && given !== null && "store" in given ? (given as Opened) : undefined;
}

function make(
  target: unknown,
  maxsize: number | QueueOptions | undefined,
  options: QueueOptions | undefined,
): Opened {
  if (target !== itself) throw new TypeError("Cannot subclass Queue: keep a Queue in a field instead");
  return { q: createFrom(SHAPE, maxsize, options), store: RING, counted: true };
}

registerQueue(SHAPE, RING, (q) => {
  opening = { q, store: RING, counted: true };
  return new Queue();
});

/** The class under a name from outside: bundlers rename a class that names itself inside. */
const itself: typeof Queue = Queue;
shownAsText(Queue);
