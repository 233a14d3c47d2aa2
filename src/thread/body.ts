/** Running one thread's body on a carrier, from its job to its end. */
import { EVENT, field, ISOLATE, isolateAt, THREAD } from "../core/layout.ts";
import { forsake } from "../core/park-async.ts";
import { FLAG, ISOLATE_STATE, PHASE, retire, ringSupervisor } from "../core/registry.ts";
import { abandonLocks } from "../core/recovery.ts";
import { forgetHolds } from "../core/rwlock.ts";
import { adopt, self } from "../core/self.ts";
import { leaveSeats } from "../core/tasks.ts";
import { threadName } from "../core/who.ts";
import { type Addr, and, exchange, load, or, store, wait } from "../core/word.ts";
import { DeadlockError } from "../errors.ts";
import { handleAt } from "../value/handle.ts";
import { modulesOf, prepare, store as storeMessage, storeLenient, take } from "../value/message.ts";
import { forgetHook, reportUncaught } from "./excepthook.ts";
import { ThreadExit } from "./exit.ts";
import { discardLeftovers } from "./leftovers.ts";
import { forgetLocals } from "./local.ts";
import { isPromise, kernelThreadId } from "./platform.ts";

/** What a carrier is told to run. */
export interface Job {
  readonly target: ((...args: unknown[]) => unknown) | undefined;
  readonly args: readonly unknown[];
  /** A subclass of Thread that may override run(), and the own fields of its instance. */
  readonly subclass?: new () => object;
  readonly fields?: object;
}

/** Makes a thread's own object an instance of its subclass here; thread.ts knows how. */
export type Become = (thread: object, job: Job) => () => unknown;

const nativeId = kernelThreadId();

/** Rejects when something outside the body's own call chain threw: a timer, a forgotten promise. */
let onFatal: ((error: unknown) => void) | undefined;
/** Takes such errors instead, in a body that runs other people's functions and is to go on. */
let beside: ((error: unknown) => void) | undefined;
export function setBeside(handler: ((error: unknown) => void) | undefined): void {
  beside = handler;
}
/** The name of the body that runs here, or ran last. */
let bodyName = "";

/** What a body left behind failed when it had ended: too late for its result, not for the excepthook. */
function reportLate(error: unknown): void {
  if (self.thread !== 0 && !(error instanceof ThreadExit)) reportUncaught(self.thread, bodyName, error);
}

/** Called by a carrier when it starts. Not on import: in another isolate these would swallow the program's own errors. */
export function installFatal(): void {
  const seen = (error: unknown): void => (beside ?? onFatal ?? reportLate)(error);
  process.on("uncaughtException", seen);
  process.on("unhandledRejection", seen);
  process.on("beforeExit", () => (beside ?? onFatal)?.(neverSettled()));
}

const idleResources = process.getActiveResourcesInfo().length;

/** Runs a claimed thread to its end. False: the body left something running here, the carrier must not be used again. */
export async function runThread(thread: Addr, isolate: number, become: Become): Promise<boolean> {
  adopt(load(field(thread, THREAD.IDENT)), thread, isolate);
  store(field(thread, THREAD.NATIVE), nativeId);
  store(field(thread, THREAD.ISOLATE), isolate);
  store(field(isolateAt(isolate), ISOLATE.THREAD), thread);
  // terminate() may have rung before the supervisor could see which worker to end.
  if (isKilled(thread)) awaitTermination();
  bodyName = "";
  let clean = true;
  try {
    const message = exchange(field(thread, THREAD.JOB), 0) as Addr;
    if (modulesOf(message).length > 0) await prepare(message);
    const job = take(message) as Job;
    bodyName = job.subclass === undefined ? (job.target?.name ?? "") : "run";
    let value = isCancelled(thread) ? undefined : call(thread, job, become);
    if (isPromise(value)) {
      or(field(thread, THREAD.FLAGS), FLAG.AWAITING);
      value = await settled(value, () => {
        clean = false;
      });
      and(field(thread, THREAD.FLAGS), ~FLAG.AWAITING);
    }
    finish(thread, isolate, value);
  } catch (error) {
    leaveSeats(true);
    if (error instanceof ThreadExit) finish(thread, isolate, undefined);
    else fail(thread, isolate, bodyName, error);
  }
  return clean && process.getActiveResourcesInfo().length <= idleResources;
}

function call(thread: Addr, job: Job, become: Become): unknown {
  const { target } = job;
  return job.subclass === undefined ? target?.(...job.args) : become(handleAt(thread), job)();
}

/** Is it a Timer that was cancelled, but too late to end before it got a carrier? */
function isCancelled(thread: Addr): boolean {
  const finished = load(field(thread, THREAD.FINISHED)) as Addr;
  return finished !== 0 && load(field(finished, EVENT.WORD)) !== 0;
}

/** Nothing more of an ended thread runs here: its record is let go. */
export function partWith(thread: Addr): void {
  abandonHeld();
  discardLeftovers(thread);
}

function abandonHeld(): void {
  if (self.held === 0) return;
  abandonLocks(self.ident);
  self.held = 0;
}

/** The event loop has run empty under a body that awaits: Node would end the worker in silence. */
function neverSettled(): DeadlockError {
  return new DeadlockError(
    `Cannot go on awaiting in ${threadName(self.thread)}: nothing is left that could settle the promise of its body`,
  );
}

/** The body's promise, or the first error beside it. */
function settled(body: Promise<unknown>, tainted: () => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    onFatal = (error) => {
      tainted();
      reject(error);
    };
    body.then(resolve, reject);
  }).finally(() => {
    onFatal = undefined;
  });
}

function finish(thread: Addr, isolate: number, value: unknown): void {
  let result = 0;
  if (value !== undefined) {
    try {
      result = storeMessage(value, "result");
    } catch (error) {
      fail(thread, isolate, "", error);
      return;
    }
  }
  store(field(thread, THREAD.RESULT), result);
  end(thread, isolate);
}

function fail(thread: Addr, isolate: number, body: string, error: unknown): void {
  if (isKilled(thread)) awaitTermination(); // and what fails under it is no news
  store(field(thread, THREAD.RESULT), storeLenient(error, "error"));
  or(field(thread, THREAD.FLAGS), FLAG.FAILED);
  reportUncaught(thread, body, error);
  end(thread, isolate);
}

/** The end: what it held is abandoned, what it waited for forsaken, its joiners wake. */
function end(thread: Addr, isolate: number): void {
  beside = undefined;
  forsake();
  forgetHook();
  forgetLocals();
  forgetHolds();
  leaveSeats(false);
  abandonHeld();
  store(field(isolateAt(isolate), ISOLATE.STATE), ISOLATE_STATE.FINISHING);
  if (!retire(thread, PHASE.RUNNING)) awaitTermination();
  store(field(isolateAt(isolate), ISOLATE.THREAD), 0);
}

function isKilled(thread: Addr): boolean {
  return (load(field(thread, THREAD.STATE)) & PHASE.KILL) !== 0;
}

/** terminate() came first: the supervisor ends this worker any moment now. */
function awaitTermination(): never {
  ringSupervisor();
  for (;;) wait(field(isolateAt(self.isolate), ISOLATE.PAUSE), 0, Infinity);
}
