/** `Event`: a flag that threads wait for. The waiting is in core/sequence.ts. */
import { deadlineOf, POLL, signalOf, type Timeout } from "../core/deadline.ts";
import { KIND } from "../core/kind.ts";
import { EVENT, field } from "../core/layout.ts";
import { lengthOf } from "../core/line.ts";
import { TIMED_OUT } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { REASON } from "../core/reason.ts";
import { awaitFlag, flagWait, wakeAll } from "../core/sequence.ts";
import { type Addr, load, store } from "../core/word.ts";
import { bind, registerHandle } from "../value/handle.ts";
import { shownAsText } from "../value/shown.ts";
import { checkName, checkOptions, freeNamed, nameOf, newRecord } from "./named.ts";

/** Options of an {@link Event}. */
export interface EventOptions {
  /** Shown in errors, dumps and the text form. */
  name?: string;
}

/** A snapshot of an event. */
export interface EventStatistics {
  readonly name: string | undefined;
  readonly set: boolean;
  /** Threads and pending Async calls that wait for it. */
  readonly waiting: number;
}

const SET = 1;

/**
 * One thread signals an event, others wait for it.
 *
 * `set()` followed at once by `clear()` still releases everyone who was waiting.
 *
 * @example
 * ```ts
 * import { Event, spawn } from "heddle";
 * const ready = new Event();
 * const client = spawn(() => ready.wait());
 * ready.set();
 * console.log(client.result()); // true
 * ```
 */
export class Event {
  readonly #record: Addr;
  readonly #word: Addr;

  constructor(options?: EventOptions) {
    const opened = opening;
    opening = undefined;
    if (opened === undefined) {
      checkOptions("Event", options, ["name"]);
      this.#record = newRecord(KIND.EVENT, EVENT.NAME, checkName("Event", options?.name));
    } else {
      this.#record = opened;
    }
    this.#word = field(this.#record, EVENT.WORD);
    bind(this, this.#record);
  }

  /** Its name, if it was given one. */
  get name(): string | undefined {
    return nameOf(this.#record, EVENT.NAME);
  }

  /** Is the flag set? */
  isSet(): boolean {
    return load(this.#word) === SET;
  }

  /** Sets the flag and releases everyone who waits. */
  set(): void {
    store(this.#word, SET);
    wakeAll(this.#word);
  }

  /** Clears the flag. Those who were released stay released. */
  clear(): void {
    store(this.#word, 0);
  }

  /**
   * Waits until the flag is set. True: it was, be it only for a moment; false: the timeout passed first.
   *
   * @throws InterruptedError; RangeError or TypeError for a bad timeout.
   */
  wait(timeout?: Timeout): boolean {
    return awaitFlag(this.#word, SET, deadlineOf(timeout), REASON.EVENT);
  }

  /** {@link wait} without blocking the thread. A signal that aborts rejects with its reason. */
  async waitAsync(timeout?: Timeout): Promise<boolean> {
    const deadline = deadlineOf(timeout);
    const signal = signalOf(timeout);
    signal?.throwIfAborted();
    if (this.isSet()) return true;
    if (deadline === POLL) return false;
    return (await blockAsync(flagWait(this.#word, SET, REASON.EVENT), deadline, signal)) !== TIMED_OUT;
  }

  /** A snapshot of its state. */
  statistics(): EventStatistics {
    return Object.freeze({ name: this.name, set: this.isSet(), waiting: lengthOf(this.#word) });
  }

  /** `<Event 'ready' unset, 2 waiting>` */
  toString(): string {
    const name = this.name;
    const state = this.isSet() ? "set" : "unset";
    return `<Event${name === undefined ? "" : ` '${name}'`} ${state}, ${lengthOf(this.#word)} waiting>`;
  }
}

/** The record that the constructor is to open instead of making one. */
let opening: Addr | undefined;

registerHandle({
  kind: KIND.EVENT,
  name: "Event",
  create: (record) => {
    opening = record;
    return new Event();
  },
  reclaim: (record) => freeNamed(record, EVENT.NAME),
});

shownAsText(Event);
