/** A call as the broker sees it: who asks, for what, and the one answer that it gets. */
import { type FrameOf, NO_BYTES } from "../frame.ts";

type Call = FrameOf<"CALL">;

/** What an answer may carry beside its status. */
export interface Answer {
  readonly status?: string;
  readonly numbers?: readonly number[];
  readonly text?: string;
  readonly raw?: Uint8Array;
  readonly payload?: Uint8Array;
}

/** Where an ask stands while it waits. */
export interface Line {
  remove(ask: Ask): void;
}

/** The longest delay that timers take, in milliseconds. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** One call that was not answered yet. */
export class Ask {
  readonly call: Call;
  /** Who asks: process and thread. */
  readonly who: string;
  #send: (frame: FrameOf<"REPLY">) => void;
  #lines: Line[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #answered = false;
  #untimed = false;
  /** Called when it leaves its lines without what it waited for: for what must be undone then. */
  onLeave: ((status: string) => void) | undefined;
  /** Called when it has been answered, by whoever keeps the asks. */
  onAnswer: (() => void) | undefined;

  constructor(call: Call, send: (frame: FrameOf<"REPLY">) => void) {
    this.call = call;
    this.who = whoIs(call.process, call.thread);
    this.#send = send;
  }

  get answered(): boolean {
    return this.#answered;
  }

  /** Answers it, once. */
  answer({ status = "", numbers = [], text = "", raw = NO_BYTES, payload = NO_BYTES }: Answer = {}): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#forget();
    this.onAnswer?.();
    const { request, sequence, process } = this.call;
    if (request !== 0)
      this.#send({ kind: "REPLY", request, sequence, process, status, numbers, text, raw, payload });
  }

  /** Lets it wait in a line until somebody answers it or its time is over. */
  wait(line: Line): void {
    this.#lines.push(line);
    const { timeoutMs } = this.call;
    if (this.#untimed || this.#timer !== undefined || !(timeoutMs <= LONGEST_DELAY)) return;
    this.#timer = setTimeout(() => this.give("timeout"), Math.max(0, timeoutMs));
  }

  /** Is it not to wait at all? */
  get polls(): boolean {
    return this.call.timeoutMs === 0 && !this.#untimed;
  }

  /** Ends its wait with this status. */
  give(status: string): void {
    if (this.#answered) return;
    this.#forget();
    const { onLeave } = this;
    this.onLeave = undefined;
    if (onLeave !== undefined) onLeave(status);
    else this.answer({ status });
  }

  /** Takes it out of its lines without an answer: whoever asked is dead. */
  drop(): void {
    if (this.#answered) return;
    this.#send = () => {};
    this.give("gone");
    if (this.#answered) return;
    this.#answered = true;
    this.#forget();
    this.onAnswer?.();
  }

  /** Whoever asked does not want to wait any longer. One that only waits to get its lock back goes on. */
  cancel(): void {
    if (!this.#untimed) this.give("cancelled");
  }

  /** Takes it out of its lines; its time goes on. */
  leaveLines(): void {
    for (const line of this.#lines) line.remove(this);
    this.#lines = [];
  }

  /** From now on its time does not end its wait. */
  forever(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#untimed = true;
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.leaveLines();
  }
}

/** A thread of a process, as holders are named. */
export function whoIs(process: string, thread: number): string {
  return `${process}#${thread}`;
}

/** A line of asks, the oldest first. */
export class AskLine implements Line {
  readonly #asks: Set<Ask> = new Set();

  get length(): number {
    return this.#asks.size;
  }
  /** Lets an ask wait at the end; one that polls is told `status` at once. */
  join(ask: Ask, status: string = "timeout"): void {
    if (ask.polls) {
      ask.give(status);
      return;
    }
    this.#asks.add(ask);
    ask.wait(this);
  }
  remove(ask: Ask): void {
    this.#asks.delete(ask);
  }
  first(): Ask | undefined {
    for (const ask of this.#asks) return ask;
    return undefined;
  }
  /** All of them, the oldest first. */
  all(): Ask[] {
    return [...this.#asks];
  }
}
