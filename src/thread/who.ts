/** What a thread is doing, as others see it. */
import { blockingWaiterAt, field, ISOLATE, isolateAt, THREAD, WAITER } from "../core/layout.ts";
import { eachWaiter } from "../core/line.ts";
import { reasonText } from "../core/reason.ts";
import { FLAG, PHASE } from "../core/registry.ts";
import { type Addr, load } from "../core/word.ts";
import { recordText } from "./record-text.ts";

/** A thread's state: not started, waiting for a carrier, running, in a blocking call, ended. */
export type ThreadState = "new" | "runnable" | "running" | "blocked" | "terminated";

/** The state of a thread in the words of the notes. A snapshot. */
export function stateOf(thread: Addr): ThreadState {
  const phase = load(field(thread, THREAD.STATE));
  if ((phase & (PHASE.NEW | PHASE.STARTING)) !== 0) return "new";
  if ((phase & PHASE.TERMINATED) !== 0) return "terminated";
  if ((phase & PHASE.RUNNABLE) !== 0) return "runnable";
  if ((phase & PHASE.DELAYED) !== 0) return "blocked";
  return waitOf(thread) !== 0 || isAwaiting(thread) ? "blocked" : "running";
}

function isAwaiting(thread: Addr): boolean {
  return (load(field(thread, THREAD.FLAGS)) & FLAG.AWAITING) !== 0;
}

/** The record of what a running thread waits for: its blocking call, or its oldest Async one; 0: none. */
export function waitOf(thread: Addr): Addr {
  const isolate = load(field(thread, THREAD.ISOLATE));
  if (isolate === 0 || load(field(isolateAt(isolate), ISOLATE.THREAD)) !== thread) return 0 as Addr;
  const blocking = blockingWaiterAt(isolate);
  if (load(field(blocking, WAITER.ADDR)) !== 0) return blocking;
  if (!isAwaiting(thread)) return 0 as Addr;
  const ident = load(field(thread, THREAD.IDENT));
  let found = 0 as Addr;
  eachWaiter((w) => {
    if (found === 0 && load(field(w, WAITER.ADDR)) !== 0 && load(field(w, WAITER.THREAD)) === ident)
      found = w;
  });
  return found;
}

/** What a blocked thread waits for, in words; undefined: it is not blocked. */
export function waitingOn(thread: Addr): string | undefined {
  if (stateOf(thread) !== "blocked") return undefined;
  if (load(field(thread, THREAD.STATE)) === PHASE.DELAYED) return "its time";
  const w = waitOf(thread);
  if (w === 0) return "a promise that its body awaits";
  const reason = load(field(w, WAITER.REASON));
  const word = load(field(w, WAITER.ADDR)) as Addr;
  if (word === 0) return undefined; // it has just gone on
  try {
    return recordText(word, reason) ?? reasonText(reason);
  } catch (error) {
    if (load(field(w, WAITER.ADDR)) === word) throw error;
    return undefined; // it has gone on meanwhile, and what it waited for may be something else by now
  }
}
