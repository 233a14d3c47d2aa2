/** `Condition` between processes. */
import { deadlineOf, remaining, signalOf, type Timeout } from "../core/deadline.ts";
import { InterruptedError, NotOwnerError } from "../errors.ts";
import type { Acquire } from "../sync/acquire.ts";
import { Holdable } from "../sync/holdable.ts";
import { shownAsText } from "../value/shown.ts";
import type { Reply } from "./calls.ts";
import { type AnyProcessLock, lockId, ProcessRLock, type SharedOptions } from "./lock.ts";
import { registerRemoteClass, RemoteRef, thingName } from "./remote.ts";
import { checkWhole, exportedAs, labelOf, unexpected } from "./waiting.ts";

/**
 * Processes wait, outside a lock, until one tells them that something has changed.
 *
 * @example
 * ```ts
 * import { Condition, Process, Value } from "heddle/multiprocessing";
 * const changed = new Condition();
 * const count = new Value("i", 0);
 * new Process({
 *   target: () => changed.with(() => {
 *     count.value = 1;
 *     changed.notify();
 *   }),
 * }).start();
 * changed.with(() => changed.waitFor(() => count.value === 1));
 * console.log(count.value); // 1
 * ```
 */
export class ProcessCondition extends Holdable {
  readonly #ref: RemoteRef;
  readonly #lock: AnyProcessLock;

  /** @throws TypeError for what is no lock of heddle/multiprocessing. Default: a new RLock. */
  constructor(lock?: AnyProcessLock, options?: SharedOptions) {
    super();
    this.#ref = new RemoteRef(this, () => {
      const used = lock ?? new ProcessRLock();
      const id = lockId(used);
      if (id === undefined)
        throw new TypeError(
          "Cannot create Condition: lock must be a Lock or RLock of heddle/multiprocessing",
        );
      return {
        type: "Condition",
        id: thingName("Condition", encodeURIComponent(id)),
        name: options?.name,
        extra: used,
      };
    });
    this.#lock = this.#ref.extra as AnyProcessLock;
  }

  /** Its name, if it was given one. */
  get name(): string | undefined {
    return this.#ref.name;
  }

  /** As the lock's. */
  acquire(blocking?: Acquire, timeoutMs?: number): boolean {
    return this.#lock.acquire(blocking, timeoutMs);
  }
  /** As the lock's. */
  tryAcquire(): boolean {
    return this.#lock.tryAcquire();
  }
  /** As the lock's. */
  acquireAsync(timeout?: Timeout): Promise<boolean> {
    return this.#lock.acquireAsync(timeout);
  }
  /** As the lock's. */
  release(): void {
    this.#lock.release();
  }

  /**
   * Gives up the lock, waits to be notified, and takes the lock again. False: the timeout passed first.
   *
   * @throws NotOwnerError when the caller does not hold the lock; InterruptedError, with the lock held again.
   */
  wait(timeout?: Timeout): boolean {
    return this.#waited(this.#ref.call("wait", { timeoutMs: remaining(deadlineOf(timeout)) }));
  }

  /** {@link wait} without blocking the thread. When a signal aborts, the lock is held again before it rejects. */
  async waitAsync(timeout?: Timeout): Promise<boolean> {
    const asking = { timeoutMs: remaining(deadlineOf(timeout)) };
    return this.#waited(await this.#ref.callAsync("wait", asking, signalOf(timeout)));
  }

  #waited(reply: Reply): boolean {
    if (reply.status === "not-owner") throw this.#notHeld("wait for");
    if (reply.status !== "") throw unexpected("wait for", labelOf("Condition", this.name), reply);
    if (reply.numbers[1] === 2)
      throw new InterruptedError(
        `Cannot go on waiting for ${labelOf("Condition", this.name)}: it was interrupted`,
      );
    return reply.numbers[1] === 1;
  }

  #notHeld(verb: string): NotOwnerError {
    return new NotOwnerError(
      `Cannot ${verb} ${labelOf("Condition", this.name)}: its lock is not held by the caller`,
    );
  }

  /** Waits until `predicate` gives something truthy, and returns that; after the timeout, whatever it gives. */
  waitFor<R>(predicate: () => R, timeout?: Timeout): R {
    const deadline = deadlineOf(timeout);
    let value = predicate();
    while (!value) {
      const left = remaining(deadline);
      if (left <= 0) return value;
      this.wait(left);
      value = predicate();
    }
    return value;
  }

  /** {@link waitFor} without blocking the thread. */
  async waitForAsync<R>(predicate: () => R | Promise<R>, timeout?: Timeout): Promise<R> {
    const deadline = deadlineOf(timeout);
    const signal = signalOf(timeout);
    let value = await predicate();
    while (!value) {
      const left = remaining(deadline);
      if (left <= 0) return value;
      await this.waitAsync({ timeoutMs: left, signal });
      value = await predicate();
    }
    return value;
  }

  /** Wakes at most `n` of those who wait, the longest waiting first. */
  notify(n: number = 1): void {
    checkWhole("notify Condition", "n", n, 0);
    this.#notify(n);
  }

  /** Wakes everyone who waits. */
  notifyAll(): void {
    this.#notify(Infinity);
  }

  #notify(count: number): void {
    const reply = this.#ref.call("notify", { numbers: [count] }, true);
    if (reply.status === "not-owner") throw this.#notHeld("notify");
  }

  /** A snapshot of its state. */
  statistics(): { readonly name: string | undefined; readonly waiting: number } {
    const [waiting = 0] = this.#ref.call("state", {}, true).numbers;
    return Object.freeze({ name: this.name, waiting });
  }

  /** `<Condition 'changed' over <RLock free, 0 waiting>, 2 waiting>` */
  override toString(): string {
    return `<${labelOf("Condition", this.name)} over ${String(this.#lock)}, ${this.statistics().waiting} waiting>`;
  }
}

exportedAs("Condition", ProcessCondition);
registerRemoteClass("Condition", () => new ProcessCondition());
shownAsText(ProcessCondition);
