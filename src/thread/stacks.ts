/**
 * Stacks of blocked threads. Nobody can read another isolate's stack, but a blocked thread can be woken and
 * asked: it writes down its own stack, and where it took what it holds, and sleeps on.
 *
 *   | ASKED | meaning                                    | next                                       |
 *   | ----- | ------------------------------------------ | ------------------------------------------ |
 *   | 0     | nobody asks                                | i, by isolate i, which asks                |
 *   | i     | isolate i asks                             | -i, by the asked one; 0, if it is too late |
 *   | -i    | answered: ANSWER belongs to isolate i       | 0, by isolate i                            |
 *
 * When isolate i dies, the supervisor sets i and -i to 0: see core/recovery.ts.
 *
 * A thread that runs cannot answer: the platform has no way to tell its stack.
 */
import { eachRecord, free } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { blockingWaiterAt, field, ISOLATE, isolateAt, LOCK, WAITER } from "../core/layout.ts";
import { ownerOf } from "../core/mutex.ts";
import { writerOf } from "../core/rwlock.ts";
import { kickIsolate } from "../core/registry.ts";
import { self } from "../core/self.ts";
import { readText, writeText } from "../core/text.ts";
import {
  type Addr,
  compareExchange,
  exchange,
  load,
  mayWait,
  notify,
  now,
  store,
  wait,
} from "../core/word.ts";
import { framesOf, isTracing, type Site, recorderOf } from "../sync/site.ts";
import { handleAt } from "../value/handle.ts";

/** What a blocked thread says of itself. */
export interface Account {
  /** Its frames, innermost first. */
  readonly stack: readonly string[];
  /** By a lock's record: `acquired at …`, then the further frames when all are recorded. */
  readonly sites: Readonly<Record<number, readonly string[]>>;
}

const NOTHING: Account = { stack: [], sites: {} };
/** How long an answer is waited for: a blocked thread needs well under a millisecond. */
const PATIENCE_MS = 1000;
/** Frames of a stack that are shown. */
const FRAMES = 12;

/** Asks several isolates at once. Those that do not answer in time have nothing in the result. */
export function accountsOf(isolates: readonly number[]): Map<number, Account> {
  const accounts = new Map<number, Account>();
  const asked = isolates.filter((isolate) => isolate !== self.isolate && ask(isolate));
  const until = now() + PATIENCE_MS;
  for (const isolate of isolates) {
    if (isolate === self.isolate) accounts.set(isolate, ownAccount());
  }
  for (const isolate of asked) {
    const account = answerOf(isolate, until);
    if (account !== undefined) accounts.set(isolate, account);
  }
  return accounts;
}

function ask(isolate: number): boolean {
  if (load(field(blockingWaiterAt(isolate), WAITER.ADDR)) === 0) return false;
  if (compareExchange(field(isolateAt(isolate), ISOLATE.ASKED), 0, self.isolate) !== 0) return false;
  kickIsolate(isolate);
  return true;
}

function answerOf(isolate: number, until: number): Account | undefined {
  const word = field(isolateAt(isolate), ISOLATE.ASKED);
  while (load(word) === self.isolate) {
    const left = until - now();
    if (left <= 0 || !mayWait()) {
      if (compareExchange(word, self.isolate, 0) === self.isolate) return undefined;
    } else {
      wait(word, self.isolate, left);
    }
  }
  const block = exchange(field(isolateAt(isolate), ISOLATE.ANSWER), 0) as Addr;
  store(word, 0);
  if (block === 0) return undefined;
  const text = readText(block);
  free(block);
  return JSON.parse(text) as Account;
}

/** Before the calling isolate sleeps on: tells its stack to who asked. */
export function tellStack(): void {
  const word = field(isolateAt(self.isolate), ISOLATE.ASKED);
  const asker = load(word);
  if (asker <= 0) return;
  const answer = writeText(JSON.stringify(ownAccount()));
  const old = exchange(field(isolateAt(self.isolate), ISOLATE.ANSWER), answer) as Addr;
  if (old !== 0) free(old);
  compareExchange(word, asker, -asker);
  notify(word, 1);
}

/** What the calling thread says of itself. */
export function ownAccount(): Account {
  if (self.ident === 0) return NOTHING;
  const sites: Record<number, readonly string[]> = {};
  eachRecord((record) => {
    const kind = load(record);
    if (holderOf(kind, record) !== self.ident) return;
    const recorder = recorderOf(kind, handleAt(record));
    if (recorder?.site === undefined) return;
    const [first = "an unknown place", ...rest] = framesOf(recorder.site);
    const how = recorder.isCurrent ? "acquired at" : "last seen acquired at";
    sites[record] = [`${how} ${first}`, ...rest.slice(0, isTracing() ? FRAMES : 0)];
  });
  return { stack: ownStack(), sites };
}

/** The thread that alone holds a lock; 0: nobody, or the record is no such lock. */
function holderOf(kind: number, record: Addr): number {
  if (kind === KIND.RWLOCK) return writerOf(record);
  return kind === KIND.LOCK || kind === KIND.RLOCK ? ownerOf(load(field(record, LOCK.WORD))) : 0;
}

/** The calling thread's frames. */
function ownStack(): string[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const here: Site = {};
  Error.captureStackTrace(here, ownStack);
  Error.stackTraceLimit = limit;
  return framesOf(here).slice(0, FRAMES);
}
