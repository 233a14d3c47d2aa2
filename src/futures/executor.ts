/** `Executor`: what thread pools and process pools have in common. */
import type { BothWays } from "./as-completed.ts";
import { callEach, type ChunkResult } from "./chunk.ts";
import type { Future } from "./future.ts";
import { isOptions, type MapOptions, mapOver } from "./map.ts";
import { registerExports } from "../value/known.ts";

/** Options of `shutdown`. */
export interface ShutdownOptions {
  /** Return when all that was submitted has ended and the workers have stopped. Default true. */
  wait?: boolean | undefined;
  /** Cancel what has not begun. Default false. */
  cancelFutures?: boolean | undefined;
}

/** Any function. */
export type Callable = (...args: never[]) => unknown;

/**
 * Runs calls elsewhere. A subclass says how: `submit`, `shutdown` and `shutdownAsync`.
 */
export abstract class Executor {
  /** Has `fn(...args)` called, and returns the future of that call. */
  abstract submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>>;

  /** Accepts nothing more, and lets the workers end. */
  abstract shutdown(options?: ShutdownOptions): void;

  /** {@link shutdown} without blocking the thread. */
  abstract shutdownAsync(options?: ShutdownOptions): Promise<void>;

  /**
   * The results of `fn` over the members of the iterables, in the order of the input, for `for` and for
   * `for await`. The calls are submitted at once, or `buffersize` tasks of `chunksize` calls at a time. A call that
   * threw throws in its place; whatever has not begun then is cancelled.
   *
   * @throws RangeError or TypeError for bad options. From the iteration: what `fn` throws; TimeoutError.
   */
  map<T, R>(fn: (item: T) => R, items: Iterable<T>, options?: MapOptions): BothWays<Awaited<R>>;
  map<T, U, R>(
    fn: (a: T, b: U) => R,
    a: Iterable<T>,
    b: Iterable<U>,
    options?: MapOptions,
  ): BothWays<Awaited<R>>;
  map<T, U, V, R>(
    fn: (a: T, b: U, c: V) => R,
    a: Iterable<T>,
    b: Iterable<U>,
    c: Iterable<V>,
    options?: MapOptions,
  ): BothWays<Awaited<R>>;
  map(fn: Callable, ...rest: (Iterable<unknown> | MapOptions | undefined)[]): BothWays<unknown>;
  map(fn: Callable, ...rest: unknown[]): BothWays<unknown> {
    if (typeof fn !== "function")
      throw new TypeError(`Cannot map function: it must be a function, got ${typeof fn}`);
    const last = rest.at(-1);
    const given = rest.length > 0 && (last === undefined || isOptions(last));
    const options = given ? (last ?? {}) : {};
    const iterables = given ? rest.slice(0, -1) : rest;
    for (const iterable of iterables) {
      if (iterable === null || iterable === undefined || !(Symbol.iterator in Object(iterable)))
        throw new TypeError(`Cannot map over ${typeof iterable}: it is not iterable`);
    }
    return mapOver(iterables as Iterable<unknown>[], options, (items, spread) =>
      this.submitCalls(fn, items, spread),
    );
  }

  /** For maps: submits some calls of one function as one task: `fn(item)`, or with `spread` `fn(...item)`. */
  submitCalls(fn: Callable, items: ArrayLike<unknown>, spread: boolean): Future<ChunkResult> {
    return this.submit(callEach, fn as (...args: unknown[]) => unknown, items, spread);
  }

  /** The end of `using pool = …`: shuts down and waits. */
  [Symbol.dispose](): void {
    this.shutdown();
  }

  /** The end of `await using pool = …`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdownAsync();
  }
}

registerExports("heddle:futures", { callEach });
