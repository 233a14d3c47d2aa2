/** `dumpThreads()`: everyone, in words. */
import { eachRecord } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { field, LOCK, RWLOCK, THREAD, WAITER } from "../core/layout.ts";
import { waited } from "../core/line.ts";
import { ownerOf } from "../core/mutex.ts";
import { REASON } from "../core/reason.ts";
import { eachThread, FLAG } from "../core/registry.ts";
import { writerOf } from "../core/rwlock.ts";
import { threadName } from "../core/who.ts";
import { type Addr, load } from "../core/word.ts";
import { recordText } from "./record-text.ts";
import { stateOf, waitingOn, waitOf } from "./who.ts";

const TICKS_PER_MS = 16;

/**
 * Every thread: state, what it waits for and since when, what it holds.
 *
 * @example
 * ```ts
 * import { dumpThreads } from "heddle";
 * console.log(dumpThreads()); // MainThread (ident 1): running …
 * ```
 */
export function dumpThreads(): string {
  const lines: string[] = [];
  eachThread((thread) => lines.push(...describe(thread)));
  return `${lines.join("\n")}\n`;
}

function describe(thread: Addr): string[] {
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
  for (const held of heldBy(ident)) lines.push(`    holds ${held}`);
  return lines;
}

function nativeText(thread: Addr): string {
  const native = load(field(thread, THREAD.NATIVE));
  return native === 0 ? "" : `, kernel thread ${native}`;
}

/** The locks that a thread holds, in words. */
export function heldBy(ident: number): string[] {
  const held: string[] = [];
  eachRecord((record) => {
    const kind = load(record);
    if (kind === KIND.RWLOCK) {
      if (writerOf(record) === ident) held.push(textOf(field(record, RWLOCK.WORD), REASON.WRITE));
    } else if (kind === KIND.LOCK || kind === KIND.RLOCK) {
      const word = field(record, LOCK.WORD);
      if (ownerOf(load(word)) === ident) held.push(textOf(word, REASON.LOCK));
    }
  });
  return held;
}

/** The lock itself: who holds it is what is being said. */
function textOf(word: Addr, reason: number): string {
  return (recordText(word, reason) ?? "a lock").replace(/ held by .*$/, "");
}
