/** `ProcessPoolExecutor`: calls that run in processes of a pool. */
import { FUTURE } from "../core/future-layout.ts";
import { KIND } from "../core/kind.ts";
import { i32 } from "../core/memory.ts";
import { field } from "../core/layout.ts";
import { block } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { PROCESS_POOL } from "../core/process-layout.ts";
import { REASON } from "../core/reason.ts";
import { flagWait } from "../core/sequence.ts";
import { readText } from "../core/text.ts";
import { type Addr, load, now, or } from "../core/word.ts";
import type { Deadline } from "../core/deadline.ts";
import { BrokenExecutorError, InvalidStateError, ProcessError } from "../errors.ts";
import { type Callable, Executor, type ShutdownOptions } from "../futures/executor.ts";
import { friends } from "../futures/friends.ts";
import type { Future } from "../futures/future.ts";
import { reclaimFuture } from "../futures/future-record.ts";
import { drain, enterPort } from "../futures/port.ts";
import { newTask } from "../futures/call.ts";
import { Submitter } from "../futures/unseen.ts";
import { checkKeys } from "../sync/named.ts";
import { bind, registerHandle, release } from "../value/handle.ts";
import { shownAsText } from "../value/shown.ts";
import { call, enlist, newPoolTask, packed, post } from "./calls.ts";
import { identity, newId } from "./identity.ts";
import { cpuCount } from "./platform.ts";
import { newPoolRecord, POOL_STATE, poolId } from "./pool-record.ts";
import { serveTasks } from "./pool-worker.ts";
import { checkWhole } from "./waiting.ts";

/** Options of a {@link ProcessPoolExecutor}. */
export interface ProcessPoolOptions {
  /** The most processes. Default: the number of cores. */
  maxWorkers?: number | null | undefined;
  /** Called first in each worker. */
  initializer?: ((...args: never[]) => unknown) | null | undefined;
  initargs?: readonly unknown[] | undefined;
  /** A worker is replaced when it has done so many tasks. Default: never. */
  maxTasksPerChild?: number | null | undefined;
}

const KEYS = ["maxWorkers", "initializer", "initargs", "maxTasksPerChild"] as const;

/** A snapshot of a process pool. */
export interface ProcessPoolStatistics {
  readonly name: string;
  readonly maxWorkers: number;
  /** Processes that work for it now. */
  readonly workers: number;
  /** Processes that were started for it. */
  readonly started: number;
  readonly broken: boolean;
  /** It takes nothing more. */
  readonly shut: boolean;
}

/** The record that the constructor is to open instead of making one. */
let opening: Addr | undefined;

/**
 * Runs calls in processes. What a task uses is copied; a task that crashes its process breaks the pool, and nothing
 * else.
 *
 * @example
 * ```ts
 * import { ProcessPoolExecutor } from "heddle/multiprocessing";
 * using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
 * console.log([...pool.map((n: number) => n * n, [1, 2, 3])]); // [ 1, 4, 9 ]
 * ```
 */
export class ProcessPoolExecutor extends Executor {
  readonly #record: Addr;
  readonly #submitter: Submitter;

  /** @throws TypeError or RangeError for bad options. */
  constructor(options: ProcessPoolOptions = {}) {
    super();
    const opened = opening;
    opening = undefined;
    this.#record = opened ?? createPool("ProcessPoolExecutor", options, false);
    this.#submitter = new Submitter(nameOf(this.#record));
    bind(this, this.#record);
  }

  #state(): number {
    return load(field(this.#record, PROCESS_POOL.STATE));
  }

  /**
   * Has `fn(...args)` called in a worker, and returns the future of that call.
   *
   * @throws CaptureError; InvalidStateError after shutdown; BrokenExecutorError when a worker has died.
   */
  override submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
    if (typeof fn !== "function")
      throw new TypeError(`Cannot submit task: it must be a function, got ${typeof fn}`);
    const state = this.#state();
    if ((state & POOL_STATE.BROKEN) !== 0)
      throw new BrokenExecutorError(`Cannot submit to ${nameOf(this.#record)}: the pool is broken`);
    if ((state & POOL_STATE.SHUT) !== 0)
      throw new InvalidStateError(`Cannot submit to ${nameOf(this.#record)}: it was shut down`);
    return submitTo(this.#record, this.#submitter, fn, args) as Future<Awaited<R>>;
  }

  /**
   * Accepts nothing more, and lets the workers end when all is done. Waits for that, unless `wait` is false, and then
   * reports the errors of tasks that nobody has looked at.
   */
  override shutdown({ wait = true, cancelFutures = false }: ShutdownOptions = {}): void {
    shutDown(this.#record, cancelFutures);
    if (!wait) return;
    block(endWait(this.#record), bounded());
    this.#submitter.report();
  }

  /** {@link shutdown} without blocking the thread. */
  override async shutdownAsync({ wait = true, cancelFutures = false }: ShutdownOptions = {}): Promise<void> {
    shutDown(this.#record, cancelFutures);
    if (!wait) return;
    await blockAsync(endWait(this.#record), bounded(), undefined);
    this.#submitter.report();
  }

  /** Ends the workers at once: SIGTERM. What was not done fails with BrokenExecutorError. */
  terminateWorkers(): void {
    this.#force("SIGTERM");
  }
  /** Ends the workers at once: SIGKILL. What was not done fails with BrokenExecutorError. */
  killWorkers(): void {
    this.#force("SIGKILL");
  }
  #force(signal: NodeJS.Signals): void {
    this.#submitter.force();
    forceEnd(this.#record, signal);
  }

  /** A snapshot of its state. */
  statistics(): ProcessPoolStatistics {
    return poolStatistics(this.#record);
  }

  /** `<ProcessPoolExecutor 'ProcessPoolExecutor-1' 2 of 4 workers>` */
  override toString(): string {
    const { name, workers, maxWorkers } = this.statistics();
    return `<ProcessPoolExecutor '${name}' ${workers} of ${maxWorkers} workers>`;
  }
}

function nameOf(record: Addr): string {
  return readText(load(field(record, PROCESS_POOL.NAME)) as Addr);
}

/** A snapshot of a pool. */
export function poolStatistics(record: Addr): ProcessPoolStatistics {
  const word = (offset: number): number => load(field(record, offset));
  return Object.freeze({
    name: nameOf(record),
    maxWorkers: word(PROCESS_POOL.MAX),
    workers: word(PROCESS_POOL.WORKERS),
    started: word(PROCESS_POOL.STARTED),
    broken: (word(PROCESS_POOL.STATE) & POOL_STATE.BROKEN) !== 0,
    shut: (word(PROCESS_POOL.STATE) & POOL_STATE.SHUT) !== 0,
  });
}

/** Makes a pool; `replaces`: a worker that dies is replaced, and all are started at once. */
export function createPool(type: string, options: ProcessPoolOptions, replaces: boolean): Addr {
  const { maxWorkers, initializer, initargs = [], maxTasksPerChild } = options;
  if (!replaces) checkKeys(`create ${type}`, options, KEYS);
  const max = maxWorkers ?? cpuCount();
  checkWhole(`create ${type}`, "maxWorkers", max, 1);
  if (maxTasksPerChild !== undefined && maxTasksPerChild !== null)
    checkWhole(`create ${type}`, "maxTasksPerChild", maxTasksPerChild, 1);
  if (initializer !== undefined && initializer !== null && typeof initializer !== "function")
    throw new TypeError(`Cannot create ${type}: initializer must be a function, got ${typeof initializer}`);
  if (identity()?.daemon === true)
    throw new ProcessError(`Cannot create ${type}: a daemon process has no children`);
  const kind = replaces ? KIND.WORKER_PROCESSES : KIND.PROCESS_POOL;
  const record = newPoolRecord(kind, `${type}-${newId().split("_").at(-1)}`, max);
  const args = [poolId(record), initializer ?? undefined, initargs];
  const work = packed({ target: serveTasks, args }, "initializer");
  const request = {
    object: poolId(record),
    method: "create",
    text: replaces ? "replaces" : "",
    ...work,
  };
  const reply = call({ ...request, numbers: [maxTasksPerChild ?? Infinity] }, true);
  if (reply.status === "") return record;
  block(endWait(record), bounded()); // those of its workers that had been started
  release(record);
  throw new ProcessError(`Cannot create ${type}: ${reply.text}`);
}

/** Submits a call to a pool. */
export function submitTo(pool: Addr, submitter: Submitter, fn: Callable, args: readonly unknown[]): Future {
  drain();
  const record = newTask(pool, 0);
  let task: Addr;
  try {
    const { message, refs } = packed({ fn, args }, "task");
    i32[(record + FUTURE.JOB) >> 2] = message;
    task = newPoolTask(pool, record, refs);
  } catch (error) {
    reclaimFuture(record);
    throw error;
  }
  const future = friends.open(record, submitter);
  enterPort(record, future);
  enlist(task);
  return future;
}

/** Tells a pool to take nothing more. */
export function shutDown(record: Addr, cancelFutures: boolean): void {
  or(field(record, PROCESS_POOL.STATE), POOL_STATE.SHUT);
  call({ object: poolId(record), method: "shutdown", numbers: [cancelFutures ? 1 : 0] }, true);
}

/** Ends a pool's workers at once. */
export function forceEnd(record: Addr, signal: NodeJS.Signals): void {
  call({ object: poolId(record), method: "force", text: signal }, true);
}

/** The wait until nothing is left of a pool. */
export function endWait(record: Addr): ReturnType<typeof flagWait> {
  return flagWait(field(record, PROCESS_POOL.STATE), POOL_STATE.ENDED, REASON.POOL_END);
}

/** Waits for processes are no deadlocks among threads: they get an end, far away. */
export function bounded(): Deadline {
  return (now() + 2 ** 40) as Deadline;
}

/** Nobody can submit any more: what was submitted is done, then the workers end, and its supervisor frees the record. */
export function desertPool(record: Addr): void {
  post({ object: poolId(record), method: "desert" });
}

registerHandle({
  kind: KIND.PROCESS_POOL,
  name: "ProcessPoolExecutor",
  instead: "make one inside of the body",
  create: (record) => {
    opening = record;
    return new ProcessPoolExecutor();
  },
  reclaim: desertPool,
});
shownAsText(ProcessPoolExecutor);
