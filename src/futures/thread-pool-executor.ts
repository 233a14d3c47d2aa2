/** `ThreadPoolExecutor`: calls on a pool of threads. What its workers do is in worker.ts. */
import { BROKEN, isDeserted, ORPHANED, POOL_OPTION, SHUT, TERMINATED } from "../core/crew.ts";
import { NEVER } from "../core/deadline.ts";
import { POOL } from "../core/future-layout.ts";
import { KIND } from "../core/kind.ts";
import { field, HEADER } from "../core/layout.ts";
import { block, type Wait } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { cores } from "../core/platform.ts";
import { REASON } from "../core/reason.ts";
import { append, backlog, cancelWaiting, nextTag } from "../core/work.ts";
import { type Addr, add, load, store } from "../core/word.ts";
import { BrokenExecutorError, InvalidStateError } from "../errors.ts";
import { bind, handleAt, registerHandle } from "../value/handle.ts";
import { load as loadMessage, store as storeMessage } from "../value/message.ts";
import { shownAsText } from "../value/shown.ts";
import { freeNamed, newRecord } from "../sync/named.ts";
import type { Thread } from "../thread/thread.ts";
import { newTask, setLimit, writeCall } from "./call.ts";
import { type Callable, Executor, type ShutdownOptions } from "./executor.ts";
import { friends } from "./friends.ts";
import { Future } from "./future.ts";
import { reclaimFuture } from "./future-record.ts";
import {
  checkPoolOptions,
  checkShutdownOptions,
  checkTaskOptions,
  type TaskOptions,
  type ThreadPoolExecutorOptions,
} from "./pool-options.ts";
import {
  lineOf,
  newPool,
  poolName,
  poolState,
  releasePool,
  shut,
  summon,
  tellWorkers,
  workerThreads,
} from "./pool.ts";
import { drain, enterPort } from "./port.ts";
import { shipOf } from "./ship.ts";
import { Submitter } from "./unseen.ts";
import { failWaiting } from "./worker.ts";
import "./care.ts";

/** A snapshot of a pool. */
export interface ThreadPoolStatistics {
  readonly name: string;
  /** Workers that have been started and have not ended. */
  readonly workers: number;
  /** Tasks that wait for a worker; cancelled ones count until a worker has passed them. */
  readonly pending: number;
  readonly shutdown: boolean;
  readonly broken: boolean;
}

/**
 * Runs calls on a pool of threads, which are started as they are needed and then kept.
 *
 * A function that is submitted again is sent once, if nothing that it captured can change; its arguments are
 * copied each time. An async function runs to its end in its worker.
 *
 * @example
 * ```ts
 * import { ThreadPoolExecutor } from "heddle";
 * using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
 * const future = pool.submit((a: number, b: number) => a ** b, 2, 10);
 * console.log(future.result(), [...pool.map((n: number) => n * n, [1, 2, 3])]); // 1024 [ 1, 4, 9 ]
 * ```
 */
export class ThreadPoolExecutor extends Executor {
  readonly #record: Addr;
  readonly #pool: Addr;
  readonly #line: Addr;
  readonly #submitter: Submitter;

  /** @throws RangeError or TypeError for bad options; CaptureError when the initializer cannot travel. */
  constructor(options: ThreadPoolExecutorOptions = {}) {
    super();
    this.#record = opening ?? createRecord(options);
    opening = undefined;
    this.#pool = load(field(this.#record, POOL_AT)) as Addr;
    this.#line = lineOf(this.#pool);
    this.#submitter = new Submitter(poolName(this.#pool));
    bind(this, this.#record);
  }

  /** The prefix of its workers' names. */
  get name(): string {
    return this.#submitter.name;
  }

  /**
   * Has `fn(...args)` called by a worker, and returns the future of that call. What cannot travel makes the
   * future fail.
   *
   * @throws InvalidStateError after `shutdown()` or at the program's end; BrokenExecutorError; HeapExhaustedError;
   * TypeError when `fn` is no function.
   */
  override submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
    return this.#submit(fn as Callable, args, 0) as Future<Awaited<R>>;
  }

  /** {@link submit} with options for this one task. */
  submitWith<A extends unknown[], R>(
    options: TaskOptions,
    fn: (...args: A) => R,
    ...args: A
  ): Future<Awaited<R>> {
    return this.#submit(fn as Callable, args, checkTaskOptions(options)) as Future<Awaited<R>>;
  }

  #submit(fn: Callable, args: readonly unknown[], limitMs: number): Future {
    if (typeof fn !== "function")
      throw new TypeError(`Cannot submit task: fn must be a function, got ${typeof fn}`);
    this.#checkOpen();
    drain();
    const tag = nextTag();
    const record = newTask(this.#pool, tag);
    try {
      writeCall(record, fn, args, shipOf(fn));
    } catch (error) {
      reclaimFuture(record);
      return failedFuture(error);
    }
    if (limitMs > 0) setLimit(record, limitMs);
    const future = friends.open(record, this.#submitter);
    enterPort(record, future);
    append(this.#line, record, tag);
    summon(this.#pool);
    return future;
  }

  #checkOpen(): void {
    const state = poolState(this.#pool);
    if (state === 0 && load(HEADER.FINALIZING as Addr) === 0) return;
    if ((state & BROKEN) !== 0) {
      const cause = loadMessage(load(field(this.#pool, POOL.BREAK)) as Addr);
      throw new BrokenExecutorError(`Cannot submit to ${this.name}: the initializer of a worker failed`, {
        cause,
      });
    }
    const why = (state & SHUT) !== 0 ? "it was shut down" : "the program is ending";
    throw new InvalidStateError(`Cannot submit to ${this.name}: ${why}`);
  }

  /**
   * Accepts nothing more. What was submitted is still done, unless `cancelFutures` cancels what has not begun. Waits
   * until the workers have ended, unless `wait` is false.
   *
   * @throws TypeError for bad options; InterruptedError; SelfJoinError when a worker of the pool would wait for itself.
   */
  override shutdown(options?: ShutdownOptions): void {
    const { wait, cancelFutures } = checkShutdownOptions(options);
    const threads = this.#shut(cancelFutures);
    if (!wait) return;
    for (const thread of threads) thread.join();
    block(this.#deserted(), NEVER);
    this.#submitter.report();
  }

  /** {@link shutdown} without blocking the thread. */
  override async shutdownAsync(options?: ShutdownOptions): Promise<void> {
    const { wait, cancelFutures } = checkShutdownOptions(options);
    const threads = this.#shut(cancelFutures);
    if (!wait) return;
    for (const thread of threads) await thread.joinAsync();
    await blockAsync(this.#deserted(), NEVER, undefined);
    this.#submitter.report();
  }

  /** Ends the workers at once, wherever they are. Their tasks fail, and what has not begun is cancelled. Does not wait. */
  terminateWorkers(): void {
    tellWorkers(this.#pool, SHUT | TERMINATED);
    cancelWaiting(this.#line);
    for (const thread of this.#threads()) thread.terminate();
    if (isDeserted(this.#pool)) failWaiting(this.#pool);
  }

  /** A snapshot of its state. */
  statistics(): ThreadPoolStatistics {
    const state = poolState(this.#pool);
    return Object.freeze({
      name: this.name,
      workers: workerThreads(this.#pool).length,
      pending: backlog(this.#line),
      shutdown: (state & SHUT) !== 0,
      broken: (state & BROKEN) !== 0,
    });
  }

  /** `<ThreadPoolExecutor 'ThreadPoolExecutor-0' 2 workers, 3 pending>` */
  override toString(): string {
    const { name, workers, pending, shutdown } = this.statistics();
    return `<ThreadPoolExecutor '${name}' ${workers} workers, ${pending} pending${shutdown ? ", shut down" : ""}>`;
  }

  #threads(): Thread[] {
    return workerThreads(this.#pool).map((record) => handleAt(record) as Thread);
  }

  #shut(cancelFutures: boolean): Thread[] {
    if (cancelFutures) cancelWaiting(this.#line);
    const threads = this.#threads();
    shut(this.#pool);
    if (backlog(this.#line) > 0) summon(this.#pool);
    return threads;
  }

  #deserted(): Wait<true> {
    const pool = this.#pool;
    return {
      addr: field(pool, POOL.STATE),
      reason: REASON.WORK,
      want: 0,
      poll: () => (isDeserted(pool) ? true : undefined),
    };
  }
}

/** The executor's own record: what its handles refer to. The workers have the pool's. */
const POOL_AT = 8;
const NAME_AT = 12;
let opening: Addr | undefined;

function createRecord(options: ThreadPoolExecutorOptions): Addr {
  checkPoolOptions(options);
  const { initializer, initargs } = options;
  const init =
    initializer === undefined || initializer === null
      ? (0 as Addr)
      : storeMessage([initializer, initargs ?? []], "initializer");
  const number = add(HEADER.NEXT_POOL as Addr, 1);
  const pool = newPool({
    name: options.threadNamePrefix || `ThreadPoolExecutor-${number}`,
    size: options.maxWorkers ?? cores,
    runs: options.concurrency ?? 1,
    options:
      (options.daemon === true ? POOL_OPTION.DAEMON : 0) |
      (options.cancelOnError === true ? POOL_OPTION.CANCEL_ON_ERROR : 0),
    init,
  });
  const record = newRecord(KIND.EXECUTOR, NAME_AT, undefined);
  store(field(record, POOL_AT), pool);
  return record;
}

/** A task that could not be sent: its future has that error. */
function failedFuture(error: unknown): Future {
  const future = new Future();
  future.setException(error);
  return future;
}

registerHandle({
  kind: KIND.EXECUTOR,
  name: "ThreadPoolExecutor",
  create: (record) => {
    opening = record;
    return new ThreadPoolExecutor();
  },
  // Nobody can submit any more: what was submitted is done, then the workers end.
  reclaim: (record) => {
    const pool = load(field(record, POOL_AT)) as Addr;
    freeNamed(record, NAME_AT);
    tellWorkers(pool, ORPHANED);
    releasePool(pool);
  },
});

shownAsText(ThreadPoolExecutor);
