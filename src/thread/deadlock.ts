/** Deadlocks in words: the error for a circle, and the end of a program in which everyone is blocked for ever. */
import { findCycle, isStillThere, type Link, whileTelling } from "../core/cycle.ts";
import { field, HEADER, THREAD, WAITER } from "../core/layout.ts";
import { REASON } from "../core/reason.ts";
import { eachThread, PHASE } from "../core/registry.ts";
import { threadText } from "../core/who.ts";
import { type Addr, load } from "../core/word.ts";
import { DeadlockError } from "../errors.ts";
import { dumpThreads, heldBy } from "./dump.ts";
import { recordText } from "./record-text.ts";
import { type Account, accountsOf } from "./stacks.ts";
import { waitOf } from "./who.ts";

/** The exit status of a program whose threads are all blocked for ever. */
export const DEADLOCK_STATUS = 70;

/** Throws DeadlockError if the wait that the calling thread is about to sleep in closes a circle. */
export function refuseDeadlock(): void {
  const circle = findCycle();
  if (circle === undefined) return;
  const told = whileTelling(() => accountsOf(circle.map(isolateOf)));
  if (!isStillThere(circle)) return; // somebody was terminated while they were asked
  const lines = circle.map((link) => `  ${describe(link, told.get(isolateOf(link)))}`);
  throw new DeadlockError(
    `Cannot wait for ${awaited(circle[0] as Link)}: ${circle.length} threads would wait for each other for ever\n${lines.join("\n")}`,
  );
}

function isolateOf({ waiter }: Link): number {
  return load(field(waiter, WAITER.ISOLATE));
}

function describe({ ident, waiter }: Link, account: Account | undefined): string {
  const held = heldBy(ident, account);
  const holds = held.length === 0 ? "" : ` holds ${held.join(", ")} and`;
  return `${threadText(ident)}${holds} waits for ${awaited({ ident, waiter, seen: 0 })}${place(account)}`;
}

/** Where a thread waits: its innermost frame. */
function place(account: Account | undefined): string {
  const frame = account?.stack[0];
  return frame === undefined ? "" : ` at ${frame}`;
}

function awaited({ waiter }: Link): string {
  const what = recordText(load(field(waiter, WAITER.ADDR)) as Addr, load(field(waiter, WAITER.REASON)));
  return what ?? "something";
}

/**
 * Who is in which endless wait, when that is everyone; "" otherwise. Two equal answers
 * some time apart mean that nobody will ever run again.
 */
export function allBlocked(): string {
  if (load(HEADER.FINALIZING as Addr) !== 0) return ""; // main may be at work in its 'exit' handlers
  const waits: string[] = [];
  let hope = load(HEADER.CHILDREN as Addr) > 0; // another process may be at work for one of them
  eachThread((thread) => {
    const state = load(field(thread, THREAD.STATE));
    if (state === PHASE.TERMINATED) return; // main, whose own work is over
    const w = waitOf(thread);
    // One that is being terminated ends, however long that takes: its joiners and heirs go on then.
    if (w === 0 || !isEndless(w) || (state & PHASE.KILL) !== 0) hope = true;
    else waits.push(`${thread}:${load(field(w, WAITER.STATE))}`);
  });
  return hope || load(HEADER.MAIN as Addr) === 0 ? "" : waits.join();
}

/** A sleep without end is meant to last; awaited promises may have other sources than threads. */
function isEndless(w: Addr): boolean {
  return load(field(w, WAITER.ENDLESS)) !== 0 && load(field(w, WAITER.REASON)) !== REASON.SLEEP;
}

/** What is said of such a program. */
export function deadlockReport(): string {
  return `Deadlock: every thread of the program is blocked for ever\n${dumpThreads()}`;
}
