/** `Pool`: multiprocessing's pool of processes. */
import { deadlineOf, remaining, type Timeout } from "../core/deadline.ts";
import { block, TIMED_OUT } from "../core/park.ts";
import { KIND } from "../core/kind.ts";
import { field } from "../core/layout.ts";
import { PROCESS_POOL } from "../core/process-layout.ts";
import { type Addr, load, or } from "../core/word.ts";
import { InvalidStateError } from "../errors.ts";
import type { Callable } from "../futures/executor.ts";
import type { Future } from "../futures/future.ts";
import { asCompleted } from "../futures/as-completed.ts";
import { Submitter } from "../futures/unseen.ts";
import { shownAsText } from "../value/shown.ts";
import { bind, registerHandle } from "../value/handle.ts";
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

/** Called with the value, or with the error, of a call. */
export interface Callbacks<R> {
  callback?: ((value: R) => void) | undefined;
  errorCallback?: ((error: unknown) => void) | undefined;
}

/** What a call of a pool will give. It can be awaited. */
export class AsyncResult<R = unknown> implements PromiseLike<R> {
  readonly #futures: readonly Future[];
  readonly #combine: (values: unknown[]) => R;
  #told = false;

  constructor(futures: readonly Future[], combine: (values: unknown[]) => R, callbacks: Callbacks<R> = {}) {
    this.#futures = futures;
    this.#combine = combine;
    if (callbacks.callback === undefined && callbacks.errorCallback === undefined) return;
    if (futures.length === 0) queueMicrotask(() => this.#tell(callbacks));
    for (const future of futures) {
      future.addDoneCallback(() => {
        if (this.ready()) this.#tell(callbacks);
      });
    }
  }

  #tell({ callback, errorCallback }: Callbacks<R>): void {
    if (this.#told) return;
    this.#told = true;
    let value: R;
    try {
      value = this.get();
    } catch (error) {
      errorCallback?.(error);
      return;
    }
    callback?.(value);
  }

  /** Waits for the value, or throws what the call threw; when every part is done. @throws TimeoutError */
  get(timeout?: Timeout): R {
    const deadline = deadlineOf(timeout);
    for (const future of this.#futures) future.exception(remaining(deadline));
    return this.#combine(this.#futures.map((future) => future.result(0)));
  }

  /** Waits until it is done. False: the timeout passed first. */
  wait(timeout?: Timeout): boolean {
    const deadline = deadlineOf(timeout);
    try {
      for (const future of this.#futures) future.exception(remaining(deadline));
    } catch (error) {
      if ((error as Error).name !== "TimeoutError") throw error;
      return false;
    }
    return true;
  }

  /** Is it done? */
  ready(): boolean {
    return this.#futures.every((future) => future.done());
  }

  /** Did it succeed? @throws InvalidStateError when it is not done. */
  successful(): boolean {
    if (!this.ready()) throw new InvalidStateError("Cannot tell success of a result: it is not ready");
    return this.#futures.every((future) => future.exception(0) === undefined);
  }

  /** Makes it a promise. */
  // oxlint-disable-next-line unicorn/no-thenable -- a result can be awaited, as a future can
  then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return Promise.allSettled(this.#futures)
      .then(() => this.get(0))
      .then(onFulfilled, onRejected);
  }
}

/** Calls `fn` for each of some argument lists: what a chunk of a map is. */
export async function callChunk(
  fn: (...args: unknown[]) => unknown,
  chunk: readonly (readonly unknown[])[],
): Promise<unknown[]> {
  const values: unknown[] = [];
  for (const args of chunk) values.push(await fn(...args));
  return values;
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
export class Pool implements Disposable {
  readonly #record: Addr;
  readonly #submitter: Submitter;

  /** @throws RangeError or TypeError for bad options. */
  constructor(options: number | PoolOptions = {}) {
    const opened = opening;
    opening = undefined;
    this.#record = opened ?? createWorkers(options);
    this.#submitter = new Submitter(poolStatistics(this.#record).name);
    bind(this, this.#record);
  }

  /** Told by its record: other threads may have it, too. */
  get #state(): "open" | "closed" | "terminated" {
    const state = load(field(this.#record, PROCESS_POOL.STATE));
    if ((state & POOL_STATE.TERMINATED) !== 0) return "terminated";
    return (state & POOL_STATE.SHUT) !== 0 ? "closed" : "open";
  }

  #submit(fn: Callable, args: readonly unknown[]): Future {
    if (this.#state !== "open") throw new InvalidStateError(`Cannot use Pool: it is ${this.#state}`);
    if (typeof fn !== "function")
      throw new TypeError(`Cannot call function: it must be a function, got ${typeof fn}`);
    return submitTo(this.#record, this.#submitter, fn, args);
  }

  #chunks(fn: Callable, lists: Iterable<readonly unknown[]>, chunksize: number | undefined): Future[] {
    if (this.#state !== "open") throw new InvalidStateError(`Cannot use Pool: it is ${this.#state}`);
    const all = [...lists];
    const size =
      chunksize ?? Math.max(1, Math.ceil(all.length / (poolStatistics(this.#record).maxWorkers * 4)));
    checkWhole("map over iterable", "chunksize", size, 1);
    const futures: Future[] = [];
    for (let i = 0; i < all.length; i += size)
      futures.push(this.#submit(callChunk, [fn, all.slice(i, i + size)]));
    return futures;
  }

  /** Calls `fn(...args)` in a worker and waits for its value. */
  apply<A extends unknown[], R>(fn: (...args: A) => R, args?: A): Awaited<R> {
    return this.applyAsync(fn, args).get();
  }
  /** Calls `fn(...args)` in a worker. */
  applyAsync<A extends unknown[], R>(
    fn: (...args: A) => R,
    args: A = [] as unknown as A,
    callbacks?: Callbacks<Awaited<R>>,
  ): AsyncResult<Awaited<R>> {
    return new AsyncResult([this.#submit(fn as Callable, args)], ([value]) => value as Awaited<R>, callbacks);
  }

  /** The values of `fn` for each item, in order. All are waited for, also when one throws. */
  map<T, R>(fn: (item: T) => R, items: Iterable<T>, chunksize?: number): Awaited<R>[] {
    return this.mapAsync(fn, items, chunksize).get();
  }
  /** {@link map} without waiting. */
  mapAsync<T, R>(
    fn: (item: T) => R,
    items: Iterable<T>,
    chunksize?: number,
    callbacks?: Callbacks<Awaited<R>[]>,
  ): AsyncResult<Awaited<R>[]> {
    return this.starmapAsync(fn, singles(items), chunksize, callbacks);
  }
  /** As {@link map}; each item is a list of arguments. */
  starmap<A extends unknown[], R>(
    fn: (...args: A) => R,
    items: Iterable<A>,
    chunksize?: number,
  ): Awaited<R>[] {
    return this.starmapAsync(fn, items, chunksize).get();
  }
  /** {@link starmap} without waiting. */
  starmapAsync<A extends unknown[], R>(
    fn: (...args: A) => R,
    items: Iterable<A>,
    chunksize?: number,
    callbacks?: Callbacks<Awaited<R>[]>,
  ): AsyncResult<Awaited<R>[]> {
    const futures = this.#chunks(fn as Callable, items, chunksize);
    return new AsyncResult(futures, (values) => values.flat(1) as Awaited<R>[], callbacks);
  }

  /** The values of `fn` for each item, one after the other, in order, as they are asked for. */
  *imap<T, R>(fn: (item: T) => R, items: Iterable<T>, chunksize: number = 1): Generator<Awaited<R>> {
    checkWhole("map over iterable", "chunksize", chunksize, 1);
    const { futures, error } = this.#fill(fn as Callable, items, chunksize);
    for (const future of futures) yield* future.result() as Awaited<R>[];
    if (error !== undefined) throw error.reason;
  }
  /** As {@link imap}, in the order in which they are ready. */
  *imapUnordered<T, R>(fn: (item: T) => R, items: Iterable<T>, chunksize: number = 1): Generator<Awaited<R>> {
    checkWhole("map over iterable", "chunksize", chunksize, 1);
    const { futures, error } = this.#fill(fn as Callable, items, chunksize);
    for (const future of asCompleted(futures)) yield* future.result() as Awaited<R>[];
    if (error !== undefined) throw error.reason;
  }

  /** Submits what an iterable gives, up to the error that it may throw. */
  #fill(
    fn: Callable,
    items: Iterable<unknown>,
    size: number,
  ): { futures: Future[]; error: { reason: unknown } | undefined } {
    const futures: Future[] = [];
    let chunk: unknown[][] = [];
    let error: { reason: unknown } | undefined;
    const flush = (): void => {
      if (chunk.length > 0) futures.push(this.#submit(callChunk, [fn, chunk]));
      chunk = [];
    };
    try {
      for (const item of items) if (chunk.push([item]) === size) flush();
    } catch (reason) {
      error = { reason };
    }
    flush();
    return { futures, error };
  }

  /** Takes nothing more; the workers end when all is done. */
  close(): void {
    if (this.#state !== "open") return;
    shutDown(this.#record, false);
  }
  /** Ends the workers at once; what was not done fails. */
  terminate(): void {
    const state = field(this.#record, PROCESS_POOL.STATE);
    if ((or(state, POOL_STATE.TERMINATED) & POOL_STATE.TERMINATED) !== 0) return;
    this.#submitter.force();
    forceEnd(this.#record, "SIGTERM");
  }
  /**
   * Waits until the workers have ended, and then reports the errors of calls that nobody has looked at.
   *
   * @throws InvalidStateError while the pool is open.
   */
  join(timeout?: Timeout): boolean {
    if (this.#state === "open")
      throw new InvalidStateError("Cannot join Pool: it is open; close or terminate it first");
    const deadline = deadlineOf(timeout);
    const wait = endWait(this.#record);
    if (block(wait, deadline < bounded() ? deadline : bounded()) === TIMED_OUT) return false;
    this.#submitter.report();
    return true;
  }
  /** The end of `using pool = …`: terminates it, as in Python. */
  [Symbol.dispose](): void {
    this.terminate();
    this.#submitter.report();
  }

  /** A snapshot of its state. */
  statistics(): ProcessPoolStatistics {
    return poolStatistics(this.#record);
  }
  /** `<Pool 2 workers, open>` */
  toString(): string {
    return `<Pool ${this.statistics().workers} workers, ${this.#state}>`;
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

function* singles<T>(items: Iterable<T>): Generator<[T]> {
  for (const item of items) yield [item];
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
