/**
 * The search: runs a model's threads in every order that the bounds allow.
 *
 * JavaScript cannot suspend a synchronous frame, so a thread is suspended by throwing its frames
 * away (`SUSPEND`) and resumed by running its body again from the start on the results of its
 * earlier operations. Each operation is one step; before it the search may let another thread go
 * first (a *preemption*, of which there are a few), or kill the thread. When a thread blocks, ends
 * or spins, switching costs nothing.
 *
 *   S1  A body is a function of its operations' results. `enter` makes it so: it puts the state of
 *       the sources under test that lives in JavaScript (who am I, caches) back to fresh.
 *   S2  A choice with more than one option becomes a node with a mark of the machine; going back to
 *       it restores the machine, never re-runs other threads.
 *   S3  A state that was entered before with as many preemptions left is not entered again.
 *   S4  A killed thread does no further step. A sleeper that is killed is the same as one killed just
 *       before it slept, so sleepers are not killed (see `choices.ts`).
 *   S5  While a body unwinds from SUSPEND, its operations throw again and change nothing.
 *
 * Lineage: CHESS (iterative context bounding), loom (the seam), with stored states as in SPIN.
 */
import { Choices, type Left, type Option } from "./choices.ts";
import { ASLEEP, callOf, type Machine, type Mark, ModelThread, STATUS } from "./machine.ts";
import type { Bounds, Model, Outcome, Tally } from "./model.ts";
import { OP, type Port, port, TIMED_OUT } from "./ops.ts";
import { Seen } from "./seen.ts";
import { operationText, type Step } from "./trace.ts";

const SUSPEND = new Error("This thread is suspended: let this error pass");

interface Node {
  readonly options: readonly Option[];
  at: number;
  readonly mark: Mark;
  readonly left: Left;
}

export class Search<S> implements Port {
  readonly #machine: Machine;
  readonly #model: Model<S>;
  readonly #bounds: Bounds;
  readonly #state: S;
  readonly #threads: ModelThread[];
  readonly #recovery: ModelThread | undefined;
  readonly #choices: Choices<S>;
  readonly #nodes: Node[] = [];
  readonly #seen = new Seen();
  /** The choices to follow, when a schedule is replayed; then every step is written down. */
  readonly #path: readonly number[] | undefined;
  readonly #steps: Step[] = [];
  #taken = 0;
  #running: ModelThread | undefined;
  /** The next operation of the running thread was decided on already. */
  #granted = false;
  /** The running thread is suspended: S5. */
  #stopped = false;
  /** What to do after the running thread was suspended; undefined: choose. */
  #next: Option | undefined;
  #pruned = false;
  readonly #values: unknown[] = [];
  readonly tally: Tally = {
    schedules: 0,
    merged: 0,
    states: 0,
    operations: 0,
    complete: true,
    failure: undefined,
    steps: this.#steps,
  };

  constructor(machine: Machine, model: Model<S>, state: S, bounds: Bounds, path?: readonly number[]) {
    this.#machine = machine;
    this.#model = model;
    this.#state = state;
    this.#bounds = bounds;
    this.#path = path;
    const names = Object.keys(model.threads);
    this.#threads = names.map((name, index) => new ModelThread(name, index));
    if (model.kill !== undefined) {
      this.#recovery = new ModelThread("recovery", names.length);
      this.#recovery.status = STATUS.DORMANT;
      this.#threads.push(this.#recovery);
    }
    this.#choices = new Choices(machine, model, bounds, this.#threads, this.#recovery);
    machine.threads.splice(0, Infinity, ...this.#threads);
  }

  /** Explores until the space or a limit ends, or something fails. The machine is left as it was found. */
  run(): Tally {
    const root = this.#machine.mark();
    const outer = port.current;
    port.current = this;
    try {
      let option = this.#choose(this.#choices.whenIdle());
      while (option !== undefined) {
        this.#apply(option);
        option = this.#after();
      }
    } finally {
      port.current = outer;
      this.#machine.restore(root);
      this.tally.states = this.#seen.size;
    }
    return this.tally;
  }

  /** What follows a step that came back: the next choice, or back to an earlier one. */
  #after(): Option | undefined {
    if (this.tally.failure !== undefined) return undefined;
    if (this.#next !== undefined) {
      const option = this.#next;
      this.#next = undefined;
      return option;
    }
    if (!this.#pruned) {
      const options = this.#choices.whenIdle();
      if (options.length > 0) {
        const option = this.#choose(options);
        if (option !== undefined) return option;
      } else this.#finish();
    }
    if (this.tally.failure !== undefined || this.#path !== undefined) return undefined;
    if (this.#pruned) this.tally.merged += 1;
    return this.#backtrack();
  }

  #backtrack(): Option | undefined {
    if (this.tally.schedules + this.tally.merged >= this.#bounds.limit) {
      this.tally.complete = false;
      return undefined;
    }
    this.#pruned = false;
    for (let node = this.#nodes.at(-1); node !== undefined; node = this.#nodes.at(-1)) {
      node.at += 1;
      const option = node.options[node.at];
      if (option === undefined) {
        this.#nodes.pop();
        continue;
      }
      this.#machine.restore(node.mark);
      this.#choices.left = node.left;
      this.#choices.spend(option.cost);
      return option;
    }
    return undefined;
  }

  /** Makes a node of a choice and takes its first option; undefined: the state was known. */
  #choose(options: readonly Option[], current = 0): Option | undefined {
    const only = options.length === 1;
    if (this.#path === undefined) {
      if (this.#bounds.merge && this.#known(current)) {
        this.#pruned = true;
        return undefined;
      }
      if (!only) {
        this.#nodes.push({ options, at: 0, mark: this.#machine.mark(), left: this.#choices.left });
      }
    }
    const choice = only || this.#path === undefined ? 0 : (this.#path[this.#taken] ?? 0);
    if (!only) this.#taken += 1;
    const option = options[choice];
    if (option === undefined)
      throw new Error(`Cannot replay ${this.#model.name}: choice ${this.#taken} does not exist`);
    this.#choices.spend(option.cost);
    return option;
  }

  #known(current: number): boolean {
    const { preemptions, jumps, victim } = this.#choices.left;
    const extra = (current * 64 + (victim === undefined ? 0 : victim.index + 1)) * 64 + jumps;
    const [high, low] = this.#machine.hash(extra);
    return this.#seen.covered(high, low, preemptions);
  }

  #pathHere(): number[] {
    return this.#path === undefined ? this.#nodes.map((node) => node.at) : [...this.#path];
  }

  #apply(option: Option): void {
    const { act, thread } = option;
    if (act === "kill") {
      this.#kill(thread);
      return;
    }
    if (act === "timeout") {
      this.#write(thread, "wait", "timed-out");
      this.#machine.wake(thread, TIMED_OUT);
    }
    if (act === "jump") this.#jump(thread);
    this.#runBody(thread);
  }

  #kill(thread: ModelThread): void {
    this.#write(thread, "KILLED", "");
    this.#choices.killed(thread);
    this.#machine.kill(thread);
    if (this.#recovery !== undefined) this.#recovery.status = STATUS.FRESH;
  }

  #jump(thread: ModelThread): void {
    this.#choices.spendJump();
    this.#machine.clock += this.#bounds.jumpMs;
    this.#write(thread, "time passes", `${this.#bounds.jumpMs} ms`);
  }

  /** Runs a body from its start up to where it must stop. */
  #runBody(thread: ModelThread): void {
    if (thread.status !== STATUS.DEAD) thread.status = STATUS.READY;
    thread.cursor = 0;
    this.#running = thread;
    this.#granted = true;
    this.#stopped = false;
    this.#model.enter?.(thread.index, this.#state);
    try {
      const value = this.#body(thread);
      if (!this.#stopped) this.#end(thread, value);
    } catch (error) {
      if (!this.#stopped) this.#fail(`${thread.name} threw ${String(error)}`, error);
    } finally {
      this.#running = undefined;
    }
  }

  #body(thread: ModelThread): unknown {
    if (thread !== this.#recovery) return this.#model.threads[thread.name]!(this.#state);
    return this.#model.kill!.recover(this.#state, this.#choices.left.victim!.index);
  }

  #end(thread: ModelThread, value: unknown): void {
    if (thread.cursor < thread.results.length) this.#diverged(thread);
    this.#write(thread, "ended", "");
    thread.status = STATUS.ENDED;
    this.#values[thread.index] = value;
  }

  #diverged(thread: ModelThread): void {
    const reason = `${thread.name} took another way when it was run again: something outside the words changed`;
    this.#fail(reason, new Error(reason));
  }

  /** One operation of the running body, or of nobody (an invariant, a finish). */
  op(kind: number, addr: number, x: number, y: number): number {
    const thread = this.#running;
    if (thread === undefined) return this.#direct(kind, addr, x, y);
    if (this.#stopped) throw SUSPEND;
    const call = callOf(kind, addr);
    if (thread.cursor < thread.results.length) {
      if (thread.calls[thread.cursor] !== call) {
        this.#diverged(thread);
        this.#stop();
      }
      return thread.results.at(thread.cursor++);
    }
    if (kind !== OP.NOTE && !this.#quiet(kind, addr)) {
      // Who goes was decided already, unless there is something else to decide: how late it is.
      const granted = this.#granted && kind !== OP.NOW;
      this.#granted = false;
      if (!granted) this.#decide(thread, kind);
    }
    return this.#step(thread, kind, addr, x, y, call);
  }

  /** Is this a look at a word that does not change while the threads run? Then it does not matter when it happens. */
  #quiet(kind: number, addr: number): boolean {
    const { quiet } = this.#model;
    if (quiet === undefined || kind > OP.COMPARE_EXCHANGE || !quiet(this.#state, addr)) return false;
    if (kind === OP.LOAD) return true;
    this.#fail(`${this.label(addr)} is said to be quiet, and somebody changes it`, undefined);
    return this.#stop();
  }

  #direct(kind: number, addr: number, x: number, y: number): number {
    const result = this.#machine.perform(undefined, kind, addr, x, y);
    return result === ASLEEP ? 0 : result;
  }

  #step(thread: ModelThread, kind: number, addr: number, x: number, y: number, call: number): number {
    this.tally.operations += 1;
    const { version } = this.#machine;
    const before = this.#machine.read(addr >> 2);
    const result = this.#machine.perform(thread, kind, addr, x, y);
    if (this.#path !== undefined)
      this.#writeOp(thread, kind, addr, x, y, result === ASLEEP ? undefined : result);
    if (result === ASLEEP) this.#stop();
    thread.record(call, result);
    thread.cursor += 1;
    if (kind === OP.NOTE || this.#machine.version !== version) this.#check(thread, addr, before);
    if (thread.results.length > this.#bounds.operations) {
      this.#fail(`${thread.name} does not end: ${thread.results.length} operations`, undefined);
      this.#stop();
    }
    return result;
  }

  /** Writes a note, as part of the operation before it. */
  note(text: string): void {
    const thread = this.#running;
    if (thread === undefined) return;
    const fresh = !this.#stopped && thread.cursor >= thread.results.length;
    if (fresh) {
      this.#machine.note(text);
      this.#write(thread, `note ${text}`, "");
    }
    this.op(OP.NOTE, 0, 0, 0);
  }

  #stop(): never {
    this.#stopped = true;
    throw SUSPEND;
  }

  /** Asks the model about what the thread has just changed. */
  #check(thread: ModelThread, addr: number, before: number): void {
    const { invariant, transition } = this.#model;
    if (invariant === undefined && transition === undefined) return;
    this.#running = undefined;
    try {
      invariant?.(this.#state, this.#machine.notes);
      const after = this.#machine.read(addr >> 2);
      if (after !== before) transition?.(this.#state, { addr, before, after, thread: thread.name });
    } catch (error) {
      this.#fail(`the invariant does not hold: ${String(error)}`, error);
    } finally {
      this.#running = thread;
    }
    if (this.tally.failure !== undefined) this.#stop();
  }

  /** The running thread is about to do something: it, or somebody else? Returns when it is the one. */
  #decide(thread: ModelThread, kind: number): void {
    const options = this.#choices.before(thread, kind);
    // A step that nothing can come between is no choice, and not worth a stored state.
    if (options.length === 1 && options[0]!.thread === thread && options[0]!.act === "run") return;
    const option = this.#choose(options, thread.index + 1);
    if (option === undefined) this.#stop();
    if (option.thread === thread && option.act === "run") return;
    if (option.thread === thread && option.act === "jump") {
      this.#jump(thread);
      return;
    }
    this.#next = option;
    this.#stop();
  }

  /** Nobody can go on: everybody has ended, or those who have not are stuck. */
  #finish(): void {
    const stuck = this.#threads.filter((t) => t.status === STATUS.WAITING);
    const mayStick = this.#model.mayBlock ?? [];
    if (stuck.some((t) => !mayStick.includes(t.name))) {
      const waits = stuck.map((t) => `${t.name} waits for ${this.label(t.waitsFor)}`);
      this.#fail(`deadlock: ${waits.join(", ")}, and nobody is left to wake them`, undefined);
      return;
    }
    this.tally.schedules += 1;
    const outcome: Outcome = {
      values: Object.fromEntries(
        this.#threads.map((t) => [t.name, t.status === STATUS.ENDED ? this.#values[t.index] : undefined]),
      ),
      dead: this.#choices.left.victim?.name,
      blocked: stuck.map((t) => t.name),
      notes: [...this.#machine.notes],
    };
    const mark = this.#machine.mark();
    try {
      this.#model.enter?.(-1, this.#state);
      this.#model.finish?.(this.#state, outcome);
    } catch (error) {
      this.#fail(`the end is wrong: ${String(error)}`, error);
    } finally {
      this.#machine.restore(mark);
    }
  }

  #fail(reason: string, cause: unknown): void {
    this.tally.failure ??= { reason, cause, path: this.#pathHere(), steps: this.#steps };
  }

  label(addr: number): string {
    return this.#model.label?.(this.#state, addr) ?? `0x${addr.toString(16)}`;
  }

  #write(thread: ModelThread, what: string, result: string): void {
    if (this.#path !== undefined) this.#steps.push({ thread: thread.name, what, result });
  }

  #writeOp(
    thread: ModelThread,
    kind: number,
    addr: number,
    x: number,
    y: number,
    result: number | undefined,
  ): void {
    if (kind === OP.NOTE) return;
    const { what, result: got } = operationText(kind, this.label(addr), x, y, result);
    this.#write(thread, what, got);
  }
}
