/** Watching several futures at once: what `wait()`, `asCompleted()` and their Async forms have in common. */
import { type Deadline, NEVER, POLL, remaining } from "../core/deadline.ts";
import { DONE, forResult, mark, WATCHED, watchWait } from "../core/future.ts";
import { FUTURE } from "../core/future-layout.ts";
import { field } from "../core/layout.ts";
import { block, TIMED_OUT } from "../core/park.ts";
import { load, now } from "../core/word.ts";
import { type AnyFuture, friends, helping } from "./friends.ts";
import { arrivalWait, drain, hasArrivals } from "./port.ts";

/** Has it ended, and has its executor noticed if it was cancelled? */
export function isDone(future: AnyFuture): boolean {
  const record = friends.recordOf(future);
  return record === 0 || (load(field(record, FUTURE.STATE)) & DONE) !== 0;
}

/** Futures, each once, as they are done. */
export class Watch<F extends AnyFuture> {
  /** Those that are not done yet. */
  readonly pending: Set<F>;
  /** Those that are done and were not taken yet, in the order in which they were. */
  readonly #done: (F | undefined)[] = [];
  /** All were submitted here: the port tells of each. Otherwise each is looked at. */
  readonly #allOwn: boolean;
  readonly total: number;
  /** What each pending future calls when it is done. */
  readonly #notes = new Map<F, () => void>();
  #wake: (() => void) | undefined;

  /** `loop`: the event loop is to notice. */
  constructor(futures: Iterable<F>, loop: boolean) {
    this.pending = new Set(futures);
    this.total = this.pending.size;
    drain();
    this.#allOwn = true;
    for (const future of this.pending) {
      if (isDone(future)) this.#note(future);
      else if (!friends.isOwn(future)) this.#allOwn = false;
    }
    if (!loop && !this.#allOwn) return;
    for (const future of [...this.pending]) {
      const note = (): void => this.#note(future);
      this.#notes.set(future, note);
      friends.watchDone(future, note, loop);
    }
  }

  /** Nobody waits for the rest any more. */
  close(): void {
    for (const [future, note] of this.#notes) friends.unwatch(future, note);
    this.#notes.clear();
  }

  /** Takes the next one that is done; undefined: none is, now. */
  take(): F | undefined {
    if (this.#taken === this.#done.length) return undefined;
    const future = this.#done[this.#taken];
    this.#done[this.#taken++] = undefined; // from now on the caller's alone
    return future;
  }
  #taken = 0;

  /** Blocks until there is one to take. False: the deadline passed first. */
  block(deadline: Deadline): boolean {
    for (;;) {
      if (this.#look()) return true;
      if (deadline === POLL || remaining(deadline) <= 0) return false;
      if (deadline === NEVER && this.#help()) continue;
      if (!(this.#allOwn ? awaitArrival(deadline) : this.#awaitChange(deadline))) return this.#look();
    }
  }

  /** Waits until there is one to take, or until `later` settles. */
  async turn(later: Promise<unknown>): Promise<void> {
    if (this.#look()) return;
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([woken, later]);
    this.#wake = undefined;
  }

  /** In a worker: runs one of them. */
  #help(): boolean {
    for (const future of this.pending) if (helping.beforeBlock(friends.recordOf(future))) return true;
    return false;
  }

  #look(): boolean {
    drain();
    if (!this.#allOwn) for (const future of this.pending) if (isDone(future)) this.#note(future);
    return this.#taken < this.#done.length;
  }

  #note(future: F): void {
    if (!this.pending.delete(future)) return;
    this.#notes.delete(future);
    this.#done.push(future);
    this.#wake?.();
  }

  #awaitChange(deadline: Deadline): boolean {
    const look = (): true | undefined => {
      for (const future of this.pending)
        if (isDone(future) || !mark(friends.recordOf(future), WATCHED)) return true;
      return undefined;
    };
    return block(watchWait(look), deadline) !== TIMED_OUT;
  }
}

function awaitArrival(deadline: Deadline): boolean {
  if (forResult.spin(hasArrivals)) return true;
  const since = now();
  const arrived = block(arrivalWait(), deadline) !== TIMED_OUT;
  forResult.slept(now() - since);
  return arrived;
}

/** A promise that resolves when the deadline passes, and a function that gives its timer up. */
export function timer(deadline: Deadline): readonly [Promise<void>, () => void] {
  if (deadline === NEVER) return [new Promise(() => {}), () => {}];
  let id: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<void>((resolve) => {
    const tick = (): void => {
      const left = remaining(deadline);
      if (left <= 0) resolve();
      else id = setTimeout(tick, Math.min(left + 1, LONGEST_DELAY));
    };
    tick();
  });
  return [passed, () => clearTimeout(id)];
}
const LONGEST_DELAY = 2 ** 31 - 1;
