/** `Thread`: a function that runs on a thread of its own. */
import { deadlineOf, signalOf, type Timeout } from "../core/deadline.ts";
import { free } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { field, HEADER, THREAD } from "../core/layout.ts";
import { TIMED_OUT } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { REASON } from "../core/reason.ts";
import { enrol, FLAG, newThread, PHASE, ringSupervisor } from "../core/registry.ts";
import { self } from "../core/self.ts";
import { awaitFlag, flagWait } from "../core/sequence.ts";
import { readText, writeText } from "../core/text.ts";
import { type Addr, add, compareExchange, exchange, load, or, store, and } from "../core/word.ts";
import {
  AlreadyStartedError,
  InvalidStateError,
  NotStartedError,
  SelfJoinError,
  ThreadTerminatedError,
  TimeoutError,
} from "../errors.ts";
import "../closure/index.ts";
import { bind, registerHandle, release } from "../value/handle.ts";
import { discard, load as loadMessage, store as storeMessage } from "../value/message.ts";
import { shownAsText } from "../value/shown.ts";
import { drainInbox } from "./excepthook.ts";
import { interruptThread, services } from "./interrupt.ts";
import type { Job } from "./body.ts";
import { launch, warmUp } from "./launch.ts";
import { checkThreadOptions, type ThreadOptions } from "./options.ts";
import { stateOf, type ThreadState, waitingOn } from "./who.ts";

/**
 * A thread of control. Its body is any function; what the function uses travels
 * with it when `start()` is called.
 *
 * @example
 * ```ts
 * import { Thread } from "heddle";
 * const echo = (text: string): string => `echo: ${text}`;
 * const thread = new Thread({ target: echo, args: ["text"] });
 * thread.start();
 * thread.join();
 * console.log(thread.result()); // echo: text
 * ```
 */
export class Thread<A extends unknown[] = unknown[], R = unknown> {
  readonly #record: Addr;
  /** Typed loosely, so that a thread of a narrower kind is a `Thread` as well. */
  #target: ((...args: never[]) => unknown) | undefined;
  #args: unknown[] = [];
  #outcome: Outcome | undefined;

  /** @throws TypeError or RangeError for options that are none. */
  constructor(options: ThreadOptions<A, R> = {}) {
    const opened = opening;
    opening = undefined;
    if (opened === undefined) {
      checkThreadOptions(options);
      this.#record = createRecord(options as ThreadOptions<never[], unknown>);
      this.#target = options.target ?? undefined;
      this.#args = [...(options.args ?? []), ...(options.kwargs === undefined ? [] : [options.kwargs])];
    } else {
      this.#record = opened;
    }
    bind(this, this.#record);
  }

  /** Its name, for people. Need not be unique; may be changed at any time. */
  get name(): string {
    return readText(load(field(this.#record, THREAD.NAME)) as Addr);
  }
  set name(name: string) {
    // Not freed: another thread may be reading it. Renaming is rare.
    store(field(this.#record, THREAD.NAME), writeText(String(name)));
  }

  /** Does the program end without waiting for it? Fixed by `start()`. */
  get daemon(): boolean {
    return (load(field(this.#record, THREAD.FLAGS)) & FLAG.DAEMON) !== 0;
  }
  set daemon(daemon: boolean) {
    if (this.#phase() !== PHASE.NEW) {
      throw new AlreadyStartedError(`Cannot set daemon of ${this.name}: it was started already`);
    }
    const flags = field(this.#record, THREAD.FLAGS);
    if (daemon) or(flags, FLAG.DAEMON);
    else and(flags, ~FLAG.DAEMON);
  }

  /** A number of its own, never reused; undefined before `start()`. */
  get ident(): number | undefined {
    return load(field(this.#record, THREAD.IDENT)) || undefined;
  }

  /** The kernel's id of the thread that runs it, where the platform tells it. */
  get nativeId(): number | undefined {
    return load(field(this.#record, THREAD.NATIVE)) || undefined;
  }

  /** Where it is in its life, as seen from any thread. A snapshot. */
  get state(): ThreadState {
    return stateOf(this.#record);
  }

  /** What it waits for, in words, while it is blocked. */
  get waitingOn(): string | undefined {
    return waitingOn(this.#record);
  }

  /** What ended the body, if it threw; undefined otherwise. */
  get exception(): unknown {
    return this.#phase() === PHASE.TERMINATED && this.#ended().failed ? this.#ended().value : undefined;
  }

  /**
   * Starts the body on a thread of its own, once. What the body uses is captured now.
   *
   * @throws AlreadyStartedError the second time; CaptureError when something that the body uses cannot travel
   * (the thread is then still new, and may be started again); HeapExhaustedError; InvalidStateError at the
   * program's end.
   */
  start(): this {
    const state = field(this.#record, THREAD.STATE);
    if (compareExchange(state, PHASE.NEW, PHASE.STARTING) !== PHASE.NEW) {
      throw new AlreadyStartedError(`Cannot start ${this.name}: a thread can be started only once`);
    }
    try {
      if (load(HEADER.FINALIZING as Addr) !== 0) {
        throw new InvalidStateError(`Cannot start ${this.name}: the program is ending`);
      }
      warmUp(load(field(this.#record, THREAD.STACK_MB)));
      store(field(this.#record, THREAD.JOB), storeMessage(this.#job(), "target"));
      enrol(this.#record);
    } catch (error) {
      const job = exchange(field(this.#record, THREAD.JOB), 0) as Addr;
      if (job !== 0) discard(job);
      store(state, PHASE.NEW);
      throw error;
    }
    this.#forgetBody();
    launch(this.#record);
    return this;
  }

  /**
   * What the thread does: calls `target` with its arguments. A subclass may override it.
   * Called directly, it runs in the calling thread.
   */
  run(): R | Promise<R> {
    const target = this.#target;
    const args = this.#args;
    this.#forgetBody();
    return target?.(...(args as never[])) as R | Promise<R>;
  }

  /**
   * Waits until it has ended. True: it has; false: the timeout passed first.
   *
   * @throws NotStartedError, SelfJoinError, InterruptedError; RangeError or TypeError for a bad timeout.
   */
  join(timeout?: Timeout): boolean {
    const deadline = deadlineOf(timeout);
    this.#checkJoinable();
    const ended = awaitFlag(field(this.#record, THREAD.STATE), PHASE.TERMINATED, deadline, REASON.JOIN);
    drainInbox();
    return ended;
  }

  /** {@link join} without blocking the calling thread. */
  async joinAsync(timeout?: Timeout): Promise<boolean> {
    const deadline = deadlineOf(timeout);
    const signal = signalOf(timeout);
    signal?.throwIfAborted();
    this.#checkJoinable();
    const wait = flagWait(field(this.#record, THREAD.STATE), PHASE.TERMINATED, REASON.JOIN);
    const ended = wait.poll(0 as Addr, false) ?? (await blockAsync(wait, deadline, signal));
    drainInbox();
    return ended !== TIMED_OUT;
  }

  /**
   * Waits until it has ended and returns what the body returned, or throws what it threw.
   *
   * @throws TimeoutError; ThreadTerminatedError when it was ended from outside; what {@link join} throws.
   */
  result(timeout?: Timeout): R {
    if (!this.join(timeout)) throw this.#tooLate();
    return this.#deliver();
  }

  /** {@link result} without blocking the calling thread. */
  async resultAsync(timeout?: Timeout): Promise<Awaited<R>> {
    if (!(await this.joinAsync(timeout))) throw this.#tooLate();
    return this.#deliver() as Awaited<R>;
  }

  /** Has it been started, and not ended yet? */
  isAlive(): boolean {
    return (this.#phase() & (PHASE.RUNNABLE | PHASE.RUNNING | PHASE.DELAYED)) !== 0;
  }

  /**
   * Ends its present blocking call, or its next one, with InterruptedError. A `reason` becomes the error's cause.
   */
  interrupt(reason?: unknown): void {
    if (this.#phase() !== PHASE.TERMINATED) interruptThread(this.#record, reason);
  }

  /**
   * Ends it at once, wherever it is; its `finally` blocks do not run, and what it held becomes abandoned.
   * `result()` then throws ThreadTerminatedError. Does not wait for the end: `join()` does.
   *
   * @throws NotStartedError; InvalidStateError for the main thread.
   */
  terminate(): void {
    const state = field(this.#record, THREAD.STATE);
    if (this.ident === undefined)
      throw new NotStartedError(`Cannot terminate ${this.name}: it was not started`);
    if ((load(field(this.#record, THREAD.FLAGS)) & FLAG.MAIN) !== 0) {
      throw new InvalidStateError(`Cannot terminate ${this.name}: call process.exit() to end the program`);
    }
    const unclaimed = [PHASE.RUNNABLE, PHASE.DELAYED].some(
      (phase) => compareExchange(state, phase, PHASE.KILL) === phase,
    );
    if (!unclaimed) {
      if (compareExchange(state, PHASE.RUNNING, PHASE.RUNNING | PHASE.KILL) !== PHASE.RUNNING) return; // it has ended
      services.endNow(load(field(this.#record, THREAD.ISOLATE)));
    }
    ringSupervisor();
  }

  /** A snapshot of its state. */
  statistics(): ThreadStatistics {
    const { name, ident, daemon, state } = this;
    return Object.freeze({ name, ident, daemon, state, waitingOn: this.waitingOn });
  }

  /** `<Thread 'Thread-1 (work)' blocked, daemon, ident 3>` */
  toString(): string {
    const daemon = this.daemon ? ", daemon" : "";
    const ident = this.ident === undefined ? "" : `, ident ${this.ident}`;
    return `<${this.constructor.name} '${this.name}' ${this.state}${daemon}${ident}>`;
  }

  #phase(): number {
    return load(field(this.#record, THREAD.STATE));
  }

  #forgetBody(): void {
    this.#target = undefined;
    this.#args = [];
  }

  /** What the carrier is told: the body, or, for a subclass, how to make this object there and call its run(). */
  #job(): Job {
    const plain = this.constructor === Thread || (load(field(this.#record, THREAD.FLAGS)) & FLAG.TIMER) !== 0;
    const subclass = plain ? undefined : (this.constructor as Job["subclass"]);
    return {
      target: this.#target as Job["target"],
      args: this.#args,
      ...(subclass && { subclass, fields: { ...this } }),
    };
  }

  /** In the carrier: takes the shape of the subclass, with the fields that it had, and returns its run(). */
  static become(thread: Thread, job: Job): () => unknown {
    thread.#target = job.target as never;
    thread.#args = [...job.args];
    Object.setPrototypeOf(thread, (job.subclass as { prototype: object }).prototype);
    Object.assign(thread, job.fields);
    return () => thread.run();
  }

  #checkJoinable(): void {
    if ((this.#phase() & (PHASE.NEW | PHASE.STARTING)) !== 0) {
      throw new NotStartedError(`Cannot join ${this.name}: it was not started`);
    }
    if (this.#record === self.thread)
      throw new SelfJoinError(`Cannot join ${this.name}: it is the calling thread`);
  }

  #tooLate(): TimeoutError {
    return new TimeoutError(`Cannot get the result of ${this.name}: it has not ended in time`);
  }

  #deliver(): R {
    const outcome = this.#ended();
    if (!outcome.failed) return outcome.value as R;
    if (!outcome.joined) {
      outcome.joined = true;
      addJoiner(outcome.value, this.name);
    }
    throw outcome.value;
  }

  /** How it ended. Read once, so that each call gives the same object. */
  #ended(): Outcome {
    this.#outcome ??= readOutcome(this.#record, this.name);
    return this.#outcome;
  }
}

/** A snapshot of a thread. */
export interface ThreadStatistics {
  readonly name: string;
  readonly ident: number | undefined;
  readonly daemon: boolean;
  readonly state: ThreadState;
  readonly waitingOn: string | undefined;
}

interface Outcome {
  readonly failed: boolean;
  readonly value: unknown;
  /** The stack of the error tells already who asked for it. */
  joined: boolean;
}

function readOutcome(record: Addr, name: string): Outcome {
  const failed = (load(field(record, THREAD.FLAGS)) & FLAG.FAILED) !== 0;
  const note = load(field(record, THREAD.NOTE)) as Addr;
  if (note !== 0) {
    const value = new ThreadTerminatedError(`Cannot get the result of ${name}: ${readText(note)}`);
    return { failed: true, value, joined: true };
  }
  const result = load(field(record, THREAD.RESULT)) as Addr;
  return { failed, value: result === 0 ? undefined : loadMessage(result), joined: false };
}

/** Adds to the stack of a thread's error where its result was asked for. */
function addJoiner(error: unknown, name: string): void {
  if (!(error instanceof Error) || typeof error.stack !== "string") return;
  const here = new Error("here").stack?.split("\n").slice(3).join("\n") ?? "";
  error.stack = `${error.stack}\n    --- thrown by ${name}, whose result was asked for at ---\n${here}`;
}

/** The record that the constructor is to open instead of making one. */
let opening: Addr | undefined;

/** The record that a subclass of heddle's own is about to open, for its constructor. */
export function openingRecord(): Addr | undefined {
  return opening;
}

/** How the handle of a Timer is made; timer.ts sets it, which knows the class. */
export const makers: { timer: () => Thread } = { timer: () => new Thread() };

function createRecord(options: ThreadOptions<never[], unknown>): Addr {
  const name = options.name ? String(options.name) : automaticName(options.target?.name ?? "");
  const inherited = self.thread !== 0 && (load(field(self.thread, THREAD.FLAGS)) & FLAG.DAEMON) !== 0;
  const record = newThread(name, (options.daemon ?? inherited) ? FLAG.DAEMON : 0);
  store(field(record, THREAD.STACK_MB), options.stackSizeMb ?? load(HEADER.STACK_MB as Addr));
  return record;
}

function automaticName(target: string): string {
  const number = add(HEADER.NEXT_NAME as Addr, 1);
  return target === "" ? `Thread-${number}` : `Thread-${number} (${target})`;
}

registerHandle({
  kind: KIND.THREAD,
  name: "Thread",
  create: (record) => {
    opening = record;
    const isTimer = (load(field(record, THREAD.FLAGS)) & FLAG.TIMER) !== 0;
    return isTimer ? makers.timer() : new Thread();
  },
  reclaim: (record) => {
    for (const offset of [THREAD.RESULT, THREAD.REASON, THREAD.JOB]) {
      const message = load(field(record, offset)) as Addr;
      if (message !== 0) discard(message);
    }
    for (const offset of [THREAD.NAME, THREAD.NOTE]) {
      const text = load(field(record, offset)) as Addr;
      if (text !== 0) free(text);
    }
    const finished = load(field(record, THREAD.FINISHED)) as Addr;
    if (finished !== 0) release(finished);
    free(record);
  },
});

shownAsText(Thread);
