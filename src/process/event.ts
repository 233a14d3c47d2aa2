/** `Event` between processes. */
import type { Timeout } from "../core/deadline.ts";
import { shownAsText } from "../value/shown.ts";
import type { SharedOptions } from "./lock.ts";
import { registerRemoteClass, RemoteRef, thingName } from "./remote.ts";
import { exportedAs, labelOf, signalOf, waitMs } from "./waiting.ts";

/**
 * One process signals an event, others wait for it.
 *
 * @example
 * ```ts
 * import { Event, Process } from "heddle/multiprocessing";
 * const ready = new Event();
 * new Process({ target: () => ready.set() }).start();
 * console.log(ready.wait()); // true
 * ```
 */
export class ProcessEvent {
  readonly #ref: RemoteRef;

  constructor(options?: SharedOptions) {
    this.#ref = new RemoteRef(this, () => ({ type: "Event", id: thingName("Event"), name: options?.name }));
  }

  /** Its name, if it was given one. */
  get name(): string | undefined {
    return this.#ref.name;
  }

  /** Is the flag set? */
  isSet(): boolean {
    return this.statistics().set;
  }

  /** Sets the flag and releases everyone who waits. */
  set(): void {
    this.#ref.call("set", {}, true);
  }

  /** Clears the flag. Those who were released stay released. */
  clear(): void {
    this.#ref.call("clear", {}, true);
  }

  /** Waits until the flag is set. True: it was, be it only for a moment; false: the timeout passed first. */
  wait(timeout?: Timeout): boolean {
    return this.#ref.call("wait", { timeoutMs: waitMs(timeout) }).status === "";
  }

  /** {@link wait} without blocking the thread. */
  async waitAsync(timeout?: Timeout): Promise<boolean> {
    const reply = await this.#ref.callAsync("wait", { timeoutMs: waitMs(timeout) }, signalOf(timeout));
    return reply.status === "";
  }

  /** A snapshot of its state. */
  statistics(): { readonly name: string | undefined; readonly set: boolean; readonly waiting: number } {
    const [set = 0, waiting = 0] = this.#ref.call("state", {}, true).numbers;
    return Object.freeze({ name: this.name, set: set === 1, waiting });
  }

  /** `<Event 'ready' unset, 2 waiting>` */
  toString(): string {
    const { set, waiting } = this.statistics();
    return `<${labelOf("Event", this.name)} ${set ? "set" : "unset"}, ${waiting} waiting>`;
  }
}

exportedAs("Event", ProcessEvent);
registerRemoteClass("Event", () => new ProcessEvent());
shownAsText(ProcessEvent);
