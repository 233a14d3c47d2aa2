/** `Queue`, `JoinableQueue` and `SimpleQueue` between processes. */
import type { Timeout } from "../core/deadline.ts";
import type { Addr } from "../core/word.ts";
import { Empty, Full, InvalidStateError, OverReleaseError } from "../errors.ts";
import { prepare, take } from "../value/message.ts";
import { shownAsText } from "../value/shown.ts";
import { packed, type Reply } from "./calls.ts";
import type { SharedOptions } from "./lock.ts";
import { type Asking, registerRemoteClass, RemoteRef, thingName } from "./remote.ts";
import { exportedAs, labelOf, signalOf, unexpected, waitMs } from "./waiting.ts";
import { registerWaitable } from "./wait.ts";

/** How to put or get: a timeout in milliseconds, or whether to wait at all. */
export type QueueWait = Timeout | { block?: boolean; timeoutMs?: number; signal?: AbortSignal };

/** As Python's `(block, timeout)`: `(true, 500)`, `(false)`, or one of the other forms. */
function queueMs(how: QueueWait | boolean | undefined, timeoutMs: number | undefined): number {
  if (how === false) return 0;
  if (how === true || how === undefined) return waitMs(timeoutMs);
  if (typeof how === "object" && "block" in how) {
    if (how.block === false) return 0;
    return waitMs(how.timeoutMs);
  }
  return waitMs(how);
}

/** So many items are put without waiting for the broker, then one waits: a producer cannot run away from it. */
const UNWATCHED = 64;

/** What all queues are. */
abstract class ProcessQueueBase<T> implements Iterable<T>, AsyncIterable<T> {
  readonly #ref: RemoteRef;
  readonly #type: string;
  readonly #bounded: boolean;
  #unwatched = 0;

  constructor(type: string, maxsize: number, options: SharedOptions | undefined) {
    if (typeof maxsize !== "number" || Number.isNaN(maxsize))
      throw new TypeError(`Cannot create ${type}: maxsize must be a number, got ${typeof maxsize}`);
    this.#type = type;
    this.#ref = new RemoteRef(this, () => ({
      type,
      id: thingName("Queue", Math.max(0, Math.floor(maxsize))),
      name: options?.name,
    }));
    this.#bounded = !this.#ref.id.endsWith(":0");
  }

  static {
    registerWaitable((thing) => (thing instanceof ProcessQueueBase ? thing.#ref.id : undefined));
  }

  /** Its name, if it was given one. */
  get name(): string | undefined {
    return this.#ref.name;
  }

  #check(verb: string): void {
    if (this.#ref.closed)
      throw new InvalidStateError(`Cannot ${verb} ${labelOf(this.#type, this.name)}: it is closed`);
  }

  /**
   * Puts an item at the end, waiting for a free place if need be.
   *
   * @throws Full when none was free in time; CaptureError, at once; InvalidStateError when it is closed.
   */
  put(item: T, how?: QueueWait | boolean, timeoutMs?: number): void {
    this.#check("put into");
    const asking: Asking = packed(item, "item");
    if (!this.#bounded && ++this.#unwatched % UNWATCHED !== 0) return this.#ref.post("put", asking);
    this.#putDone(this.#ref.call("put", { ...asking, timeoutMs: queueMs(how, timeoutMs) }));
  }

  /** Puts an item if there is a free place. @throws Full */
  putNowait(item: T): void {
    this.put(item, false);
  }

  /** {@link put} without blocking the thread. */
  async putAsync(item: T, timeout?: Timeout): Promise<void> {
    this.#check("put into");
    const asking = { ...packed(item, "item"), timeoutMs: waitMs(timeout) };
    this.#putDone(await this.#ref.callAsync("put", asking, signalOf(timeout)));
  }

  #putDone(reply: Reply): void {
    if (reply.status === "") return;
    const what = labelOf(this.#type, this.name);
    if (reply.status === "full" || reply.status === "timeout")
      throw new Full(`Cannot put into ${what}: it is full`);
    throw unexpected("put into", what, reply);
  }

  /**
   * Takes the first item, waiting for one if need be.
   *
   * @throws Empty when there was none in time; InvalidStateError when it is closed; InterruptedError.
   */
  get(how?: QueueWait | boolean, timeoutMs?: number): T {
    this.#check("get from");
    return take(this.#got(this.#ref.call("get", { timeoutMs: queueMs(how, timeoutMs) }))) as T;
  }

  /** Takes the first item if there is one. @throws Empty */
  getNowait(): T {
    return this.get(false);
  }

  /** {@link get} without blocking the thread. */
  async getAsync(timeout?: Timeout): Promise<T> {
    this.#check("get from");
    const giveBack = ({ status, message }: Reply): void => {
      if (status === "") this.#ref.post("unget", { message });
    };
    const reply = await this.#ref.callAsync(
      "get",
      { timeoutMs: waitMs(timeout) },
      signalOf(timeout),
      giveBack,
    );
    const message = this.#got(reply);
    await prepare(message);
    return take(message) as T;
  }

  #got(reply: Reply): Addr {
    if (reply.status === "") return reply.message;
    const what = labelOf(this.#type, this.name);
    if (reply.status === "empty" || reply.status === "timeout")
      throw new Empty(`Cannot get from ${what}: it is empty`);
    throw unexpected("get from", what, reply);
  }

  /** How many items are in it now. */
  qsize(): number {
    return this.statistics().size;
  }
  /** Is nothing in it now? @throws InvalidStateError when it is closed. */
  empty(): boolean {
    this.#check("look into");
    return this.qsize() === 0;
  }
  /** Is no place free now? */
  full(): boolean {
    const { size, maxsize } = this.statistics();
    return maxsize > 0 && size >= maxsize;
  }

  /** This process neither puts nor gets any more. A second time nothing happens. */
  close(): void {
    this.#ref.close();
  }
  /** As in Python; what was put has left this process already, or does before it ends. */
  joinThread(): void {}
  /** As in Python, and without effect: nothing is ever left behind. */
  cancelJoinThread(): void {}

  /** A task that was got is done. @throws OverReleaseError when none is open. */
  protected markDone(): void {
    if (this.#ref.call("taskDone", {}, true).status !== "")
      throw new OverReleaseError(
        `Cannot mark a task of ${labelOf(this.#type, this.name)} as done: none is open`,
      );
  }
  /** Waits until every item was marked as done. */
  protected awaitDone(timeout: Timeout | undefined): boolean {
    return this.#ref.call("join", { timeoutMs: waitMs(timeout) }).status === "";
  }
  protected async awaitDoneAsync(timeout: Timeout | undefined): Promise<boolean> {
    return (
      (await this.#ref.callAsync("join", { timeoutMs: waitMs(timeout) }, signalOf(timeout))).status === ""
    );
  }

  /** Takes items as they come; ends when the queue was closed here. */
  *[Symbol.iterator](): Iterator<T> {
    while (!this.#ref.closed) yield this.get();
  }
  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    while (!this.#ref.closed) yield await this.getAsync();
  }

  /** A snapshot of its state. */
  statistics(): QueueStatistics {
    const [size = 0, maxsize = 0, unfinished = 0, waiting = 0] = this.#ref.call("state", {}, true).numbers;
    return Object.freeze({ name: this.name, size, maxsize, unfinished, waiting });
  }

  /** `<Queue 'jobs' 3 items>` */
  toString(): string {
    const { size, maxsize } = this.statistics();
    return `<${labelOf(this.#type, this.name)} ${size}${maxsize > 0 ? ` of ${maxsize}` : ""} items>`;
  }
}

/** A snapshot of a queue between processes. */
export interface QueueStatistics {
  readonly name: string | undefined;
  readonly size: number;
  /** 0: no bound. */
  readonly maxsize: number;
  readonly unfinished: number;
  readonly waiting: number;
}

/**
 * A queue between processes: first in, first out, for any number of producers and consumers.
 *
 * @example
 * ```ts
 * import { Process, Queue } from "heddle/multiprocessing";
 * const queue = new Queue<number>();
 * new Process({ target: () => queue.put(42) }).start();
 * console.log(queue.get()); // 42
 * ```
 */
export class ProcessQueue<T = unknown> extends ProcessQueueBase<T> {
  constructor(maxsize: number = 0, options?: SharedOptions) {
    super("Queue", maxsize, options);
  }
}

/** A {@link ProcessQueue} that knows when everything that was put has been dealt with. */
export class JoinableQueue<T = unknown> extends ProcessQueueBase<T> {
  constructor(maxsize: number = 0, options?: SharedOptions) {
    super("JoinableQueue", maxsize, options);
  }
  /** An item that was got has been dealt with. @throws OverReleaseError when none is open. */
  taskDone(): void {
    this.markDone();
  }
  /** Waits until every item was dealt with. False: the timeout passed first. */
  join(timeout?: Timeout): boolean {
    return this.awaitDone(timeout);
  }
  /** {@link join} without blocking the thread. */
  joinAsync(timeout?: Timeout): Promise<boolean> {
    return this.awaitDoneAsync(timeout);
  }
}

/** A queue without a bound. */
export class ProcessSimpleQueue<T = unknown> extends ProcessQueueBase<T> {
  constructor(options?: SharedOptions) {
    super("SimpleQueue", 0, options);
  }
}

exportedAs("Queue", ProcessQueue);
exportedAs("SimpleQueue", ProcessSimpleQueue);
registerRemoteClass("Queue", () => new ProcessQueue());
registerRemoteClass("JoinableQueue", () => new JoinableQueue());
registerRemoteClass("SimpleQueue", () => new ProcessSimpleQueue());
shownAsText(ProcessQueueBase);
