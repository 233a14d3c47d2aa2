/** `asCompleted`: futures in the order in which they are done, for `for` and for `for await`. */
import { type Deadline, deadlineOf } from "../core/deadline.ts";
import { TimeoutError } from "../errors.ts";
import { checkKeys } from "../sync/named.ts";
import { type AnyFuture, friends } from "./friends.ts";
import { checkOnProgress, type OnProgress } from "./progress.ts";
import { timer, Watch } from "./watch.ts";

/** Options of {@link asCompleted}. */
export interface AsCompletedOptions {
  /** How long the whole iteration may wait, counted from the call. */
  timeoutMs?: number | undefined;
  /** Called each time that a future is done. */
  onProgress?: OnProgress | undefined;
}

/** Iterates both ways: `for` blocks the thread between two items, `for await` does not. */
export interface BothWays<T> extends Iterable<T>, AsyncIterable<T> {}

/**
 * Futures as they are done. `for await` gives the futures themselves; TypeScript takes it for granted that it awaits
 * whatever has a `then`, so there their type is that of a future without one.
 */
export interface Completed<F> extends Iterable<F>, AsyncIterable<Omit<F, "then">> {}

/**
 * The futures, each once, in the order in which they are done.
 *
 * @throws TimeoutError from the iteration when the timeout passes; RangeError or TypeError for bad options.
 *
 * @example
 * ```ts
 * import { asCompleted, Future, spawn } from "heddle";
 * const futures = [new Future<number>(), new Future<number>()];
 * spawn(() => futures.forEach((future, i) => future.setResult(i)));
 * let sum = 0;
 * for (const future of asCompleted(futures)) sum += future.result();
 * console.log(sum); // 1
 * ```
 */
export function asCompleted<F extends AnyFuture>(
  futures: Iterable<F>,
  options: AsCompletedOptions = {},
): Completed<F> {
  if (options === null || typeof options !== "object")
    throw new TypeError(`Cannot iterate futures: options must be an object, got ${typeof options}`);
  checkKeys("iterate futures", options, ["timeoutMs", "onProgress"]);
  const deadline = deadlineOf(options.timeoutMs);
  const onProgress = checkOnProgress("iterate futures", options.onProgress);
  const all = new Set(futures);
  return {
    [Symbol.iterator]: () => blocking(all, deadline, onProgress),
    [Symbol.asyncIterator]: () => awaiting(all, deadline, onProgress),
  };
}

/** Counts for `onProgress`. */
function counter<F extends AnyFuture>(watch: Watch<F>, onProgress: OnProgress | undefined): (future: F) => F {
  let done = 0;
  let failed = 0;
  return (future) => {
    done++;
    if (onProgress === undefined) return future;
    if (friends.hasFailed(future)) failed++;
    onProgress({ done, total: watch.total, failed });
    return future;
  };
}

/** By hand, as {@link awaiting}: a generator that rests in a `yield` would keep the future that it gave out. */
function blocking<F extends AnyFuture>(
  all: Set<F>,
  deadline: Deadline,
  onProgress: OnProgress | undefined,
): IterableIterator<F, undefined> {
  const watch = new Watch(all, false);
  all.clear(); // what was given out is the caller's alone
  const count = counter(watch, onProgress);
  let over = false;
  const finish = (): IteratorResult<F, undefined> => {
    over = true;
    watch.close();
    return { done: true, value: undefined };
  };
  const next = (): IteratorResult<F, undefined> => {
    for (;;) {
      if (over) return finish();
      const future = watch.take();
      if (future !== undefined) return { done: false, value: count(future) };
      if (watch.pending.size === 0) return finish();
      if (watch.block(deadline)) continue;
      finish();
      throw unfinished(watch);
    }
  };
  const iterator = { next, return: finish, [Symbol.iterator]: () => iterator };
  return iterator;
}

/** By hand: an async generator would await the futures that it yields, and give their results. */
function awaiting<F extends AnyFuture>(
  all: Set<F>,
  deadline: Deadline,
  onProgress: OnProgress | undefined,
): AsyncIterator<F, undefined> {
  const watch = new Watch(all, true);
  all.clear();
  const count = counter(watch, onProgress);
  const [passed, giveUp] = timer(deadline);
  let late = false;
  let over = false;
  const ended = passed.then(() => {
    late = true;
  });
  const end = (): void => {
    over = true;
    giveUp();
    watch.close();
  };
  const next = async (): Promise<IteratorResult<F, undefined>> => {
    while (!over) {
      const future = watch.take();
      if (future !== undefined) return { done: false, value: count(future) };
      if (watch.pending.size === 0) break;
      if (late) {
        const error = unfinished(watch);
        end();
        throw error;
      }
      await watch.turn(ended);
    }
    end();
    return { done: true, value: undefined };
  };
  const finish = (): Promise<IteratorResult<F, undefined>> => {
    end();
    return Promise.resolve({ done: true, value: undefined });
  };
  return { next, return: finish };
}

function unfinished(watch: Watch<AnyFuture>): TimeoutError {
  return new TimeoutError(
    `Cannot go on iterating: ${watch.pending.size} (of ${watch.total}) futures unfinished`,
  );
}
