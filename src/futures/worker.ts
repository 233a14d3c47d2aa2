/**
 * A worker of a pool: a thread that takes tasks from the line until the pool ends.
 *
 * A task that returns a promise runs on in this thread's event loop; the worker takes others meanwhile, as
 * many at once as the pool was made for. It sleeps in a blocking wait only while nothing of it awaits anything.
 */
import {
  BROKEN,
  CREW_STATE,
  ORPHANED,
  parkWait,
  POOL_OPTION,
  runAt,
  runWords,
  SHUT,
  TERMINATED,
  unpark,
  workerAt,
} from "../core/crew.ts";
import { NEVER } from "../core/deadline.ts";
import { FUTURE, POOL, WORKER } from "../core/future-layout.ts";
import { finish, notifyCancelled } from "../core/future.ts";
import { field, HEADER, THREAD } from "../core/layout.ts";
import { kickAll, ticks } from "../core/line.ts";
import { block } from "../core/park.ts";
import { Patience } from "../core/patience.ts";
import { spinLimit } from "../core/platform.ts";
import { blockAsync } from "../core/park-async.ts";
import { FLAG, PHASE, ringSupervisor } from "../core/registry.ts";
import { self } from "../core/self.ts";
import { backlog, cancelWaiting, take } from "../core/work.ts";
import { type Addr, and, compareExchange, load, now, or, store } from "../core/word.ts";
import { BrokenExecutorError, CancelledError, DeadlockError, ThreadTerminatedError } from "../errors.ts";
import { registerExports } from "../value/known.ts";
import { load as loadMessage, modulesOf, prepare, storeLenient } from "../value/message.ts";
import { setBeside } from "../thread/body.ts";
import { reportUncaught } from "../thread/excepthook.ts";
import { ThreadExit } from "../thread/exit.ts";
import { isPromise } from "../thread/platform.ts";
import { type Call, callNeedsModules, limitOf, prepareCall, readCall } from "./call.ts";
import { installHelping } from "./helping.ts";
import { discardResult, plainResult, returned, thrown } from "./outcome.ts";
import { body, isDaemonic, lineOf, poolState, releasePool, summon, tellWorkers, vacate } from "./pool.ts";
import { deliver } from "./port.ts";

/** A task that is being run. */
export interface Running {
  readonly record: Addr;
  /** The word that names it; 0: it is run inside another task. */
  readonly run: Addr;
}

/** Spins of idle workers: longer than it takes another thread to wake up and submit the next task. */
const forTask = new Patience(spinLimit * 20);

/** Tasks without a pause after which the event loop gets a turn. */
const TASKS_A_TURN = 512;

export class Worker {
  readonly pool: Addr;
  readonly worker: Addr;
  readonly #line: Addr;
  readonly #limit: number;
  readonly #runWords: number;
  /** Tasks that await something. */
  readonly #awaiting = new Set<Running>();
  /** How many of them wait for a task of this same pool: so many more may be taken. */
  extra = 0;
  #parked: Promise<unknown> | undefined;
  #nudge: (() => void) | undefined;
  #sinceTurn = 0;
  #busy = false;

  constructor(pool: Addr, index: number) {
    this.pool = pool;
    this.worker = workerAt(pool, index);
    this.#line = lineOf(pool);
    this.#limit = load(field(pool, POOL.RUNS));
    this.#runWords = runWords(pool);
    store(field(this.worker, WORKER.IDENT), self.ident);
  }

  readonly #hasWork = (): boolean => backlog(this.#line) > 0;

  /** Takes tasks until the pool ends. */
  async serve(): Promise<void> {
    this.#setState(CREW_STATE.SEARCHING);
    for (;;) {
      const taken = this.#mayTake() ? this.#take() : undefined;
      if (taken !== undefined) {
        const started = callNeedsModules(taken.record) ? this.#prepared(taken) : this.execute(taken);
        if (started !== undefined) this.#adopt(taken, started);
        if (++this.#sinceTurn >= TASKS_A_TURN) await this.#turn();
      } else if (this.#awaiting.size > 0) {
        await this.#awaitSomething();
      } else {
        if (forTask.spin(this.#hasWork)) continue; // a turn of the loop costs more than a short task
        if (this.#sinceTurn > 0) {
          await this.#turn();
          continue;
        }
        if (this.#isOver()) return;
        this.#sleep();
      }
    }
  }

  /** Every task that awaits something here ends with this error. */
  failAll(error: unknown): void {
    for (const task of [...this.#awaiting]) this.#fail(task, error);
  }

  /** May one more task be taken? */
  #mayTake(): boolean {
    return this.#awaiting.size < this.#limit + this.extra;
  }

  /** The worker may take tasks again: its loop goes on. */
  nudge(): void {
    this.#nudge?.();
  }

  #setState(state: number): void {
    this.#busy = state === CREW_STATE.BUSY;
    store(field(this.worker, WORKER.STATE), state);
  }

  #take(): Running | undefined {
    const run = this.#freeRun();
    const record = take(this.#line, run, self.ident, passCancelled);
    if (record === 0) return undefined;
    this.#setState(CREW_STATE.BUSY);
    if (backlog(this.#line) > 0) summon(this.pool);
    return { record, run };
  }

  /** A word that names none of the tasks that run here. Where more run than the pool was made for, they share HELPS. */
  #freeRun(): Addr {
    for (let i = 0; i < this.#runWords; i++)
      if (load(runAt(this.worker, i)) === 0) return runAt(this.worker, i);
    return field(this.worker, WORKER.HELPS);
  }

  async #prepared(task: Running): Promise<void> {
    try {
      await prepareCall(task.record);
    } catch (error) {
      this.#fail(task, error);
      return;
    }
    await this.execute(task);
  }

  /** Makes the call. A promise: it goes on in the event loop. */
  execute(task: Running): Promise<void> | undefined {
    let value: unknown;
    try {
      const call: Call = readCall(task.record);
      if (limitOf(task.record) > 0) {
        store(field(task.record, FUTURE.STARTED), ticks());
        ringSupervisor();
      }
      const { fn, args } = call;
      value = fn(...args);
      if (isPromise(value) || isThenable(value)) {
        return Promise.resolve(value).then(
          (settled) => this.#finish(task, settled),
          (error: unknown) => this.#fail(task, error),
        );
      }
    } catch (error) {
      this.#fail(task, error);
      return undefined;
    }
    this.#finish(task, value);
    return undefined;
  }

  /** A task that awaits something: the worker goes on with others. */
  #adopt(task: Running, started: Promise<void>): void {
    this.#awaiting.add(task);
    this.#setState(this.#mayTake() ? CREW_STATE.SEARCHING : CREW_STATE.WAITING);
    void started.then(() => {
      this.#awaiting.delete(task);
      this.nudge();
    });
  }

  #finish(task: Running, value: unknown): void {
    let result = plainResult(task.record, value, false);
    if (result === 0) {
      try {
        result = returned(value);
      } catch (error) {
        result = thrown(error);
      }
    }
    this.#end(task, result);
  }

  #fail(task: Running, error: unknown): void {
    const told =
      error instanceof ThreadExit
        ? new ThreadTerminatedError("Cannot get the result of task: it called process.exit()")
        : error;
    if ((load(field(this.pool, POOL.OPTIONS)) & POOL_OPTION.CANCEL_ON_ERROR) !== 0) cancelWaiting(this.#line);
    this.#end(task, plainResult(task.record, told, true) || thrown(told));
  }

  #end({ record, run }: Running, result: number): void {
    const awaits = field(this.worker, WORKER.AWAITS);
    if (load(awaits) !== 0) store(awaits, 0);
    if (run !== 0 && this.#busy && this.#mayTake()) this.#setState(CREW_STATE.SEARCHING); // K4
    if (!finish(record, result)) discardResult(result);
    deliver(record);
    if (run !== 0) store(run, 0);
  }

  #turn(): Promise<void> {
    this.#sinceTurn = 0;
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Has the pool ended, as far as this worker is concerned? */
  #isOver(): boolean {
    const state = poolState(this.pool);
    if ((state & (BROKEN | TERMINATED)) !== 0) return true;
    return (state & (SHUT | ORPHANED)) !== 0 && backlog(this.#line) === 0;
  }

  /** Nothing to do. Asleep, it does not keep the process alive. */
  #sleep(): void {
    const daemonic = isDaemonic(this.pool);
    if (!daemonic) or(field(self.thread, THREAD.FLAGS), FLAG.DAEMON);
    if (this.#park()) {
      const main = load(HEADER.MAIN as Addr) as Addr;
      if (load(field(main, THREAD.STATE)) === PHASE.TERMINATED) kickAll(HEADER.ENDINGS as Addr);
      const since = now();
      block(parkWait(this.worker), NEVER);
      forTask.slept(now() - since);
    }
    if (!daemonic) and(field(self.thread, THREAD.FLAGS), ~FLAG.DAEMON);
  }

  /** SEARCHING → PARKED. False: there is something to do after all. K1 */
  #park(): boolean {
    this.#setState(CREW_STATE.PARKED);
    store(field(this.pool, POOL.SLACK), 1);
    if (backlog(this.#line) === 0 && !this.#isOver()) return true;
    unpark(this.worker);
    return false;
  }

  /** Until one of the tasks here has ended, or, if one more may be taken, there is one. */
  async #awaitSomething(): Promise<void> {
    const nudged = new Promise<void>((resolve) => {
      this.#nudge = resolve;
    });
    if (!this.#mayTake() || this.#isOver()) {
      this.#setState(CREW_STATE.WAITING);
      await nudged;
    } else {
      if (!this.#park()) return this.#turn();
      this.#parked ??= blockAsync(parkWait(this.worker), NEVER, undefined).finally(() => {
        this.#parked = undefined;
      });
      await Promise.race([nudged, this.#parked]);
    }
    this.#nudge = undefined;
    const state = field(this.worker, WORKER.STATE);
    unpark(this.worker);
    compareExchange(state, CREW_STATE.WAITING, CREW_STATE.SEARCHING);
  }
}

function isThenable(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}

/** A future that was cancelled while it waited. W4 */
export function passCancelled(record: Addr): void {
  if (notifyCancelled(record)) deliver(record);
}

/** A pool that is broken or was terminated runs nothing more: what waits in its line ends with an error. */
export function failWaiting(pool: Addr): void {
  const run = field(workerAt(pool, 0), WORKER.HELPS);
  for (;;) {
    const record = take(lineOf(pool), run, self.ident, passCancelled);
    if (record === 0) return;
    if (finish(record, thrown(endOf(pool)))) deliver(record);
    store(run, 0);
  }
}

function endOf(pool: Addr): BrokenExecutorError | CancelledError {
  const message = load(field(pool, POOL.BREAK)) as Addr;
  if (message === 0) return new CancelledError("Cannot run task: the workers of its pool were terminated");
  return new BrokenExecutorError("Cannot run task: the initializer of a worker of its pool failed", {
    cause: loadMessage(message),
  });
}

/** The body of a worker's thread. */
export async function work(pool: Addr, index: number): Promise<void> {
  const me = new Worker(pool, index);
  installHelping(me);
  setBeside((error) => {
    if (error instanceof DeadlockError) me.failAll(error);
    else if (!(error instanceof ThreadExit)) reportUncaught(self.thread, "", error);
  });
  try {
    if (await initialise(pool)) await me.serve();
    if ((poolState(pool) & BROKEN) !== 0) failWaiting(pool);
  } finally {
    installHelping(undefined);
    setBeside(undefined);
    vacate(pool, me.worker);
    if (backlog(lineOf(pool)) > 0 && (poolState(pool) & (BROKEN | TERMINATED)) === 0) summon(pool);
    releasePool(pool);
  }
}

/** Runs the initializer. False: it failed, and the pool is broken. */
async function initialise(pool: Addr): Promise<boolean> {
  if ((poolState(pool) & BROKEN) !== 0) return false;
  const init = load(field(pool, POOL.INIT)) as Addr;
  if (init === 0) return true;
  try {
    if (modulesOf(init).length > 0) await prepare(init);
    const [initializer, args] = loadMessage(init) as [Call["fn"], unknown[]];
    await initializer(...args);
    return true;
  } catch (error) {
    reportUncaught(self.thread, "initializer", error);
    const message = storeLenient(error, "error");
    compareExchange(field(pool, POOL.BREAK), 0, message);
    tellWorkers(pool, BROKEN);
    return false;
  }
}

body.work = work;
registerExports("heddle:futures", { work });
