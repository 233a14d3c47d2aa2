/** `wait` and `waitAsync`: until some or all of several futures are done. */
import { type Deadline, deadlineOf, signalOf } from "../core/deadline.ts";
import { checkKeys } from "../sync/named.ts";
import { type AnyFuture, friends } from "./friends.ts";
import { timer, Watch } from "./watch.ts";

/** Return when any future is done. */
export const FIRST_COMPLETED = "FIRST_COMPLETED";
/** Return when any future ends by an error; without one, as ALL_COMPLETED. */
export const FIRST_EXCEPTION = "FIRST_EXCEPTION";
/** Return when all futures are done. */
export const ALL_COMPLETED = "ALL_COMPLETED";
/** When `wait` returns. */
export type ReturnWhen = typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED;

/** Options of {@link wait}. */
export interface WaitOptions {
  timeoutMs?: number | undefined;
  /** Default: ALL_COMPLETED. */
  returnWhen?: ReturnWhen | undefined;
  /** Honoured by `waitAsync`. */
  signal?: AbortSignal | undefined;
}

/** Which futures are done, and which are not; also as a pair: `const [done, notDone] = wait(futures)`. */
export class DoneAndNotDone<F> {
  /** Those that are done. */
  readonly done: Set<F>;
  /** Those that are not. */
  readonly notDone: Set<F>;
  constructor(done: Set<F>, notDone: Set<F>) {
    this.done = done;
    this.notDone = notDone;
  }
  /** `[done, notDone]` */
  *[Symbol.iterator](): Generator<Set<F>, void, undefined> {
    yield this.done;
    yield this.notDone;
  }
}

/**
 * Waits until some or all of the futures are done, or the timeout passes. A timeout is no error here.
 *
 * @throws RangeError or TypeError for bad options; InterruptedError.
 *
 * @example
 * ```ts
 * import { FIRST_COMPLETED, Future, wait } from "heddle";
 * const futures = [new Future<number>(), new Future<number>()] as const;
 * futures[1].setResult(5);
 * console.log(wait(futures, { returnWhen: FIRST_COMPLETED }).notDone.size); // 1
 * ```
 */
export const wait: <F extends AnyFuture>(futures: Iterable<F>, options?: WaitOptions) => DoneAndNotDone<F> = {
  // In one bundle with core's own wait(), a function of this name would be renamed; a method is not.
  wait<F extends AnyFuture>(futures: Iterable<F>, options: WaitOptions = {}): DoneAndNotDone<F> {
    return blocking(futures, options);
  },
}.wait;

function blocking<F extends AnyFuture>(futures: Iterable<F>, options: WaitOptions): DoneAndNotDone<F> {
  const { deadline, until } = checked(options);
  const watch = new Watch(futures, false);
  const done = new Set<F>();
  while (!sortOut(watch, done, until) && watch.block(deadline));
  sortOut(watch, done, until);
  watch.close();
  return new DoneAndNotDone(done, watch.pending);
}

/** {@link wait} without blocking the thread. A signal that aborts rejects with its reason. */
export const waitAsync: <F extends AnyFuture>(
  futures: Iterable<F>,
  options?: WaitOptions,
) => Promise<DoneAndNotDone<F>> = {
  waitAsync<F extends AnyFuture>(
    futures: Iterable<F>,
    options: WaitOptions = {},
  ): Promise<DoneAndNotDone<F>> {
    return awaiting(futures, options);
  },
}.waitAsync;

async function awaiting<F extends AnyFuture>(
  futures: Iterable<F>,
  options: WaitOptions,
): Promise<DoneAndNotDone<F>> {
  const { deadline, until } = checked(options);
  const { signal } = options;
  signal?.throwIfAborted();
  const watch = new Watch(futures, true);
  const done = new Set<F>();
  const [passed, giveUp] = timer(deadline);
  let late = false;
  let aborted = (): void => {};
  const ended = Promise.race([
    passed.then(() => {
      late = true;
    }),
    new Promise<never>((_resolve, reject) => {
      aborted = () => reject(signal?.reason);
      signal?.addEventListener("abort", aborted, { once: true });
    }),
  ]);
  try {
    while (!sortOut(watch, done, until) && !late) await watch.turn(ended);
  } finally {
    giveUp();
    watch.close();
    signal?.removeEventListener("abort", aborted);
  }
  return new DoneAndNotDone(done, watch.pending);
}

function checked(options: WaitOptions): { deadline: Deadline; until: ReturnWhen } {
  if (options === null || typeof options !== "object")
    throw new TypeError(`Cannot wait: options must be an object, got ${typeof options}`);
  checkKeys("wait", options, ["timeoutMs", "returnWhen", "signal"]);
  const until = options.returnWhen ?? ALL_COMPLETED;
  if (![FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED].includes(until))
    throw new RangeError(
      `Cannot wait: returnWhen must be ${ALL_COMPLETED}, ${FIRST_COMPLETED} or ${FIRST_EXCEPTION}`,
    );
  signalOf(options);
  return { deadline: deadlineOf(options.timeoutMs), until };
}

/** Moves what is done. True: that is enough. */
function sortOut<F extends AnyFuture>(watch: Watch<F>, done: Set<F>, until: ReturnWhen): boolean {
  let failed = false;
  for (let future = watch.take(); future !== undefined; future = watch.take()) {
    done.add(future);
    if (until === FIRST_EXCEPTION && !future.cancelled() && friends.hasFailed(future)) failed = true;
  }
  if (watch.pending.size === 0) return true;
  return until === FIRST_COMPLETED ? done.size > 0 : failed || (until === FIRST_EXCEPTION && anyFailed(done));
}

function anyFailed(done: ReadonlySet<AnyFuture>): boolean {
  for (const future of done) if (!future.cancelled() && friends.hasFailed(future)) return true;
  return false;
}
