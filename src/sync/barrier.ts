/** `Barrier`: a number of threads wait for each other, then go on together. The algorithm is in core/barrier.ts. */
import {
  arrivedOf,
  barrierWait,
  breakBarrier,
  failAction,
  isBroken,
  MAX_PARTIES,
  openBarrier,
  type Passage,
  pass,
  placeAfterAll,
  resetBarrier,
} from "../core/barrier.ts";
import { type Deadline, deadlineOf, signalOf, type Timeout, timeoutMsOf } from "../core/deadline.ts";
import { KIND } from "../core/kind.ts";
import { BARRIER, field } from "../core/layout.ts";
import { block, TIMED_OUT, type Wait } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { type Addr, load, store } from "../core/word.ts";
import { BrokenBarrierError } from "../errors.ts";
import { bind, registerHandle } from "../value/handle.ts";
import { discard, load as loadMessage, store as storeMessage } from "../value/message.ts";
import { shownAsText } from "../value/shown.ts";
import { labelOf } from "./holdable.ts";
import { checkName, checkOptions, freeNamed, nameOf, newRecord } from "./named.ts";

/** Options of a {@link Barrier}. */
export interface BarrierOptions {
  /** Shown in errors, dumps and the text form. */
  name?: string;
  /** Called once each time, by the last thread to arrive, before any goes on. It travels to that thread as a body does. */
  action?: () => unknown;
  /** How long `wait()` waits when it is not told, in milliseconds. Default: for ever. */
  timeoutMs?: number;
}

/** A snapshot of a barrier. */
export interface BarrierStatistics {
  readonly name: string | undefined;
  readonly parties: number;
  /** Threads and pending Async calls that wait for the others. */
  readonly waiting: number;
  readonly broken: boolean;
}

/**
 * A point that `parties` threads pass together, again and again.
 *
 * If one of them does not come in time, is interrupted or dies while it waits, the barrier is broken: all get
 * {@link BrokenBarrierError}, until `reset()`.
 *
 * @example
 * ```ts
 * import { Barrier, spawn } from "heddle";
 * const barrier = new Barrier(2);
 * const other = spawn(() => barrier.wait());
 * console.log(barrier.wait() + other.result()); // 1
 * ```
 */
export class Barrier {
  readonly #record: Addr;
  readonly #word: Addr;
  #action: (() => unknown) | undefined;

  /** @throws RangeError or TypeError for a bad number of parties or bad options; CaptureError for an action that cannot travel. */
  constructor(parties: number, options?: BarrierOptions) {
    this.#record = opening ?? createRecord(parties, options);
    opening = undefined;
    this.#word = field(this.#record, BARRIER.WORD);
    this.#action = options?.action;
    bind(this, this.#record);
  }

  /** Its name, if it was given one. */
  get name(): string | undefined {
    return nameOf(this.#record, BARRIER.NAME);
  }
  /** How many threads pass together. */
  get parties(): number {
    return load(field(this.#record, BARRIER.PARTIES));
  }
  /** How many have arrived and wait for the others; 0 when it is broken. */
  get nWaiting(): number {
    return arrivedOf(load(this.#word));
  }
  /** Is it broken? Only `reset()` mends it. */
  get broken(): boolean {
    return isBroken(load(this.#word));
  }

  /**
   * Waits for the others. Returns the caller's place in the order of arrival, from 0.
   *
   * @throws BrokenBarrierError it is broken, or breaks: by a timeout (also the caller's own), by `abort()` or
   * `reset()`, by an action that throws, by the death or interruption of one that waits; what the action throws,
   * in the thread that ran it; InterruptedError; RangeError or TypeError for a bad timeout.
   */
  wait(timeout?: Timeout): number {
    const deadline = this.#deadline(timeout);
    const wait = barrierWait(this.#record);
    return this.#settle(wait, block(wait, deadline));
  }

  /** {@link wait} without blocking the thread. A signal that aborts breaks the barrier and rejects with its reason. */
  async waitAsync(timeout?: Timeout): Promise<number> {
    const deadline = this.#deadline(timeout);
    const wait = barrierWait(this.#record);
    return this.#settle(wait, await blockAsync(wait, deadline, signalOf(timeout)));
  }

  /** Breaks the barrier for those who wait and those who come. */
  abort(): void {
    breakBarrier(this.#record);
  }

  /** Empties it: those who wait get {@link BrokenBarrierError}, and it can be used anew. */
  reset(): void {
    resetBarrier(this.#record);
  }

  /** A snapshot of its state. */
  statistics(): BarrierStatistics {
    const { name, parties, broken } = this;
    return Object.freeze({ name, parties, waiting: this.nWaiting, broken });
  }

  /** `<Barrier 'start' 2/3 waiting>` */
  toString(): string {
    return `<${labelOf(this)} ${this.broken ? "broken" : `${this.nWaiting}/${this.parties} waiting`}>`;
  }

  #deadline(timeout: Timeout | undefined): Deadline {
    const ms = load(field(this.#record, BARRIER.TIMEOUT_MS));
    return timeout === undefined && ms >= 0 ? deadlineOf(ms) : deadlineOf(timeout);
  }

  #settle(wait: Wait<Passage>, outcome: Passage | typeof TIMED_OUT): number {
    const passage = outcome === TIMED_OUT ? placeAfterAll(wait) : outcome;
    if (passage === undefined) throw this.#broke("it was broken by a timeout");
    if (passage === "broken") throw this.#broke("it is broken");
    if ("index" in passage) return passage.index;
    this.#act(passage.last);
    if (!pass(this.#record, passage.last)) throw this.#broke("it was broken or reset");
    return this.parties - 1;
  }

  /** Runs the action; what it throws breaks the barrier. */
  #act(generation: number): void {
    const message = load(field(this.#record, BARRIER.ACTION)) as Addr;
    if (message === 0) return;
    try {
      this.#action ??= loadMessage(message) as () => unknown;
      this.#action();
    } catch (error) {
      failAction(this.#record, generation);
      throw error;
    }
  }

  #broke(reason: string): BrokenBarrierError {
    return new BrokenBarrierError(`Cannot wait at ${labelOf(this)}: ${reason}`);
  }
}

/** The record that the constructor is to open instead of making one. */
let opening: Addr | undefined;

function createRecord(parties: number, options: BarrierOptions | undefined): Addr {
  checkOptions("Barrier", options, ["name", "action", "timeoutMs"]);
  const name = checkName("Barrier", options?.name);
  if (typeof parties !== "number") {
    throw new TypeError(`Cannot create Barrier: parties must be a number, got ${typeof parties}`);
  }
  if (!Number.isInteger(parties) || parties < 1 || parties > MAX_PARTIES) {
    throw new RangeError(
      `Cannot create Barrier: parties must be a whole number from 1 to ${MAX_PARTIES}, got ${parties}`,
    );
  }
  const action = options?.action;
  if (action !== undefined && typeof action !== "function") {
    throw new TypeError(`Cannot create Barrier: action must be a function, got ${typeof action}`);
  }
  const timeoutMs = timeoutMsOf(options?.timeoutMs);
  const message = action === undefined ? 0 : storeMessage(action, "action");
  const record = newRecord(KIND.BARRIER, BARRIER.NAME, name);
  openBarrier(record, parties);
  store(field(record, BARRIER.ACTION), message);
  store(
    field(record, BARRIER.TIMEOUT_MS),
    timeoutMs === undefined ? -1 : Math.min(Math.ceil(timeoutMs), 2 ** 31 - 1),
  );
  return record;
}

registerHandle({
  kind: KIND.BARRIER,
  name: "Barrier",
  create: (record) => {
    opening = record;
    return new Barrier(1);
  },
  reclaim: (record) => {
    const action = load(field(record, BARRIER.ACTION)) as Addr;
    freeNamed(record, BARRIER.NAME);
    if (action !== 0) discard(action);
  },
});

shownAsText(Barrier);
