/**
 * Where a lock was taken: the call stack of the acquisition, for deadlock reports and dumps.
 *
 * A stack costs 1.5 µs, a lock 20 ns. So each lock has an allowance of stacks in each thread, which a sleep of
 * that thread renews, every few milliseconds at most: a loop of a million acquisitions pays for the first few
 * dozen, and after that a report says where the lock was seen taken last. {@link traceLocks} lifts the limit.
 */
import { HEADER } from "../core/layout.ts";
import { i32 } from "../core/memory.ts";
import { type Addr, now, store } from "../core/word.ts";

/** A call stack, which becomes a text when it is asked for. */
export interface Site {
  readonly stack?: string;
}

/** How each kind of record tells where the calling thread took it. */
const tellers = new Map<number, (handle: object) => SiteRecorder>();

/** Frames that are kept: the caller's own, below those of heddle. */
const FRAMES = 6;
const FRAMES_TRACED = 50;
/** How many acquisitions a new lock records, and how many one whose thread has slept. */
const FIRST = 64;
const MORE = 8;
/** How many acquisitions of all locks together a thread records, and how many after it has slept. */
const FIRST_OF_ALL = 1024;
const MORE_OF_ALL = 64;
/** How many recorders the next sleep renews; further ones keep what they saw last. */
const MOST_USED_UP = 256;

/** A thread that sleeps more often than this renews them no more often. */
const RENEW_EVERY_MS = 5;

let leftOfAll = FIRST_OF_ALL;
let renewedAt = -Infinity;
/** Told by the next sleep: recorders whose allowance is used up. */
const usedUp: (() => void)[] = [];

/** Remembers where the calling thread took one lock. */
export class SiteRecorder {
  #left = FIRST;
  #site: Site | undefined;

  /** Records the calling stack. False: the allowance is used up; `renewed` is called when there is more. */
  record(renewed: () => void): boolean {
    const all = isTracing();
    if (all || (this.#left > 0 && leftOfAll > 0)) {
      this.#site = stackHere(all ? FRAMES_TRACED : FRAMES);
      this.#left--;
      leftOfAll--;
    }
    this.isCurrent = all || (this.#left > 0 && leftOfAll > 0);
    if (!this.isCurrent && usedUp.length < MOST_USED_UP) {
      usedUp.push(() => {
        this.#left = MORE;
        renewed();
      });
    }
    return this.isCurrent;
  }

  /** The last stack that was recorded. */
  get site(): Site | undefined {
    return this.#site;
  }

  /** False: the lock may have been taken again since. */
  isCurrent = true;
}

/** The calling thread is about to sleep, which costs more than a few stacks. */
export function renewRecorders(): void {
  if (usedUp.length === 0) return;
  const time = now();
  if (time - renewedAt < RENEW_EVERY_MS) return; // two threads at one lock sleep thousands of times a second
  renewedAt = time;
  leftOfAll = Math.max(leftOfAll, MORE_OF_ALL);
  for (const renew of usedUp.splice(0)) renew();
}

function stackHere(frames: number): Site {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = frames;
  const site: Site = {};
  Error.captureStackTrace(site, stackHere);
  Error.stackTraceLimit = limit;
  return site;
}

/** The folder of heddle's own files. In a bundled program heddle has no files of its own: its frames are then told by name. */
const OWN_FILES: string | undefined = ownFolder();

function ownFolder(): string | undefined {
  const url = import.meta.url as string | undefined; // a CommonJS bundle has none
  return url === undefined ? undefined : new URL("..", url).href;
}

const OWN_NAMES =
  /^(?:[\w$]+\.)?(?:acquire|tryAcquire|acquireAsync|hold|holdAsync|with|withAsync|recover|block|lock|serve|#\w+)[ (]/;

/** The frames of the program in a stack, innermost first: `transfer (file:///app/bank.ts:12:5)`. */
export function framesOf({ stack = "" }: Site): string[] {
  const frames = stack.split("\n").flatMap((line) => /^\s*at (?:async )?(.*)/.exec(line)?.[1] ?? []);
  const program = frames.filter((frame) => !isOwn(frame));
  return program.length > 0 ? program : frames.slice(frames.findIndex((frame) => !OWN_NAMES.test(frame)));
}

function isOwn(frame: string): boolean {
  return (OWN_FILES !== undefined && frame.includes(OWN_FILES)) || frame.includes("node:internal");
}

/** Makes a kind of lock tell where it was taken. */
export function tellSites(kind: number, teller: (handle: object) => SiteRecorder): void {
  tellers.set(kind, teller);
}

/** What the calling thread remembers of taking a lock of this kind. */
export function recorderOf(kind: number, handle: object): SiteRecorder | undefined {
  return tellers.get(kind)?.(handle);
}

/**
 * Records the whole stack of every acquisition, in all threads, for `DeadlockError` and `dumpThreads()`.
 * Without it, acquisitions outside of tight loops are recorded, with their innermost frame. An acquisition
 * costs about 3 µs more. A running thread follows from its next wait on.
 *
 * @example
 * ```ts
 * import { dumpThreads, Lock, traceLocks } from "heddle";
 * traceLocks(true);
 * const lock = new Lock({ name: "db" });
 * lock.acquire();
 * console.log(dumpThreads()); // … holds Lock 'db', acquired at file:///app.ts:4:6
 * traceLocks(false);
 * ```
 */
export function traceLocks(on: boolean): void {
  if (typeof on !== "boolean")
    throw new TypeError(`Cannot trace locks: on must be a boolean, got ${typeof on}`);
  store(HEADER.TRACE as Addr, on ? 1 : 0);
  renewRecorders();
}

/** Are all acquisitions recorded? */
export function isTracing(): boolean {
  return i32[HEADER.TRACE >> 2] !== 0; // no ordering is needed
}
