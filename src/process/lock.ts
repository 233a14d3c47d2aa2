/** `Lock` and `RLock` between processes. */
import type { Timeout } from "../core/deadline.ts";
import { NotOwnerError } from "../errors.ts";
import type { Acquire } from "../sync/acquire.ts";
import { Holdable } from "../sync/holdable.ts";
import { shownAsText } from "../value/shown.ts";
import type { Reply } from "./calls.ts";
import { registerRemoteClass, RemoteRef, thingName } from "./remote.ts";
import { acquireMs, exportedAs, holderText, labelOf, signalOf, unexpected, waitMs } from "./waiting.ts";

/** Options of what processes share. */
export interface SharedOptions {
  /** Shown in errors and the text form. */
  name?: string | undefined;
}

/** A snapshot of a lock between processes. */
export interface ProcessLockStatistics {
  readonly name: string | undefined;
  readonly locked: boolean;
  /** The holder: a thread of a process, in words. */
  readonly owner: string | undefined;
  readonly depth: number;
  readonly waiting: number;
  readonly abandoned: boolean;
}

/** What both locks are. */
abstract class ProcessLockBase extends Holdable {
  readonly #ref: RemoteRef;
  readonly #type: string;

  constructor(type: string, options: SharedOptions | undefined) {
    super();
    this.#type = type;
    this.#ref = new RemoteRef(this, () => ({ type, id: thingName(type), name: options?.name }));
  }

  /** Its name, if it was given one. */
  get name(): string | undefined {
    return this.#ref.name;
  }

  /** The name by which the broker knows a lock. */
  static idOf(lock: ProcessLockBase): string {
    return lock.#ref.id;
  }

  /**
   * Takes the lock, waiting if need be: `acquire()`, `acquire(false)` tries, `acquire(500)` and `acquire(true, 500)`
   * wait at most 500 ms. False: it was not to be had.
   *
   * @throws AbandonedLockError when its holder has died; InterruptedError; RangeError or TypeError for a bad timeout.
   */
  acquire(blocking?: Acquire, timeoutMs?: number): boolean {
    return this.#acquired(this.#ref.call("acquire", { timeoutMs: acquireMs(blocking, timeoutMs) }));
  }

  /** Takes the lock if it is free. */
  tryAcquire(): boolean {
    return this.acquire(false);
  }

  /** {@link acquire} without blocking the thread. A signal that aborts rejects with its reason, and nothing is held. */
  async acquireAsync(timeout?: Timeout): Promise<boolean> {
    const asking = { timeoutMs: waitMs(timeout) };
    return this.#acquired(
      await this.#ref.callAsync("acquire", asking, signalOf(timeout), ({ status }) => {
        if (status === "") this.#ref.post("release");
      }),
    );
  }

  #acquired(reply: Reply): boolean {
    if (reply.status === "") return true;
    if (reply.status === "timeout") return false;
    throw unexpected("acquire", labelOf(this.#type, this.name), reply);
  }

  /**
   * Gives the lock up; whoever has waited longest gets it.
   *
   * @throws NotOwnerError when it is not held.
   */
  release(): void {
    const reply = this.#ref.call("release", {}, true);
    if (reply.status === "") return;
    const holder = reply.text === "" ? "it is not held" : `it is held by ${holderText(reply.text)}`;
    throw new NotOwnerError(`Cannot release ${labelOf(this.#type, this.name)}: ${holder}`);
  }

  /** Takes an abandoned lock, so that what it guards can be repaired. True: it was abandoned, and is held now. */
  recover(): boolean {
    return this.#ref.call("recover", {}, true).numbers[0] === 1;
  }

  /** Is it held by anybody? */
  locked(): boolean {
    return this.statistics().locked;
  }

  /** A snapshot of its state. */
  statistics(): ProcessLockStatistics {
    const { numbers, text } = this.#ref.call("state", {}, true);
    const [depth = 0, waiting = 0, , abandoned = 0] = numbers;
    return Object.freeze({
      name: this.name,
      locked: depth > 0,
      owner: depth > 0 ? holderText(text) : undefined,
      depth,
      waiting,
      abandoned: abandoned === 1,
    });
  }

  /** `<Lock 'db' held by thread 1 of process r_2, 2 waiting>` */
  override toString(): string {
    const { owner, abandoned, waiting } = this.statistics();
    const state = abandoned ? "abandoned" : owner === undefined ? "free" : `held by ${owner}`;
    return `<${labelOf(this.#type, this.name)} ${state}, ${waiting} waiting>`;
  }
}

/**
 * A lock between processes. Any thread of any process may release it.
 *
 * @example
 * ```ts
 * import { Lock, Process, Value } from "heddle/multiprocessing";
 * const lock = new Lock();
 * const count = new Value("i", 0);
 * const add = () => lock.with(() => void (count.value += 1));
 * const children = [1, 2].map(() => new Process({ target: add }).start());
 * for (const child of children) child.join();
 * console.log(count.value); // 2
 * ```
 */
export class ProcessLock extends ProcessLockBase {
  constructor(options?: SharedOptions) {
    super("Lock", options);
  }
}

/**
 * A lock between processes that its holder, a thread of a process, may take again.
 *
 * @example
 * ```ts
 * import { RLock } from "heddle/multiprocessing";
 * const lock = new RLock();
 * lock.with(() => lock.with(() => console.log("twice"))); // twice
 * ```
 */
export class ProcessRLock extends ProcessLockBase {
  constructor(options?: SharedOptions) {
    super("RLock", options);
  }
}

/** Any lock between processes. */
export type AnyProcessLock = ProcessLock | ProcessRLock;

/** The name by which the broker knows a lock; undefined: it is none. */
export function lockId(lock: unknown): string | undefined {
  return lock instanceof ProcessLockBase ? ProcessLockBase.idOf(lock) : undefined;
}

exportedAs("Lock", ProcessLock);
exportedAs("RLock", ProcessRLock);
registerRemoteClass("Lock", () => new ProcessLock());
registerRemoteClass("RLock", () => new ProcessRLock());
shownAsText(ProcessLock);
shownAsText(ProcessRLock);
