/** `Process`: a function that runs in a process of its own. */
import { type Deadline, deadlineOf, signalOf, type Timeout } from "../core/deadline.ts";
import { free } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { field } from "../core/layout.ts";
import { PROCESS } from "../core/process-layout.ts";
import { TIMED_OUT } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { REASON } from "../core/reason.ts";
import { flagWait } from "../core/sequence.ts";
import { block } from "../core/park.ts";
import { readText, writeText } from "../core/text.ts";
import { type Addr, compareExchange, load, now, store } from "../core/word.ts";
import { AlreadyStartedError, InvalidStateError, NotStartedError, ProcessError } from "../errors.ts";
import { bind, registerHandle } from "../value/handle.ts";
import { shownAsText } from "../value/shown.ts";
import "../closure/index.ts";
import { call, packed, post } from "./calls.ts";
import type { Work } from "./child.ts";
import { identity } from "./identity.ts";
import { DAEMON, newProcessRecord, PROCESS_STATE } from "./process-record.ts";
import { checkProcessOptions, type ProcessOptions } from "./process-options.ts";
import { Sentinel } from "./sentinel.ts";

/**
 * A process of its own: its own memory, its own fate. Its body is any function; what
 * the function uses is copied when `start()` is called.
 *
 * @example
 * ```ts
 * import { Process } from "heddle/multiprocessing";
 * const child = new Process({ target: (name: string) => console.log(`hello ${name}`), args: ["world"] });
 * child.start();
 * child.join();
 * console.log(child.exitcode); // 0
 * ```
 */
export class Process<A extends unknown[] = unknown[]> {
  readonly #record: Addr;
  #target: ((...args: never[]) => unknown) | undefined;
  #args: unknown[] = [];
  #sentinel: Sentinel | undefined;
  #closed = false;

  /** @throws TypeError for options that are none. */
  constructor(options: ProcessOptions<A> = {}) {
    const opened = opening;
    opening = undefined;
    if (opened === undefined) {
      checkProcessOptions(options);
      this.#record = newProcessRecord(options);
      this.#target = options.target ?? undefined;
      this.#args = [...(options.args ?? []), ...(options.kwargs === undefined ? [] : [options.kwargs])];
    } else {
      this.#record = opened;
    }
    bind(this, this.#record);
  }

  /** Its name, for people. */
  get name(): string {
    return readText(load(field(this.#record, PROCESS.NAME)) as Addr);
  }
  set name(name: string) {
    store(field(this.#record, PROCESS.NAME), writeText(String(name)));
  }

  /** Is it ended with its parent, instead of being waited for? Fixed by `start()`. */
  get daemon(): boolean {
    return (load(field(this.#record, PROCESS.FLAGS)) & DAEMON) !== 0;
  }
  set daemon(daemon: boolean) {
    if (this.#state() !== PROCESS_STATE.NEW)
      throw new AlreadyStartedError(`Cannot set daemon of ${this.name}: it was started already`);
    store(field(this.#record, PROCESS.FLAGS), daemon ? DAEMON : 0);
  }

  /** The platform's number of the process; undefined before `start()`. */
  get pid(): number | undefined {
    this.#checkOpen("read pid of");
    return load(field(this.#record, PROCESS.PID)) || undefined;
  }
  /** As {@link pid}. */
  get ident(): number | undefined {
    return this.pid;
  }

  /** How it ended: its exit code, or the negative number of the signal that ended it; undefined: it has not ended. */
  get exitcode(): number | undefined {
    this.#checkOpen("read exitcode of");
    return this.#hasEnded() ? load(field(this.#record, PROCESS.EXIT)) : undefined;
  }

  /** Something to give to `wait()`: ready when the process has ended. */
  get sentinel(): Sentinel {
    this.#checkOpen("read sentinel of");
    if ((this.#state() & (PROCESS_STATE.NEW | PROCESS_STATE.STARTING)) !== 0)
      throw new NotStartedError(`Cannot read sentinel of ${this.name}: it was not started`);
    this.#sentinel ??= new Sentinel(readText(load(field(this.#record, PROCESS.ID)) as Addr), this.name);
    return this.#sentinel;
  }

  /**
   * Starts the process, once. What the body uses is copied now.
   *
   * @throws AlreadyStartedError the second time; CaptureError when something that the body uses cannot leave the
   * process (it may then be started again); ProcessError when the platform refuses.
   */
  start(): this {
    this.#checkOpen("start");
    const state = field(this.#record, PROCESS.STATE);
    if (compareExchange(state, PROCESS_STATE.NEW, PROCESS_STATE.STARTING) !== PROCESS_STATE.NEW)
      throw new AlreadyStartedError(`Cannot start ${this.name}: a process can be started only once`);
    try {
      if (identity()?.daemon === true)
        throw new ProcessError(`Cannot start ${this.name}: a daemon process has no children`);
      const { message, refs } = packed(this.#work(), "target");
      const reply = call({ object: "~", method: "start", numbers: [this.#record], message, refs }, true);
      if (reply.status !== "") throw new ProcessError(`Cannot start ${this.name}: ${reply.text}`);
    } catch (error) {
      compareExchange(state, PROCESS_STATE.STARTING, PROCESS_STATE.NEW);
      throw error;
    }
    this.#target = undefined;
    this.#args = [];
    return this;
  }

  /** What the process does: calls `target` with its arguments. A subclass may override it. */
  run(): unknown {
    return this.#target?.(...(this.#args as never[]));
  }

  /**
   * Waits until it has ended. True: it has; false: the timeout passed first.
   *
   * @throws NotStartedError, InvalidStateError (closed), InterruptedError; RangeError or TypeError for a bad timeout.
   */
  join(timeout?: Timeout): boolean {
    const deadline = deadlineOf(timeout);
    this.#checkJoinable();
    if (this.#hasEnded()) return true;
    return block(this.#endWait(), bounded(deadline)) !== TIMED_OUT;
  }

  /** {@link join} without blocking the calling thread. */
  async joinAsync(timeout?: Timeout): Promise<boolean> {
    const deadline = deadlineOf(timeout);
    const signal = signalOf(timeout);
    signal?.throwIfAborted();
    this.#checkJoinable();
    if (this.#hasEnded()) return true;
    return (await blockAsync(this.#endWait(), bounded(deadline), signal)) !== TIMED_OUT;
  }

  /** Has it been started, and not ended yet? */
  isAlive(): boolean {
    this.#checkOpen("look at");
    return this.#state() === PROCESS_STATE.STARTED;
  }

  /** Asks it to end: SIGTERM. Its `finally` blocks do not run. */
  terminate(): void {
    this.#signal("terminate", "SIGTERM");
  }

  /** Ends it: SIGKILL. */
  kill(): void {
    this.#signal("kill", "SIGKILL");
  }

  /** Ends the present or next blocking call of its main thread with InterruptedError, as Ctrl-C does in Python. */
  interrupt(reason?: unknown): void {
    this.#checkSignallable("interrupt");
    const message = reason === undefined ? {} : { message: packed(reason, "reason").message };
    post({ object: "~", method: "interrupt", numbers: [this.#record], ...message });
  }

  /**
   * Lets go of it: from now on every call but this one throws.
   *
   * @throws InvalidStateError while it runs.
   */
  close(): void {
    if (this.#state() === PROCESS_STATE.STARTED)
      throw new InvalidStateError(
        `Cannot close ${this.name}: it is still running; join or terminate it first`,
      );
    this.#closed = true;
  }

  /** `<Process 'Process-1' pid=4711 parent=4710 started>` */
  toString(): string {
    const pid = load(field(this.#record, PROCESS.PID));
    const exit = load(field(this.#record, PROCESS.EXIT));
    const state = this.#closed
      ? "closed"
      : this.#hasEnded()
        ? `stopped exitcode=${exit}`
        : this.#state() === PROCESS_STATE.STARTED
          ? "started"
          : "initial";
    const daemon = this.daemon ? " daemon" : "";
    return `<${this.constructor.name} '${this.name}'${pid === 0 ? "" : ` pid=${pid}`} parent=${process.pid} ${state}${daemon}>`;
  }

  #state(): number {
    return load(field(this.#record, PROCESS.STATE));
  }
  #hasEnded(): boolean {
    return this.#state() === PROCESS_STATE.ENDED;
  }
  #endWait(): ReturnType<typeof flagWait> {
    return flagWait(field(this.#record, PROCESS.STATE), PROCESS_STATE.ENDED, REASON.PROCESS);
  }
  #checkOpen(verb: string): void {
    if (this.#closed) throw new InvalidStateError(`Cannot ${verb} ${this.name}: it was closed`);
  }
  #checkJoinable(): void {
    this.#checkOpen("join");
    if ((this.#state() & (PROCESS_STATE.NEW | PROCESS_STATE.STARTING)) !== 0)
      throw new NotStartedError(`Cannot join ${this.name}: it was not started`);
  }
  #checkSignallable(verb: string): void {
    this.#checkOpen(verb);
    if ((this.#state() & (PROCESS_STATE.NEW | PROCESS_STATE.STARTING)) !== 0)
      throw new NotStartedError(`Cannot ${verb} ${this.name}: it was not started`);
  }
  #signal(verb: string, signal: NodeJS.Signals): void {
    this.#checkSignallable(verb);
    post({ object: "~", method: "signal", numbers: [this.#record], text: signal });
  }

  /** What the child is told: the body, or, for a subclass, how to make this object there and call its run(). */
  #work(): Work {
    const subclass = this.constructor === Process ? undefined : (this.constructor as Work["subclass"]);
    return {
      target: this.#target as Work["target"],
      args: this.#args,
      ...(subclass && { subclass, fields: { ...this } }),
    };
  }

  /** The name by which the program's processes know it. */
  static idOf(process: Process): string {
    return readText(load(field(process.#record, PROCESS.ID)) as Addr);
  }

  /** In the child: an object of the subclass, with the fields that it had there; calls its run(). */
  static rerun(work: Work): unknown {
    const process = new Process({ target: work.target, args: [...work.args], name: identity()?.name });
    Object.setPrototypeOf(process, (work.subclass as { prototype: object }).prototype);
    Object.assign(process, work.fields);
    return process.run();
  }
}

/** A wait for another process is never a deadlock among threads: it gets an end, far away. */
function bounded(deadline: Deadline): Deadline {
  return Math.min(deadline, now() + 2 ** 40) as Deadline;
}

/** The record that the constructor is to open instead of making one. */
let opening: Addr | undefined;

registerHandle({
  kind: KIND.PROCESS,
  name: "Process",
  instead: "send its pid",
  create: (record) => {
    opening = record;
    return new Process();
  },
  reclaim: (record) => {
    for (const offset of [PROCESS.NAME, PROCESS.ID]) {
      const text = load(field(record, offset)) as Addr;
      if (text !== 0) free(text);
    }
    free(record);
  },
});

shownAsText(Process);
