/** `dumpThreads()`: everyone, in words. */
import { eachRecord } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { field, ISOLATE, isolateAt, LOCK, READHOLD, RWLOCK, THREAD, WAITER } from "../core/layout.ts";
import { waited } from "../core/line.ts";
import { ownerOf } from "../core/mutex.ts";
import { REASON } from "../core/reason.ts";
import { eachThread, FLAG } from "../core/registry.ts";
import { writerOf } from "../core/rwlock.ts";
import { threadName } from "../core/who.ts";
import { type Addr, load } from "../core/word.ts";
import { recordText } from "./record-text.ts";
import { type Account, accountsOf } from "./stacks.ts";
import { stateOf, waitingOn, waitOf } from "./who.ts";

const TICKS_PER_MS = 16;

/**
 * Every thread: state, what it waits for and since when, what it holds and where it acquired it, and the
 * stacks of those that are blocked. The stack of a running thread cannot be told, except the caller's own.
 *
 * @example
 * ```ts
 * import { dumpThreads } from "heddle";
 * console.log(dumpThreads()); // MainThread (ident 1): running …
 * ```
 */
export function dumpThreads(): string {
  const threads: Addr[] = [];
  eachThread((thread) => threads.push(thread));
  const accounts = accountsOf(threads.map(isolateOf).filter((isolate) => isolate !== 0));
  const lines = threads.flatMap((thread) => describe(thread, accounts.get(isolateOf(thread))));
  return `${lines.join("\n")}\n`;
}

/** The isolate that runs a thread; 0: none. */
function isolateOf(thread: Addr): number {
  const isolate = load(field(thread, THREAD.ISOLATE));
  return isolate !== 0 && load(field(isolateAt(isolate), ISOLATE.THREAD)) === thread ? isolate : 0;
}

function describe(thread: Addr, account: Account | undefined): string[] {
  const ident = load(field(thread, THREAD.IDENT));
  const daemon = (load(field(thread, THREAD.FLAGS)) & FLAG.DAEMON) !== 0 ? ", daemon" : "";
  const lines = [`${threadName(thread)} (ident ${ident}${daemon}): ${stateOf(thread)}${nativeText(thread)}`];
  const what = waitingOn(thread);
  const w = waitOf(thread);
  if (what !== undefined) {
    const since =
      w === 0 || load(field(w, WAITER.ADDR)) === 0
        ? ""
        : `, since ${(waited(w) / TICKS_PER_MS).toFixed(1)} ms`;
    lines.push(`    waits for ${what}${since}`);
  }
  for (const held of heldBy(ident, account)) lines.push(`    holds ${held}`);
  for (const frame of account?.stack ?? []) lines.push(`    at ${frame}`);
  return lines;
}

function nativeText(thread: Addr): string {
  const native = load(field(thread, THREAD.NATIVE));
  return native === 0 ? "" : `, kernel thread ${native}`;
}

/** The locks that a thread holds, in words, and where it took them if it told. */
export function heldBy(ident: number, account?: Account): string[] {
  const held: string[] = [];
  const site = (record: Addr): string => {
    const [first, ...rest] = account?.sites[record] ?? [];
    if (first === undefined) return "";
    return [`, ${first}`, ...rest].join("\n        at ");
  };
  eachRecord((record) => {
    const kind = load(record);
    if (kind === KIND.RWLOCK) {
      if (writerOf(record) === ident)
        held.push(textOf(field(record, RWLOCK.WORD), REASON.WRITE) + site(record));
    } else if (kind === KIND.READ_HOLD) {
      if (load(field(record, READHOLD.IDENT)) !== ident || load(field(record, READHOLD.COUNT)) === 0) return;
      const lock = load(field(record, READHOLD.LOCK)) as Addr;
      held.push(`${textOf(field(lock, RWLOCK.WORD), REASON.READ)} to read`);
    } else if (kind === KIND.LOCK || kind === KIND.RLOCK) {
      const word = field(record, LOCK.WORD);
      if (ownerOf(load(word)) === ident) held.push(textOf(word, REASON.LOCK) + site(record));
    }
  });
  return held;
}

/** The lock itself: who holds it is what is being said. */
function textOf(word: Addr, reason: number): string {
  return (recordText(word, reason) ?? "a lock").replace(/ held by .*$/, "");
}
