/** The functions of Python's `threading` module. */
import { type Deadline, deadlineOf, NEVER, POLL, signalOf, timeoutMsOf } from "../core/deadline.ts";
import { field, HEADER, THREAD } from "../core/layout.ts";
import { block, TIMED_OUT, type Wait } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { REASON } from "../core/reason.ts";
import { eachThread } from "../core/registry.ts";
import { self } from "../core/self.ts";
import { type Addr, exchange, load } from "../core/word.ts";
import { handleAt } from "../value/handle.ts";
import { checkStackSize } from "./options.ts";
import { kernelThreadId } from "./platform.ts";
import { Thread } from "./thread.ts";

/**
 * Starts a thread that calls `target` with these arguments.
 *
 * @example
 * ```ts
 * import { spawn } from "heddle";
 * const sum = spawn((a: number, b: number) => a + b, 1, 2);
 * console.log(sum.result()); // 3
 * ```
 */
export function spawn<A extends unknown[], R>(target: (...args: A) => R, ...args: A): Thread<A, Awaited<R>> {
  if (typeof target !== "function")
    throw new TypeError(`Cannot spawn a thread: target must be a function, got ${typeof target}`);
  return new Thread<A, Awaited<R>>({ target: target as (...args: A) => Awaited<R>, args }).start();
}

/** The thread that the caller runs on. */
export function currentThread(): Thread {
  return handleAt(self.thread) as Thread;
}

/** The thread that the program started with. */
export function mainThread(): Thread {
  return handleAt(load(HEADER.MAIN as Addr) as Addr) as Thread;
}

/** All threads that are alive: main, those that run, and those that are about to. */
export function enumerate(): Thread[] {
  const threads: Thread[] = [];
  eachThread((thread) => threads.push(handleAt(thread) as Thread));
  return threads;
}

/** How many threads are alive. */
export function activeCount(): number {
  let count = 0;
  eachThread(() => count++);
  return count;
}

/** The calling thread's ident. */
export function getIdent(): number {
  return self.ident;
}

/** The kernel's id of the calling thread; 0 where the platform does not tell it. */
export function getNativeId(): number {
  return kernelThreadId();
}

/**
 * The stack size of threads that are created from now on, in MiB; 0: the platform's. Returns the previous one.
 *
 * @throws TypeError or RangeError for what is no stack size.
 */
export function stackSize(mb?: number): number {
  if (mb === undefined) return load(HEADER.STACK_MB as Addr);
  checkStackSize(mb, "set the stack size");
  return exchange(HEADER.STACK_MB as Addr, mb);
}

/** A wait that nothing but its deadline, or an interruption, ends. */
function sleepWait(): Wait<never> {
  return { addr: field(self.thread, THREAD.SLEEP), reason: REASON.SLEEP, want: 0, poll: () => undefined };
}

/**
 * Blocks the calling thread for so many milliseconds; other threads go on.
 *
 * @throws InterruptedError; RangeError or TypeError for what is no time.
 */
export function sleep(ms: number): void {
  const deadline = sleepDeadline(ms);
  if (deadline !== POLL) block(sleepWait(), deadline);
}

/** {@link sleep} without blocking the thread. A signal that aborts rejects with its reason. */
export async function sleepAsync(ms: number, options?: { signal?: AbortSignal }): Promise<void> {
  const deadline = sleepDeadline(ms);
  const signal = signalOf(options);
  signal?.throwIfAborted();
  const outcome: unknown = await blockAsync(sleepWait(), deadline, signal);
  if (outcome !== TIMED_OUT) throw outcome;
}

function sleepDeadline(ms: number): Deadline {
  if (typeof ms !== "number")
    throw new TypeError(`Cannot sleep: ms must be a number of milliseconds, got ${typeof ms}`);
  return timeoutMsOf(ms) === undefined ? NEVER : deadlineOf(ms);
}
