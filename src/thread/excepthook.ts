/**
 * What becomes of an error that nothing in its thread caught: the excepthook.
 *
 * The default prints it on stderr from the failing thread. A hook is an ordinary
 * function with the variables of the thread that set it, so it runs in that
 * thread: the error is delivered to its inbox, and served at its next blocking
 * call, join, or turn of its event loop. The inbox is a stack that anybody pushes
 * to and only its owner empties, so nothing in it can be lost or seen twice.
 */
import { allocate, free } from "../core/heap.ts";
import { field, HEADER, ISOLATE, isolateAt } from "../core/layout.ts";
import { listen } from "../core/park-async.ts";
import { kickIsolate } from "../core/registry.ts";
import { self } from "../core/self.ts";
import { threadName } from "../core/who.ts";
import { type Addr, compareExchange, exchange, load, store } from "../core/word.ts";
import { ThreadTerminatedError } from "../errors.ts";
import { handleAt } from "../value/handle.ts";
import { storeLenient, take } from "../value/message.ts";
import { STDERR, writeWhole } from "./output.ts";
import { errorText } from "./platform.ts";
import type { Thread } from "./thread.ts";

/** What an excepthook is told. */
export interface ExceptHookInfo {
  /** What the body threw. */
  readonly error: unknown;
  /** The thread that it ended. */
  readonly thread: Thread;
}
/** What `setExcepthook` takes: it is told of each error that ended a thread. */
export type ExceptHook = (info: ExceptHookInfo) => void;

let hook: ExceptHook | undefined;

/**
 * Sets what is done with an error that ends a thread; null: the default, which
 * prints `Exception in thread NAME (FUNCTION):` and the stack on stderr.
 *
 * The hook runs in the thread that sets it. There is one for the whole process.
 *
 * @example
 * ```ts
 * import { setExcepthook, spawn } from "heddle";
 * setExcepthook(({ error, thread }) => console.log(`${thread.name} failed: ${(error as Error).message}`));
 * spawn(() => { throw new Error("out of yarn"); }).join();
 * setExcepthook(null);
 * ```
 */
export function setExcepthook(newHook: ExceptHook | null): void {
  if (newHook !== null && typeof newHook !== "function") {
    throw new TypeError(`Cannot set the excepthook: it must be a function or null, got ${typeof newHook}`);
  }
  drainInbox();
  hook = newHook ?? undefined;
  store(HEADER.HOOK as Addr, hook === undefined ? 0 : self.isolate);
  if (hook !== undefined) listen(drainInbox);
}

/** The thread that runs here has ended: its hook goes with it. */
export function forgetHook(): void {
  if (hook === undefined) return;
  drainInbox();
  hook = undefined;
  compareExchange(HEADER.HOOK as Addr, self.isolate, 0);
}

/** Reports an error of the calling thread, whose body is called `body`. */
export function reportUncaught(thread: Addr, body: string, error: unknown): void {
  const owner = load(HEADER.HOOK as Addr);
  if (owner === 0) {
    printUncaught(threadName(thread), body, errorText(error));
  } else if (owner === self.isolate) {
    runHook({ error, thread: handleAt(thread) as Thread });
  } else {
    deliver(owner, thread, error);
  }
}

/** Reports, from the supervisor, a thread whose carrier died under it. */
export function reportDeath(thread: Addr, reason: string): void {
  const name = threadName(thread);
  const error = new ThreadTerminatedError(`Cannot go on with ${name}: ${reason}`);
  const owner = load(HEADER.HOOK as Addr);
  if (owner !== 0) deliver(owner, thread, error);
  else printUncaught(name, "", `${error.name}: ${error.message}`);
}

function printUncaught(name: string, body: string, text: string): void {
  const suffix = body === "" || name.endsWith(`(${body})`) ? "" : ` (${body})`;
  writeWhole(STDERR, `Exception in thread ${name}${suffix}:\n${text}\n`);
}

function runHook(info: ExceptHookInfo): void {
  try {
    hook?.(info);
  } catch (error) {
    writeWhole(STDERR, `Exception in excepthook:\n${errorText(error)}\n`);
  }
}

/** A letter in an inbox: the next older one, and the message. */
const NEXT = 0;
const MESSAGE = 4;
const LETTER_SIZE = 8;

function deliver(owner: number, thread: Addr, error: unknown): void {
  const letter = allocate(LETTER_SIZE);
  store(field(letter, MESSAGE), storeLenient([error, handleAt(thread)], "error"));
  const inbox = field(isolateAt(owner), ISOLATE.INBOX);
  for (let top = load(inbox); ; ) {
    store(field(letter, NEXT), top);
    const seen = compareExchange(inbox, top, letter);
    if (seen === top) break;
    top = seen;
  }
  kickIsolate(owner);
}

/** Runs the hook for all that other threads have delivered, the oldest first. */
export function drainInbox(): void {
  if (hook === undefined) return;
  const inbox = field(isolateAt(self.isolate), ISOLATE.INBOX);
  if (load(inbox) === 0) return;
  const letters: Addr[] = [];
  for (let letter = exchange(inbox, 0) as Addr; letter !== 0; letter = load(field(letter, NEXT)) as Addr) {
    letters.push(letter);
  }
  for (const letter of letters.reverse()) {
    const [error, thread] = take(load(field(letter, MESSAGE)) as Addr) as [unknown, Thread];
    free(letter);
    runHook({ error, thread });
  }
}
