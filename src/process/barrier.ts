/** `Barrier` between processes. */
import { type Timeout } from "../core/deadline.ts";
import { BrokenBarrierError } from "../errors.ts";
import { shownAsText } from "../value/shown.ts";
import type { Reply } from "./calls.ts";
import type { SharedOptions } from "./lock.ts";
import { registerRemoteClass, RemoteRef, thingName } from "./remote.ts";
import { checkWhole, exportedAs, labelOf, signalOf, unexpected, waitMs } from "./waiting.ts";

/** Options of a barrier between processes. */
export interface ProcessBarrierOptions extends SharedOptions {
  /** Called by the last to arrive, before anybody passes. */
  action?: (() => void) | undefined;
  /** Default timeout of wait(), in milliseconds. */
  timeoutMs?: number | undefined;
}

interface Extra {
  readonly action: (() => void) | undefined;
  readonly timeoutMs: number | undefined;
}

/**
 * A point that a number of processes or threads pass together.
 *
 * @example
 * ```ts
 * import { Barrier, Process } from "heddle/multiprocessing";
 * const start = new Barrier(2);
 * new Process({ target: () => start.wait() }).start();
 * console.log(start.wait() < 2); // true
 * ```
 */
export class ProcessBarrier {
  readonly #ref: RemoteRef;
  #extra: Extra | undefined;

  constructor(parties: number = 1, options: ProcessBarrierOptions = {}) {
    this.#ref = new RemoteRef(this, () => {
      checkWhole("create Barrier", "parties", parties, 1);
      const { action, timeoutMs, name } = options;
      waitMs(timeoutMs);
      return {
        type: "Barrier",
        id: thingName("Barrier", parties),
        name,
        extra: { action, timeoutMs } satisfies Extra,
      };
    });
  }

  /** Its name, if it was given one. */
  get name(): string | undefined {
    return this.#ref.name;
  }

  #options(): Extra {
    this.#extra ??= this.#ref.extra as Extra;
    return this.#extra;
  }

  /**
   * Waits until all have come; returns the caller's number among them, from 0.
   *
   * @throws BrokenBarrierError when somebody does not come in time, is interrupted or dies, or on reset() and abort().
   */
  wait(timeout?: Timeout): number {
    const reply = this.#ref.call("wait", this.#asking(timeout));
    if (!this.#isActor(reply)) return this.#passed(reply);
    this.#act();
    this.#ref.call("passed", {}, true);
    return reply.numbers[0] as number;
  }

  /** {@link wait} without blocking the thread. */
  async waitAsync(timeout?: Timeout): Promise<number> {
    const reply = await this.#ref.callAsync("wait", this.#asking(timeout), signalOf(timeout));
    if (!this.#isActor(reply)) return this.#passed(reply);
    this.#act();
    await this.#ref.callAsync("passed", {});
    return reply.numbers[0] as number;
  }

  #asking(timeout: Timeout | undefined): { timeoutMs: number; numbers: number[] } {
    const { action, timeoutMs } = this.#options();
    return { timeoutMs: waitMs(timeout ?? timeoutMs), numbers: [action === undefined ? 0 : 1] };
  }

  #isActor({ status, numbers }: Reply): boolean {
    return status === "" && numbers[1] === 1;
  }

  #act(): void {
    try {
      this.#options().action?.();
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  #passed(reply: Reply): number {
    if (reply.status === "") return reply.numbers[0] as number;
    const what = labelOf("Barrier", this.name);
    if (reply.status === "broken")
      throw new BrokenBarrierError(
        `Cannot pass ${what}: it is broken, as somebody did not come or it was reset`,
      );
    throw unexpected("pass", what, reply);
  }

  /** Breaks it for those who wait, and makes it usable again. */
  reset(): void {
    this.#ref.call("reset", {}, true);
  }

  /** Breaks it, until `reset()`. */
  abort(): void {
    this.#ref.call("abort", {}, true);
  }

  /** How many pass together. */
  get parties(): number {
    return this.#state()[0] ?? 0;
  }
  /** How many wait now. */
  get nWaiting(): number {
    return this.#state()[1] ?? 0;
  }
  /** Is it broken? */
  get broken(): boolean {
    return this.#state()[2] === 1;
  }

  #state(): readonly number[] {
    return this.#ref.call("state", {}, true).numbers;
  }

  /** A snapshot of its state. */
  statistics(): {
    readonly name: string | undefined;
    readonly parties: number;
    readonly waiting: number;
    readonly broken: boolean;
  } {
    const [parties = 0, waiting = 0, broken = 0] = this.#state();
    return Object.freeze({ name: this.name, parties, waiting, broken: broken === 1 });
  }

  /** `<Barrier 'start' 1 of 2 waiting>` */
  toString(): string {
    const { parties, waiting, broken } = this.statistics();
    return `<${labelOf("Barrier", this.name)} ${waiting} of ${parties} waiting${broken ? ", broken" : ""}>`;
  }
}

exportedAs("Barrier", ProcessBarrier);
registerRemoteClass("Barrier", () => new ProcessBarrier());
shownAsText(ProcessBarrier);
