/**
 * Who may go next: the options at each point of a schedule, and what is left of the bounds.
 *
 *   C1  Going on costs nothing; switching away from a thread that could go on costs a preemption, unless
 *       it spins.
 *   C2  A thread that spins in vain (so often, and no word has changed) lets the others go first.
 *   C3  Killing is offered before each operation, and where a thread was woken and has not run yet.
 */
import { type Machine, type ModelThread, STATUS } from "./machine.ts";
import type { Bounds, Model } from "./model.ts";
import { OP } from "./ops.ts";

/** One way to go on. */
export interface Option {
  readonly act: "run" | "kill" | "timeout" | "jump";
  readonly thread: ModelThread;
  /** Preemptions that it uses up. */
  readonly cost: number;
}

/** What is left of the bounds. */
export interface Left {
  readonly preemptions: number;
  readonly jumps: number;
  readonly victim: ModelThread | undefined;
}

export class Choices<S> {
  readonly #machine: Machine;
  readonly #model: Model<S>;
  readonly #bounds: Bounds;
  readonly #threads: readonly ModelThread[];
  readonly #recovery: ModelThread | undefined;
  left: Left;

  constructor(
    machine: Machine,
    model: Model<S>,
    bounds: Bounds,
    threads: readonly ModelThread[],
    recovery: ModelThread | undefined,
  ) {
    this.#machine = machine;
    this.#model = model;
    this.#bounds = bounds;
    this.#threads = threads;
    this.#recovery = recovery;
    this.left = { preemptions: bounds.preemptions, jumps: bounds.timeJumps, victim: undefined };
  }

  spend(preemptions: number): void {
    if (preemptions > 0) this.left = { ...this.left, preemptions: this.left.preemptions - preemptions };
  }
  spendJump(): void {
    this.left = { ...this.left, jumps: this.left.jumps - 1 };
  }
  killed(victim: ModelThread): void {
    this.left = { ...this.left, victim };
  }

  /** Who may go when nobody runs. None: everybody has ended or is stuck. */
  whenIdle(): Option[] {
    const options: Option[] = [];
    for (const thread of this.#threads) this.#offer(options, thread, 0);
    if (options.length > 0) return options;
    // Only spinners are left: nobody will change the memory for them, but their spin may be bounded.
    return this.#threads
      .filter((thread) => thread.runnable)
      .map((thread) => ({ act: "run", thread, cost: 0 }));
  }

  /** Who may go when a thread is about to do an operation. */
  before(thread: ModelThread, kind: number): Option[] {
    const options: Option[] = [];
    const spinning = kind === OP.RELAX;
    if (!spinning || !this.#yields(thread)) options.push({ act: "run", thread, cost: 0 });
    if (kind === OP.NOW) {
      // A look at the clock is nothing that others could see: only how late it is matters.
      if (this.left.jumps > 0) options.push({ act: "jump", thread, cost: 0 });
      return options;
    }
    if (this.#killable(thread)) options.push({ act: "kill", thread, cost: 0 });
    const cost = spinning ? 0 : 1;
    if (this.left.preemptions < cost) return options;
    for (const other of this.#threads) if (other !== thread) this.#offer(options, other, cost);
    return options;
  }

  #offer(options: Option[], thread: ModelThread, cost: number): void {
    if (thread.status === STATUS.WAITING) {
      if (thread.wakeAt !== Infinity) options.push({ act: "timeout", thread, cost });
      return;
    }
    if (!thread.runnable || this.#spinsInVain(thread)) return;
    options.push({ act: "run", thread, cost });
    if (thread.status !== STATUS.READY && this.#killable(thread)) options.push({ act: "kill", thread, cost });
  }

  #spinsInVain(thread: ModelThread): boolean {
    return thread.spins >= this.#bounds.spins && thread.spinVersion === this.#machine.version;
  }

  /** C2. When there is nobody to go first, time passes. */
  #yields(thread: ModelThread): boolean {
    if (!this.#spinsInVain(thread)) return false;
    const others: Option[] = [];
    for (const other of this.#threads) if (other !== thread) this.#offer(others, other, 0);
    if (others.length === 0) this.#machine.clock += 1;
    return others.length > 0;
  }

  #killable(thread: ModelThread): boolean {
    const { kill } = this.#model;
    if (kill === undefined || this.left.victim !== undefined || thread === this.#recovery) return false;
    return kill.victims === undefined || kill.victims.includes(thread.name);
  }
}
