/** What the pools of Python's `multiprocessing` have in common, over an executor. */
import { InvalidStateError } from "../errors.ts";
import { type BothWays, asCompleted } from "./as-completed.ts";
import { AsyncResult, type Callbacks } from "./async-result.ts";
import type { ChunkResult } from "./chunk.ts";
import type { Callable, Executor } from "./executor.ts";
import type { Future } from "./future.ts";

/** An executor that can end its workers at once. */
export interface PoolExecutor extends Executor {
  terminateWorkers(): void;
  /** Submits some calls of one map as one task. */
  submitCalls(fn: Callable, items: readonly unknown[], spread: boolean): Future<ChunkResult>;
}

/** Tasks for each worker that a map without a chunksize makes. */
const TASKS_A_WORKER = 4;

/** A pool of workers with the methods of Python's `multiprocessing.Pool`. `ThreadPool` is one of threads. */
export class WorkerPool {
  readonly #executor: PoolExecutor;
  readonly #size: number;
  #closed = false;

  /** For subclasses: the executor that does the work, and how many workers it has at most. */
  constructor(executor: PoolExecutor, size: number) {
    this.#executor = executor;
    this.#size = size;
  }

  /** Calls `fn(...args)` in a worker, waits, and returns what it returned. */
  apply<A extends unknown[], R>(fn: (...args: A) => R, args?: A): Awaited<R> {
    return this.#submit(fn, args).result();
  }

  /** Has `fn(...args)` called in a worker. */
  applyAsync<A extends unknown[], R>(
    fn: (...args: A) => R,
    args?: A,
    callbacks: Callbacks<Awaited<R>> = {},
  ): AsyncResult<Awaited<R>> {
    return new AsyncResult([this.#submit(fn, args)], ([future]) => future?.result() as Awaited<R>, callbacks);
  }

  /** The results of `fn` over the items, in their order. Waits for all of them. */
  map<T, R>(fn: (item: T) => R, items: Iterable<T>, chunksize?: number): Awaited<R>[] {
    return this.mapAsync(fn, items, chunksize).get();
  }

  /** {@link map} without waiting. */
  mapAsync<T, R>(
    fn: (item: T) => R,
    items: Iterable<T>,
    chunksize?: number,
    callbacks: Callbacks<Awaited<R>[]> = {},
  ): AsyncResult<Awaited<R>[]> {
    return this.#mapAsync(fn, [...items], chunksize, false, callbacks);
  }

  /** {@link map} with several arguments for each call: `fn(...item)`. */
  starmap<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    items: Iterable<A>,
    chunksize?: number,
  ): Awaited<R>[] {
    return this.starmapAsync(fn, items, chunksize).get();
  }

  /** {@link starmap} without waiting. */
  starmapAsync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    items: Iterable<A>,
    chunksize?: number,
    callbacks: Callbacks<Awaited<R>[]> = {},
  ): AsyncResult<Awaited<R>[]> {
    return this.#mapAsync(fn as Callable, [...items], chunksize, true, callbacks);
  }

  /** The results of `fn` over the items, in their order, as they come: for `for` and `for await`. */
  imap<T, R>(fn: (item: T) => R, items: Iterable<T>, chunksize = 1): BothWays<Awaited<R>> {
    this.#checkOpen();
    return this.#executor.map(fn, items, { chunksize });
  }

  /** {@link imap} in the order in which the results come. */
  imapUnordered<T, R>(fn: (item: T) => R, items: Iterable<T>, chunksize = 1): BothWays<Awaited<R>> {
    this.#checkOpen();
    const chunks = asCompleted(this.#chunks(fn, [...items], chunksize, false));
    return {
      *[Symbol.iterator]() {
        for (const future of chunks) yield* valuesOf(future.result()) as Awaited<R>[];
      },
      async *[Symbol.asyncIterator]() {
        for await (const future of chunks) yield* valuesOf(future.result()) as Awaited<R>[];
      },
    };
  }

  /** Accepts nothing more; what was submitted is still done. */
  close(): void {
    this.#closed = true;
    this.#executor.shutdown({ wait: false });
  }

  /** Ends the workers at once, wherever they are. */
  terminate(): void {
    this.#closed = true;
    this.#executor.terminateWorkers();
  }

  /**
   * Waits until the workers have ended.
   *
   * @throws InvalidStateError before `close()` or `terminate()`.
   */
  join(): void {
    this.#checkClosed();
    this.#executor.shutdown();
  }

  /** {@link join} without blocking the thread. */
  async joinAsync(): Promise<void> {
    this.#checkClosed();
    await this.#executor.shutdownAsync();
  }

  /** The end of `using pool = …`: terminates it, as Python's `with` does. */
  [Symbol.dispose](): void {
    this.terminate();
    this.join();
  }

  /** The end of `await using pool = …`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.terminate();
    await this.joinAsync();
  }

  #checkOpen(): void {
    if (this.#closed) throw new InvalidStateError("Cannot submit to pool: it was closed");
  }

  #checkClosed(): void {
    if (!this.#closed) throw new InvalidStateError("Cannot join pool: it is still open; close it first");
  }

  #submit<A extends unknown[], R>(fn: (...args: A) => R, args: A | undefined): Future<Awaited<R>> {
    this.#checkOpen();
    return this.#executor.submit(fn, ...(args ?? ([] as unknown as A)));
  }

  #mapAsync<R>(
    fn: Callable,
    items: unknown[],
    chunksize: number | undefined,
    spread: boolean,
    callbacks: Callbacks<Awaited<R>[]>,
  ): AsyncResult<Awaited<R>[]> {
    this.#checkOpen();
    const size = chunksize ?? Math.max(1, Math.ceil(items.length / (this.#size * TASKS_A_WORKER)));
    const combine = (futures: readonly Future[]): Awaited<R>[] =>
      futures.flatMap((future) => valuesOf(future.result() as ChunkResult)) as Awaited<R>[];
    return new AsyncResult(this.#chunks(fn, items, size, spread), combine, callbacks);
  }

  #chunks(fn: Callable, items: unknown[], size: number, spread: boolean): Future<ChunkResult>[] {
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(
        `Cannot map over items: chunksize must be a whole number of 1 or more, got ${size}`,
      );
    const futures: Future<ChunkResult>[] = [];
    for (let i = 0; i < items.length; i += size)
      futures.push(this.#executor.submitCalls(fn, items.slice(i, i + size), spread));
    return futures;
  }
}

function valuesOf({ values, failed, error }: ChunkResult): unknown[] {
  if (failed) throw error;
  return Array.from(values);
}
