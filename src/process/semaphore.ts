/** `Semaphore` and `BoundedSemaphore` between processes. */
import type { Timeout } from "../core/deadline.ts";
import { OverReleaseError } from "../errors.ts";
import type { Acquire } from "../sync/acquire.ts";
import { Holdable } from "../sync/holdable.ts";
import { shownAsText } from "../value/shown.ts";
import type { Reply } from "./calls.ts";
import type { SharedOptions } from "./lock.ts";
import { registerRemoteClass, RemoteRef, thingName } from "./remote.ts";
import { acquireMs, checkWhole, exportedAs, labelOf, signalOf, unexpected, waitMs } from "./waiting.ts";

/** A snapshot of a semaphore between processes. */
export interface ProcessSemaphoreStatistics {
  readonly name: string | undefined;
  readonly value: number;
  readonly waiting: number;
}

/**
 * Permits that processes take and give back.
 *
 * @example
 * ```ts
 * import { Semaphore } from "heddle/multiprocessing";
 * const seats = new Semaphore(2);
 * seats.acquire();
 * console.log(seats.getValue()); // 1
 * ```
 */
export class ProcessSemaphore extends Holdable {
  readonly #ref: RemoteRef;
  readonly #type: string;

  constructor(
    value: number = 1,
    options?: SharedOptions,
    type: "Semaphore" | "BoundedSemaphore" = "Semaphore",
  ) {
    super();
    this.#type = type;
    checkWhole(`create ${type}`, "value", value, 0);
    const bound = type === "BoundedSemaphore" ? "bounded" : "";
    this.#ref = new RemoteRef(this, () => ({
      type,
      id: thingName("Semaphore", value, bound),
      name: options?.name,
    }));
  }

  /** Its name, if it was given one. */
  get name(): string | undefined {
    return this.#ref.name;
  }

  /** Takes a permit; the forms are those of a lock. False: there was none in time. */
  acquire(blocking?: Acquire, timeoutMs?: number): boolean {
    return this.#acquired(this.#ref.call("acquire", { timeoutMs: acquireMs(blocking, timeoutMs) }));
  }

  /** Takes a permit if there is one. */
  tryAcquire(): boolean {
    return this.acquire(false);
  }

  /** {@link acquire} without blocking the thread. */
  async acquireAsync(timeout?: Timeout): Promise<boolean> {
    const undo = ({ status }: Reply): void => {
      if (status === "") this.#ref.post("release");
    };
    const asking = { timeoutMs: waitMs(timeout) };
    return this.#acquired(await this.#ref.callAsync("acquire", asking, signalOf(timeout), undo));
  }

  #acquired(reply: Reply): boolean {
    if (reply.status === "") return true;
    if (reply.status === "timeout") return false;
    throw unexpected("acquire", labelOf(this.#type, this.name), reply);
  }

  /**
   * Gives back `n` permits.
   *
   * @throws OverReleaseError for a bounded one when that were more than it began with: nothing is changed.
   */
  release(n: number = 1): void {
    checkWhole(`release ${this.#type}`, "n", n, 1);
    const reply = this.#ref.call("release", { numbers: [n] }, true);
    if (reply.status !== "")
      throw new OverReleaseError(
        `Cannot release ${labelOf(this.#type, this.name)}: it would have more than its ${reply.numbers[0]} permits`,
      );
  }

  /** How many permits there are now. */
  getValue(): number {
    return this.statistics().value;
  }

  /** Is there no permit? */
  locked(): boolean {
    return this.getValue() === 0;
  }

  /** A snapshot of its state. */
  statistics(): ProcessSemaphoreStatistics {
    const [value = 0, waiting = 0] = this.#ref.call("state", {}, true).numbers;
    return Object.freeze({ name: this.name, value, waiting });
  }

  /** `<Semaphore 'seats' 2 free, 0 waiting>` */
  override toString(): string {
    const { value, waiting } = this.statistics();
    return `<${labelOf(this.#type, this.name)} ${value} free, ${waiting} waiting>`;
  }
}

/** A {@link ProcessSemaphore} that cannot be released more often than it was acquired. */
export class ProcessBoundedSemaphore extends ProcessSemaphore {
  constructor(value: number = 1, options?: SharedOptions) {
    super(value, options, "BoundedSemaphore");
  }
}

exportedAs("Semaphore", ProcessSemaphore);
exportedAs("BoundedSemaphore", ProcessBoundedSemaphore);
registerRemoteClass("Semaphore", () => new ProcessSemaphore());
registerRemoteClass("BoundedSemaphore", () => new ProcessBoundedSemaphore());
shownAsText(ProcessSemaphore);
