/** What the pools of Python's `multiprocessing` have in common, over an executor. */
import { InvalidStateError } from "../errors.ts";
import { asCompleted } from "./as-completed.ts";
import { AsyncResult, type Callbacks } from "./async-result.ts";
import type { ChunkResult } from "./chunk.ts";
import type { Callable, Executor } from "./executor.ts";
import type { Future } from "./future.ts";
import { waitAsync } from "./wait.ts";

/** An executor that can end its workers at once. */
export interface PoolExecutor extends Executor {
  terminateWorkers(): void;
  /** Has it been told to take nothing more? */
  statistics(): { readonly shutdown: boolean };
  /** Submits some calls of one map as one task. */
  submitCalls(fn: Callable, items: readonly unknown[], spread: boolean): Future<ChunkResult>;
}

/** Tasks for each worker that a map without a chunksize makes. */
const TASKS_A_WORKER = 4;

/**
 * A pool of workers with the methods of Python's `multiprocessing.Pool`: `ThreadPool` is one of threads, `Pool` one of
 * processes.
 */
export class WorkerPool {
  // Nothing is #private here: another thread that the pool is sent to gets one over the same executor.
  private readonly executor: PoolExecutor;
  private readonly size: number;

  /** For subclasses: the executor that does the work, and how many workers it has at most. */
  constructor(executor: PoolExecutor, size: number) {
    this.executor = executor;
    this.size = size;
  }

  /** Calls `fn(...args)` in a worker, waits, and returns what it returned. */
  apply<A extends unknown[], R>(fn: (...args: A) => R, args?: A): Awaited<R> {
    return this.submit(fn, args).result();
  }

  /** Has `fn(...args)` called in a worker. */
  applyAsync<A extends unknown[], R>(
    fn: (...args: A) => R,
    args?: A,
    callbacks: Callbacks<Awaited<R>> = {},
  ): AsyncResult<Awaited<R>> {
    return new AsyncResult([this.submit(fn, args)], ([future]) => future?.result() as Awaited<R>, callbacks);
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
    return this.mapList(fn, [...items], chunksize, false, callbacks);
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
    return this.mapList(fn as Callable, [...items], chunksize, true, callbacks);
  }

  /**
   * The results of `fn` over the items, in their order, as they come: for `for` and for `for await`. When the iterable
   * throws, its error comes after the results of the items before it.
   */
  imap<T, R>(fn: (item: T) => R, items: Iterable<T>, chunksize = 1): PoolResults<Awaited<R>> {
    const { futures, error } = this.submitAll(fn, items, chunksize);
    return bothWays(blocking(futures, error), awaiting(inTurn(futures), error)) as PoolResults<Awaited<R>>;
  }

  /** {@link imap} in the order in which the results come. */
  imapUnordered<T, R>(fn: (item: T) => R, items: Iterable<T>, chunksize = 1): PoolResults<Awaited<R>> {
    const { futures, error } = this.submitAll(fn, items, chunksize);
    const completed = asCompleted(futures);
    return bothWays(blocking(completed, error), awaiting(completed, error)) as PoolResults<Awaited<R>>;
  }

  /** Accepts nothing more; what was submitted is still done. */
  close(): void {
    this.executor.shutdown({ wait: false });
  }

  /** Ends the workers at once, wherever they are. */
  terminate(): void {
    this.executor.terminateWorkers();
  }

  /**
   * Waits until the workers have ended.
   *
   * @throws InvalidStateError before `close()` or `terminate()`.
   */
  join(): void {
    this.checkClosed();
    this.executor.shutdown();
  }

  /** {@link join} without blocking the thread. */
  async joinAsync(): Promise<void> {
    this.checkClosed();
    await this.executor.shutdownAsync();
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

  /** For subclasses. @throws InvalidStateError unless the pool is closed. */
  protected checkClosed(): void {
    if (!this.executor.statistics().shutdown)
      throw new InvalidStateError("Cannot join pool: it is still open; close or terminate it first");
  }

  /** Also where there is nothing to submit. */
  private checkOpen(): void {
    if (this.executor.statistics().shutdown)
      throw new InvalidStateError("Cannot submit to pool: it was closed");
  }

  private submit<A extends unknown[], R>(fn: (...args: A) => R, args: A | undefined): Future<Awaited<R>> {
    return this.executor.submit(fn, ...(args ?? ([] as unknown as A)));
  }

  private mapList<R>(
    fn: Callable,
    items: unknown[],
    chunksize: number | undefined,
    spread: boolean,
    callbacks: Callbacks<Awaited<R>[]>,
  ): AsyncResult<Awaited<R>[]> {
    const size = chunksize ?? Math.max(1, Math.ceil(items.length / (this.size * TASKS_A_WORKER)));
    this.checkMap(fn, size);
    const futures: Future<ChunkResult>[] = [];
    for (let i = 0; i < items.length; i += size)
      futures.push(this.executor.submitCalls(fn, items.slice(i, i + size), spread));
    const combine = (done: readonly Future[]): Awaited<R>[] =>
      done.flatMap((future) => valuesOf(future.result() as ChunkResult)) as Awaited<R>[];
    return new AsyncResult(futures, combine, callbacks);
  }

  /** Submits the calls for what an iterable gives, up to the error that it may throw. */
  private submitAll(fn: Callable, items: Iterable<unknown>, size: number): Submitted {
    this.checkMap(fn, size);
    const futures: Future<ChunkResult>[] = [];
    let chunk: unknown[] = [];
    let error: Submitted["error"];
    const submit = (): void => {
      if (chunk.length > 0) futures.push(this.executor.submitCalls(fn, chunk, false));
      chunk = [];
    };
    const inputs = items[Symbol.iterator]();
    for (;;) {
      let input: IteratorResult<unknown>;
      try {
        input = inputs.next();
      } catch (reason) {
        error = { reason };
        break;
      }
      if (input.done === true) break;
      if (chunk.push(input.value) === size) submit();
    }
    submit();
    return { futures, error };
  }

  private checkMap(fn: Callable, size: number): void {
    this.checkOpen();
    if (typeof fn !== "function")
      throw new TypeError(`Cannot map function: it must be a function, got ${typeof fn}`);
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(
        `Cannot map over items: chunksize must be a whole number of 1 or more, got ${size}`,
      );
  }
}

/** What was submitted of an iterable, and what it threw after that. */
interface Submitted {
  readonly futures: readonly Future<ChunkResult>[];
  readonly error: { readonly reason: unknown } | undefined;
}

/** Results as they come: one after the other by `next()` and `for`, or without blocking by `for await`. */
export interface PoolResults<R> extends Generator<R, void>, AsyncIterable<R> {}

function bothWays(sync: Generator<unknown, void>, async: AsyncGenerator<unknown>): PoolResults<unknown> {
  return Object.assign(sync, { [Symbol.asyncIterator]: () => async });
}

function* blocking(
  chunks: Iterable<Future<ChunkResult>>,
  error: Submitted["error"],
): Generator<unknown, void> {
  for (const future of chunks) yield* each(future.result());
  if (error !== undefined) throw error.reason;
}

async function* awaiting(
  chunks: AsyncIterable<Pick<Future<ChunkResult>, "result">>,
  error: Submitted["error"],
): AsyncGenerator<unknown> {
  for await (const future of chunks) yield* each(future.result());
  if (error !== undefined) throw error.reason;
}

/** Futures in their order, each when it is done. */
async function* inTurn(
  futures: Iterable<Future<ChunkResult>>,
): AsyncGenerator<Pick<Future<ChunkResult>, "result">> {
  for (const future of futures) {
    await waitAsync([future]);
    yield { result: () => future.result() };
  }
}

/** The results of a chunk, up to the error in it. */
function* each({ values, failed, error }: ChunkResult): Generator<unknown> {
  yield* Array.from(values);
  if (failed) throw error;
}

function valuesOf({ values, failed, error }: ChunkResult): unknown[] {
  if (failed) throw error;
  return Array.from(values);
}
