/** `Timer`: a thread that begins later, unless it is cancelled. */
import { field, THREAD } from "../core/layout.ts";
import { FLAG, PHASE, retire, ringSupervisor } from "../core/registry.ts";
import { type Addr, load, or, store } from "../core/word.ts";
import { Event } from "../sync/event.ts";
import { addressOf, handleAt, retain } from "../value/handle.ts";
import { discardLeftovers } from "./leftovers.ts";
import { makers, openingRecord, Thread } from "./thread.ts";

/** The longest delay that timers take, in milliseconds: 24 days. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * Calls a function once, on a thread of its own, `intervalMs` milliseconds after `start()`. While it waits it
 * needs no worker: a thousand timers cost next to nothing.
 *
 * @example
 * ```ts
 * import { Timer } from "heddle";
 * const timer = new Timer(10, (word: string) => console.log(word), ["now"]);
 * timer.start();
 * timer.join(); // prints now
 * ```
 */
export class Timer<A extends unknown[] = unknown[], R = unknown> extends Thread<A, R> {
  /** The delay in milliseconds. */
  readonly interval: number;
  /** What is called. */
  readonly function: (...args: A) => R;
  /** The arguments that `function` is called with: a copy of its own. */
  readonly args: A;
  /** What `function` gets as its last argument, when it was given: a copy of its own. */
  readonly kwargs: Record<string, unknown>;
  /** Set when the function has run, or the timer was cancelled. */
  readonly finished: Event;

  /** @param intervalMs at once when negative. @throws TypeError or RangeError for what is no delay or no function. */
  constructor(intervalMs: number, fn: (...args: A) => R, args?: A, kwargs?: Record<string, unknown>) {
    const opened = openingRecord();
    if (opened === undefined) checkTimer(intervalMs, fn);
    super(opened === undefined ? { target: fn, args, kwargs } : {});
    const record = addressOf(this) as Addr;
    this.interval = opened === undefined ? intervalMs : load(field(record, THREAD.DELAY_MS));
    this.function = fn;
    this.args = [...(args ?? [])] as unknown as A;
    this.kwargs = { ...kwargs };
    if (opened !== undefined) {
      this.finished = handleAt(load(field(record, THREAD.FINISHED)) as Addr) as Event;
      return;
    }
    this.finished = new Event();
    const event = addressOf(this.finished) as Addr;
    retain(event);
    store(field(record, THREAD.FINISHED), event);
    store(field(record, THREAD.DELAY_MS), Math.max(0, Math.ceil(intervalMs)));
    or(field(record, THREAD.FLAGS), FLAG.TIMER);
  }

  /** Starts the clock, once. @throws AlreadyStartedError the second time; CaptureError. */
  override start(): this {
    super.start();
    if (this.finished.isSet()) this.cancel(); // cancelled before it was started
    return this;
  }

  /** Prevents the call, if it has not begun. May be called at any time, also before `start()`. */
  cancel(): void {
    const record = addressOf(this) as Addr;
    const notYet = load(field(record, THREAD.STATE));
    if ((notYet & (PHASE.NEW | PHASE.DELAYED)) === 0) return;
    this.finished.set();
    if (!retire(record, PHASE.DELAYED)) return;
    discardLeftovers(record);
    ringSupervisor();
  }
}

function checkTimer(intervalMs: unknown, fn: unknown): void {
  if (typeof fn !== "function")
    throw new TypeError(`Cannot create Timer: fn must be a function, got ${typeof fn}`);
  if (typeof intervalMs !== "number") {
    throw new TypeError(
      `Cannot create Timer: intervalMs must be a number of milliseconds, got ${typeof intervalMs}`,
    );
  }
  if (!(intervalMs <= LONGEST_DELAY)) {
    throw new RangeError(
      `Cannot create Timer: intervalMs must be at most ${LONGEST_DELAY}, got ${intervalMs}`,
    );
  }
}

/** In another thread than the one that made it, a Timer has everything but its function and arguments. */
makers.timer = () => new Timer(0, undefined as never);
