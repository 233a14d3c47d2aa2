/** `AsyncResult`: what the Async calls of a pool return. */
import { deadlineOf, POLL, remaining, type Timeout } from "../core/deadline.ts";
import { InvalidStateError, TimeoutError } from "../errors.ts";
import { friends } from "./friends.ts";
import type { Future } from "./future.ts";
import { wait, waitAsync } from "./wait.ts";

/** What to do when an Async call of a pool has ended. Called in the thread that made the call. */
export interface Callbacks<R> {
  /** Called with the result. */
  callback?: ((result: R) => void) | undefined;
  /** Called with what was thrown. */
  errorCallback?: ((error: unknown) => void) | undefined;
}

/** A call in a pool, or the calls of one map, of which the result is not there yet. Can be awaited. */
export class AsyncResult<R> implements PromiseLike<R> {
  readonly #futures: readonly Future[];
  readonly #combine: (futures: readonly Future[]) => R;

  /** Made by a pool. `combine` makes the result of futures that are done, or throws. */
  constructor(
    futures: readonly Future[],
    combine: (futures: readonly Future[]) => R,
    { callback, errorCallback }: Callbacks<R>,
  ) {
    this.#futures = futures;
    this.#combine = combine;
    if (callback === undefined && errorCallback === undefined) return;
    let left = futures.length;
    const done = (): void => {
      if (--left > 0) return;
      let result: R;
      try {
        result = combine(futures);
      } catch (error) {
        errorCallback?.(error);
        return;
      }
      callback?.(result);
    };
    for (const future of futures) future.addDoneCallback(done);
    if (futures.length === 0) queueMicrotask(done);
  }

  /**
   * Waits for the result and returns it, or throws what the call threw.
   *
   * @throws TimeoutError when the timeout passes first.
   */
  get(timeout?: Timeout): R {
    if (!this.#wait(timeout))
      throw new TimeoutError("Cannot get the result of pool: it is not there in time");
    return this.#combine(this.#futures);
  }

  /** {@link get} without blocking the thread. */
  async getAsync(timeout?: Timeout): Promise<R> {
    const deadline = deadlineOf(timeout);
    const left = deadline === POLL ? 0 : remaining(deadline);
    await waitAsync(this.#futures, { timeoutMs: left });
    if (!this.ready()) throw new TimeoutError("Cannot get the result of pool: it is not there in time");
    return this.#combine(this.#futures);
  }

  /** Waits until the call has ended, or the timeout passes. */
  wait(timeout?: Timeout): void {
    this.#wait(timeout);
  }

  /** Has the call ended? */
  ready(): boolean {
    return this.#futures.every((future) => future.done());
  }

  /**
   * Did the call end without an error?
   *
   * @throws InvalidStateError when it has not ended.
   */
  successful(): boolean {
    if (!this.ready()) throw new InvalidStateError("Cannot judge the result of pool: it is not there yet");
    return !this.#futures.some(friends.hasFailed);
  }

  /** Makes it a promise of the result. */
  // oxlint-disable-next-line unicorn/no-thenable -- it can be awaited, as a future can
  then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.getAsync().then(onFulfilled, onRejected);
  }

  #wait(timeout: Timeout | undefined): boolean {
    const deadline = deadlineOf(timeout);
    const left = deadline === POLL ? 0 : remaining(deadline);
    wait(this.#futures, { timeoutMs: left });
    return this.ready();
  }
}
