/** `Pool`: multiprocessing's pool of processes. */
import { type Deadline, deadlineOf, NEVER, type Timeout } from "../core/deadline.ts";
import { KIND } from "../core/kind.ts";
import { field } from "../core/layout.ts";
import { block, TIMED_OUT } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { PROCESS_POOL } from "../core/process-layout.ts";
import { type Addr, load, or } from "../core/word.ts";
import { InvalidStateError } from "../errors.ts";
import { Executor, type ShutdownOptions } from "../futures/executor.ts";
import type { Future } from "../futures/future.ts";
import { Submitter } from "../futures/unseen.ts";
import { type PoolExecutor, WorkerPool } from "../futures/worker-pool.ts";
import { bind, registerHandle } from "../value/handle.ts";
import { shownAsText } from "../value/shown.ts";
import {
  bounded,
  createPool,
  desertPool,
  endWait,
  forceEnd,
  poolStatistics,
  type ProcessPoolStatistics,
  shutDown,
  submitTo,
} from "./executor.ts";
import { warn } from "./platform.ts";
import { POOL_STATE } from "./pool-record.ts";
import { checkWhole } from "./waiting.ts";

/** Options of a {@link Pool}. */
export interface PoolOptions {
  /** How many processes. Default: the number of cores. */
  processes?: number | null | undefined;
  initializer?: ((...args: never[]) => unknown) | null | undefined;
  initargs?: readonly unknown[] | undefined;
  /** A worker is replaced when it has done so many tasks. Default: never. */
  maxTasksPerChild?: number | null | undefined;
}

/** Runs the calls of a {@link Pool}. */
class PoolWorkers extends Executor implements PoolExecutor {
  readonly #record: Addr;
  readonly #submitter: Submitter;

  constructor(record: Addr) {
    super();
    this.#record = record;
    this.#submitter = new Submitter(poolStatistics(record).name);
  }

  /** Told by its record: other threads may have it, too. */
  get state(): "open" | "closed" | "terminated" {
    const state = load(field(this.#record, PROCESS_POOL.STATE));
    if ((state & POOL_STATE.TERMINATED) !== 0) return "terminated";
    return (state & POOL_STATE.SHUT) !== 0 ? "closed" : "open";
  }

  override submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
    if (this.state !== "open") throw new InvalidStateError(`Cannot use Pool: it is ${this.state}`);
    if (typeof fn !== "function")
      throw new TypeError(`Cannot call function: it must be a function, got ${typeof fn}`);
    return submitTo(this.#record, this.#submitter, fn, args) as Future<Awaited<R>>;
  }

  override shutdown({ wait = true }: ShutdownOptions = {}): void {
    if (this.state === "open") shutDown(this.#record, false);
    if (wait) this.join(NEVER);
  }

  override async shutdownAsync({ wait = true }: ShutdownOptions = {}): Promise<void> {
    if (this.state === "open") shutDown(this.#record, false);
    if (!wait) return;
    await blockAsync(endWait(this.#record), bounded(), undefined);
    this.report();
  }

  /** Waits until the workers have ended. False: the deadline passes first. */
  join(deadline: Deadline): boolean {
    const until = deadline < bounded() ? deadline : bounded();
    if (block(endWait(this.#record), until) === TIMED_OUT) return false;
    this.report();
    return true;
  }

  terminateWorkers(): void {
    const state = field(this.#record, PROCESS_POOL.STATE);
    if ((or(state, POOL_STATE.TERMINATED) & POOL_STATE.TERMINATED) !== 0) return;
    this.#submitter.force();
    forceEnd(this.#record, "SIGTERM");
  }

  /** Reports the errors of calls that nobody has looked at. */
  report(): void {
    this.#submitter.report();
  }

  statistics(): { readonly shutdown: boolean } {
    return { shutdown: this.state !== "open" };
  }
}

/**
 * A pool of processes, all started at once. A worker that dies is replaced; the call that it was at fails.
 *
 * @example
 * ```ts
 * import { Pool } from "heddle/multiprocessing";
 * using pool = new Pool(2);
 * console.log(pool.map((n: number) => n * n, [1, 2, 3])); // [ 1, 4, 9 ]
 * ```
 */
export class Pool extends WorkerPool implements Disposable {
  readonly #record: Addr;
  readonly #workers: PoolWorkers;

  /** @throws RangeError or TypeError for bad options. */
  constructor(options: number | PoolOptions = {}) {
    const record = opening ?? createWorkers(options);
    opening = undefined;
    const workers = new PoolWorkers(record);
    super(workers, poolStatistics(record).maxWorkers);
    this.#record = record;
    this.#workers = workers;
    bind(this, record);
  }

  /**
   * Waits until the workers have ended, and then reports the errors of calls that nobody has looked at. False: the
   * timeout passed first.
   *
   * @throws InvalidStateError while the pool is open.
   */
  override join(timeout?: Timeout): boolean {
    this.checkClosed();
    return this.#workers.join(deadlineOf(timeout));
  }

  /** The end of `using pool = …`: terminates it, as in Python. */
  override [Symbol.dispose](): void {
    this.terminate();
    this.#workers.report();
  }

  /** A snapshot of its state. */
  statistics(): ProcessPoolStatistics {
    return poolStatistics(this.#record);
  }
  /** `<Pool 2 workers, open>` */
  override toString(): string {
    return `<Pool ${this.statistics().workers} workers, ${this.#workers.state}>`;
  }
}

/** The record that the constructor is to open instead of making one. */
let opening: Addr | undefined;

function createWorkers(options: number | PoolOptions): Addr {
  const { processes, initializer, initargs, maxTasksPerChild } =
    typeof options === "number" ? ({ processes: options } as PoolOptions) : options;
  if (processes !== undefined && processes !== null) checkWhole("create Pool", "processes", processes, 1);
  return createPool("Pool", { maxWorkers: processes, initializer, initargs, maxTasksPerChild }, true);
}

registerHandle({
  kind: KIND.WORKER_PROCESSES,
  name: "Pool",
  instead: "make one inside of the body",
  create: (record) => {
    opening = record;
    return new Pool();
  },
  reclaim: (record) => {
    const { name, shut } = poolStatistics(record);
    if (!shut) warn(`${name} was still open when it became garbage: close() or terminate() it`);
    desertPool(record);
  },
});
shownAsText(Pool);
