/**
 * Process pools, as the supervisor runs them: it starts workers, gives them tasks,
 * and ends the futures.
 *
 * A worker asks for tasks and gets some at once, as many as it does in about a
 * millisecond, so that tiny ones cost no round trip each. A future begins when its
 * task is given to a worker; until then it can be cancelled.
 */
import { cancel, claim, finish, isOver, notifyCancelled, PENDING, phaseOf, tagOf } from "../core/future.ts";
import "../futures/future.ts"; // frees the records of futures
import { FUTURE } from "../core/future-layout.ts";
import { field, HEADER } from "../core/layout.ts";
import { kickAll } from "../core/line.ts";
import { PROCESS, PROCESS_POOL } from "../core/process-layout.ts";
import { wakeAll } from "../core/sequence.ts";
import { readText } from "../core/text.ts";
import { type Addr, add, exchange, load, or, store } from "../core/word.ts";
import { BrokenExecutorError, ProcessError } from "../errors.ts";
import { thrown, THROWN } from "../futures/outcome.ts";
import { deliver } from "../futures/port.ts";
import { freeNamed } from "../sync/named.ts";
import { release } from "../value/handle.ts";
import { bytesOf, discard } from "../value/message.ts";
import { receive } from "../value/portable.ts";
import { Ask } from "./broker/ask.ts";
import { type Parcel, unwrap, wrap } from "./batch.ts";
import type { Children } from "./children.ts";
import type { FrameOf } from "./frame.ts";
import { POOL_STATE } from "./pool-record.ts";
import { newProcessRecord } from "./process-record.ts";

type Call = FrameOf<"CALL">;

interface Task {
  /** Its future, with a reference; what is to be done is in its JOB until it begins. */
  readonly future: Addr;
  /** The connections in it. */
  readonly refs: string;
}
interface Worker {
  readonly record: Addr;
  readonly id: string;
  /** What it was given and has not answered, by number. */
  readonly given: Map<number, Task>;
  /** It waits for tasks. */
  asking: Ask | undefined;
  /** How many it may take at once. */
  appetite: number;
  /** Tasks that it has been given in all. */
  taken: number;
  ending: boolean;
}

/** How a pool is made. */
export interface PoolPlan {
  readonly record: Addr;
  /** What each worker runs. */
  readonly payload: Uint8Array;
  readonly refs: string;
  readonly maxTasksPerChild: number;
  /** A worker that dies takes its tasks with it, and another one comes; else the whole pool is broken. */
  readonly replaces: boolean;
  /** Called when its record was freed. */
  readonly freed: () => void;
}

const MOST_AT_ONCE = 256;

export class PoolHost {
  readonly #plan: PoolPlan;
  readonly #children: Children;
  readonly #workers: Map<string, Worker> = new Map();
  readonly #queue: Task[] = [];
  #next = 0;
  #unfinished = 0;
  #number = 0;
  #name: string;
  #forced = false;

  constructor(plan: PoolPlan, children: Children) {
    this.#plan = plan;
    this.#children = children;
    this.#name = readText(load(field(plan.record, PROCESS_POOL.NAME)) as Addr);
  }

  #state(): number {
    return load(field(this.#plan.record, PROCESS_POOL.STATE));
  }
  get #waiting(): number {
    return this.#queue.length - this.#next;
  }

  /** Takes a task. */
  submit(future: Addr, refs: string): void {
    if (this.#unfinished++ === 0) add(HEADER.CHILDREN as Addr, 1); // the program waits for it
    const task = { future, refs };
    if ((this.#state() & POOL_STATE.BROKEN) !== 0) return this.#fail(task, this.#brokenText);
    this.#queue.push(task);
    this.#feed();
  }
  #brokenText = "";
  #refusal = "";

  /** Gives tasks to workers that ask, and starts as many more as are of use. */
  #feed(): void {
    for (const worker of this.#workers.values()) {
      if (this.#waiting === 0) break;
      if (worker.asking !== undefined) this.#give(worker, worker.asking);
    }
    const max = load(field(this.#plan.record, PROCESS_POOL.MAX));
    if (this.#waiting === 0 || this.#workers.size >= max) return;
    const booting = [...this.#workers.values()].filter(
      ({ taken, asking }) => taken === 0 && asking === undefined,
    ).length;
    for (let wanted = this.#waiting - booting; wanted > 0 && this.#workers.size < max; wanted--) {
      if (!this.#startWorker()) return;
    }
  }

  /** Starts all of its workers at once. Returns why one cannot be started: then none is left. */
  fill(): string {
    const max = load(field(this.#plan.record, PROCESS_POOL.MAX));
    while (this.#workers.size < max) {
      if (this.#startWorker()) continue;
      if (this.#brokenText === "") this.force("SIGTERM");
      return this.#refusal;
    }
    return "";
  }

  #startWorker(): boolean {
    const { record: pool, payload, refs } = this.#plan;
    const number = add(field(pool, PROCESS_POOL.STARTED), 1) + 1;
    const record = newProcessRecord({ name: `${this.#name}-${number}`, daemon: true });
    const id = readText(load(field(record, PROCESS.ID)) as Addr);
    const outcome = this.#children.launch(record, payload, refs, (exit) => this.#gone(id, exit));
    if (typeof outcome === "string") {
      release(record);
      this.#refusal = `a worker could not be started: ${outcome}`;
      if (this.#workers.size === 0) this.#break(this.#refusal, []);
      return false;
    }
    const worker = { record, id, given: new Map(), asking: undefined, appetite: 1, taken: 0, ending: false };
    this.#workers.set(id, worker);
    store(field(pool, PROCESS_POOL.WORKERS), this.#workers.size);
    return true;
  }

  /** A worker's call: results that it has, and, for `serve`, the wish for more tasks. numbers[0]: tasks in a millisecond. */
  work(call: Call, reply: (frame: FrameOf<"REPLY">) => void): void {
    const ask = new Ask(call, reply);
    const worker = this.#workers.get(call.process);
    if (worker === undefined) return ask.answer({ status: "end" });
    for (const parcel of unwrap(call.raw)) this.#result(worker, parcel);
    if (call.method !== "serve") return ask.answer();
    const [pace = 1] = call.numbers;
    worker.appetite = Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(pace) || 1));
    const isDone = worker.taken >= this.#plan.maxTasksPerChild;
    if (isDone || this.#mayEnd()) return this.#end(worker, ask);
    if (this.#waiting > 0) this.#give(worker, ask);
    else worker.asking = ask;
  }

  #give(worker: Worker, ask: Ask): void {
    const share = Math.ceil(this.#waiting / Math.max(1, this.#workers.size));
    let left = Math.min(worker.appetite, share, this.#plan.maxTasksPerChild - worker.taken);
    const parcels: Parcel[] = [];
    const jobs: Addr[] = [];
    while (left > 0 && this.#waiting > 0) {
      const task = this.#shift();
      if (!this.#begin(task)) continue;
      const number = ++this.#number;
      worker.given.set(number, task);
      if (task.refs !== "") this.#children.hold(worker.id, task.refs);
      const job = exchange(field(task.future, FUTURE.JOB), 0) as Addr;
      jobs.push(job);
      parcels.push({ number, failed: false, bytes: bytesOf(job) });
      left--;
    }
    if (parcels.length === 0) {
      worker.asking = ask; // all that waited were cancelled
      return;
    }
    worker.asking = undefined;
    worker.taken += parcels.length;
    const raw = wrap(parcels); // a copy
    for (const job of jobs) discard(job);
    ask.answer({ raw });
  }

  #shift(): Task {
    const task = this.#queue[this.#next] as Task;
    this.#queue[this.#next++] = undefined as never;
    if (this.#next > 1024 && this.#next * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#next);
      this.#next = 0;
    }
    return task;
  }

  /** False: it was cancelled. */
  #begin({ future }: Task): boolean {
    const word = load(field(future, FUTURE.STATE));
    if (phaseOf(word) === PENDING && claim(future, tagOf(word), 0) === "claimed") return true;
    notifyCancelled(future);
    this.#finished(future);
    return false;
  }

  #result(worker: Worker, { number, failed, bytes }: Parcel): void {
    const task = worker.given.get(number);
    if (task === undefined) return;
    worker.given.delete(number);
    let result: number;
    try {
      result = receive(bytes) | (failed ? THROWN : 0);
    } catch (error) {
      result = thrown(error);
    }
    finish(task.future, result);
    this.#finished(task.future);
  }

  #finished(future: Addr): void {
    deliver(future);
    if (--this.#unfinished > 0) return;
    add(HEADER.CHILDREN as Addr, -1);
    kickAll(HEADER.ENDINGS as Addr);
    if ((this.#state() & POOL_STATE.SHUT) !== 0) this.#endAll();
  }

  #fail(task: Task, text: string, type: new (text: string) => Error = BrokenExecutorError): void {
    const word = load(field(task.future, FUTURE.STATE));
    if (phaseOf(word) === PENDING) claim(task.future, tagOf(word), 0);
    if (isOver(load(field(task.future, FUTURE.STATE)))) notifyCancelled(task.future);
    else finish(task.future, thrown(new type(`Cannot get the result of a task: ${text}`)));
    this.#finished(task.future);
  }

  /** A worker's process has ended. */
  #gone(id: string, exit: number): void {
    const worker = this.#workers.get(id);
    if (worker === undefined) return;
    this.#workers.delete(id);
    store(field(this.#plan.record, PROCESS_POOL.WORKERS), this.#workers.size);
    release(worker.record);
    const died = !worker.ending || worker.given.size > 0;
    const text = `worker ${readText(load(field(worker.record, PROCESS.NAME)) as Addr)} ended with exit code ${exit}`;
    if (died && !this.#forced && !this.#plan.replaces) return this.#break(text, [...worker.given.values()]);
    for (const task of worker.given.values()) this.#fail(task, text, ProcessError);
    if (this.#mayEnd()) return this.#maybeEnded();
    this.#feed();
  }

  /** Every task that is left fails, and the other workers end. */
  #break(text: string, lost: readonly Task[]): void {
    this.#brokenText = `the pool ${this.#name} is broken: ${text}`;
    or(field(this.#plan.record, PROCESS_POOL.STATE), POOL_STATE.BROKEN | POOL_STATE.SHUT);
    this.#stop("SIGTERM", this.#brokenText, lost);
  }

  /** Ends the workers with a signal; what they were at, and what waits, fails. */
  #stop(signal: NodeJS.Signals, text: string, lost: readonly Task[] = []): void {
    this.#forced = true;
    const tasks = [...lost, ...[...this.#workers.values()].flatMap(({ given }) => [...given.values()])];
    for (const worker of this.#workers.values()) {
      worker.ending = true;
      worker.given.clear();
      this.#children.signal(worker.record, signal);
    }
    while (this.#waiting > 0) tasks.push(this.#shift());
    for (const task of tasks) this.#fail(task, text);
    this.#maybeEnded();
  }

  /** Ends it at once. */
  force(signal: NodeJS.Signals): void {
    this.#brokenText = `the pool ${this.#name} was forcefully shut down`;
    or(field(this.#plan.record, PROCESS_POOL.STATE), POOL_STATE.BROKEN | POOL_STATE.SHUT);
    this.#stop(signal, this.#brokenText);
  }

  /** Takes nothing more; ends when all is done. */
  shutdown(cancelFutures: boolean): void {
    or(field(this.#plan.record, PROCESS_POOL.STATE), POOL_STATE.SHUT);
    if (cancelFutures) {
      while (this.#waiting > 0) {
        const { future } = this.#shift();
        cancelAndNotify(future);
        this.#finished(future);
      }
    }
    if (this.#mayEnd()) this.#endAll();
  }

  #mayEnd(): boolean {
    return this.#ended || ((this.#state() & POOL_STATE.SHUT) !== 0 && this.#unfinished === 0);
  }

  #endAll(): void {
    for (const worker of this.#workers.values())
      if (worker.asking !== undefined) this.#end(worker, worker.asking);
    this.#maybeEnded();
  }

  #end(worker: Worker, ask: Ask): void {
    worker.ending = true;
    worker.asking = undefined;
    ask.answer({ status: "end" });
  }

  #maybeEnded(): void {
    if (this.#ended || this.#workers.size > 0 || (this.#state() & POOL_STATE.SHUT) === 0) return;
    this.#ended = true;
    const state = field(this.#plan.record, PROCESS_POOL.STATE);
    or(state, POOL_STATE.ENDED);
    wakeAll(state);
    if (this.#deserted) this.#free();
  }

  /** Nobody has it any more: ends when all is done, and frees its record. */
  desert(): void {
    this.#deserted = true;
    if (this.#ended) this.#free();
    else this.shutdown(false);
  }
  #deserted = false;
  #ended = false;

  #free(): void {
    freeNamed(this.#plan.record, PROCESS_POOL.NAME);
    this.#plan.freed();
  }
}

function cancelAndNotify(future: Addr): void {
  cancel(future);
  notifyCancelled(future);
}
