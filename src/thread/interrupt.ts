/** Interruption: a flag that ends a thread's present or next blocking call. */
import { blockingWaiterAt, field, HEADER, ISOLATE, isolateAt, THREAD, WAITER } from "../core/layout.ts";
import { failOldest } from "../core/park-async.ts";
import { hooks } from "../core/park.ts";
import { kickIsolate } from "../core/registry.ts";
import { self } from "../core/self.ts";
import { threadName } from "../core/who.ts";
import { type Addr, exchange, load, store } from "../core/word.ts";
import { InterruptedError, InvalidStateError } from "../errors.ts";
import { renewRecorders } from "../sync/site.ts";
import { answerGarbage } from "../value/garbage.ts";
import { discard, store as storeMessage, take } from "../value/message.ts";
import { allBlocked, DEADLOCK_STATUS, deadlockReport, refuseDeadlock } from "./deadlock.ts";
import { drainInbox } from "./excepthook.ts";
import { STDERR, writeWhole } from "./output.ts";
import { tellStack } from "./stacks.ts";

/** Sets the flag of a thread, with a reason, and wakes what it blocks in. */
export function interruptThread(thread: Addr, reason: unknown): void {
  const message = reason === undefined ? 0 : storeMessage(reason, "reason");
  const old = exchange(field(thread, THREAD.REASON), message) as Addr;
  if (old !== 0) discard(old);
  store(field(thread, THREAD.INTERRUPT), 1);
  const isolate = load(field(thread, THREAD.ISOLATE));
  if (isolate !== 0) kickIsolate(isolate);
}

/** The error that the calling thread owes to an interruption, once; undefined: it was not interrupted. */
export function takeInterruption(): InterruptedError | undefined {
  if (self.thread === 0) return undefined;
  const flag = field(self.thread, THREAD.INTERRUPT);
  if (load(flag) === 0 || exchange(flag, 0) === 0) return undefined;
  const message = exchange(field(self.thread, THREAD.REASON), 0) as Addr;
  const reason = message === 0 ? undefined : take(message);
  const why = reason === undefined ? "it was interrupted" : `it was interrupted: ${reasonText(reason)}`;
  const text = `Cannot go on waiting in ${threadName(self.thread)}: ${why}`;
  return reason === undefined ? new InterruptedError(text) : new InterruptedError(text, { cause: reason });
}

function reasonText(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

/** What this isolate does for others beside. Set by launch.ts in main, which started the first carrier. */
export const services: {
  /** When it parks or its event loop turns: ends that carrier if it was asked to. */
  end: () => void;
  /** When it terminated a thread on that isolate: ends its carrier if it is that one. */
  endNow: (isolate: number) => void;
} = { end: endProgram, endNow: () => {} };

/** What END asks of main: to end the first carrier, or the program, whose threads are all blocked for ever. */
export const END = { CARRIER: 1, PROGRAM: 2 } as const;

/** In main, when it parks or its event loop turns: ends the program if the supervisor found that it cannot go on. */
export function endProgram(): void {
  if (load(field(isolateAt(self.isolate), ISOLATE.END)) === END.PROGRAM) process.exit(DEADLOCK_STATUS);
}

/** Runs before each sleep of this isolate. */
function serve(uninterruptible: boolean): void {
  services.end();
  tellStack();
  renewRecorders();
  if (!uninterruptible) {
    if (load(field(isolateAt(self.isolate), ISOLATE.INBOX)) !== 0) drainInbox();
    const error = takeInterruption();
    if (error !== undefined) throw error;
    refuseWhenEnding();
  }
  answerGarbage();
  if (self.ident !== 0) refuseDeadlock();
  if (load(HEADER.SUPERVISOR as Addr) === 0) endIfAlone();
}

/** Where no thread was ever started there is no supervisor to notice that main, alone, waits for ever. */
function endIfAlone(): void {
  if (load(HEADER.ISOLATES_HIGH as Addr) > self.isolate + 1 || allBlocked() === "") return;
  writeWhole(STDERR, deadlockReport());
  process.exit(DEADLOCK_STATUS);
}

/** In main's 'exit' handlers nobody may be left who would end an endless wait: an error, not a hang. */
function refuseWhenEnding(): void {
  if (load(HEADER.FINALIZING as Addr) === 0 || self.thread !== load(HEADER.MAIN as Addr)) return;
  const w = blockingWaiterAt(self.isolate);
  if (load(field(w, WAITER.ADDR)) === 0 || load(field(w, WAITER.ENDLESS)) === 0) return;
  throw new InvalidStateError("Cannot wait without a timeout in MainThread: the program is ending");
}

/**
 * Runs when this isolate's event loop was rung: an awaiting thread is interrupted in
 * its oldest Async call. False: it is interrupted, and has no such call.
 */
export function serveRing(): boolean {
  services.end();
  drainInbox();
  answerGarbage();
  if (self.thread === 0 || load(field(self.thread, THREAD.INTERRUPT)) === 0) return true;
  return failOldest(takeInterruption);
}

hooks.beforeSleep = serve;
