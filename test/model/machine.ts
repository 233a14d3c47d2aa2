/**
 * The modelled machine: shared words, wait lists, a clock, and what each thread has done so far.
 *
 * Every change can be taken back: words by an undo log, the rest by a small snapshot. A thread is
 * not a stack here but a *history*, the results of its operations in order; whoever runs its body
 * again from the start and feeds it that history stands where the thread stands.
 *
 * The state's hash is kept up to date with each change, so that a search can tell that two orders
 * of the same operations led to the same place.
 *
 *   FRESH ──▶ READY ⇄ (runs) ──▶ ENDED
 *     ▲         │ ▲
 *   DORMANT     ▼ │ run          any ──▶ DEAD (killed: it leaves its wait list; a wake-up it had is lost)
 *            WAITING ─▶ WOKEN
 */
import { mix } from "./seen.ts";
import { NOT_EQUAL, OP, TIMED_OUT, WOKEN } from "./ops.ts";

export const STATUS = { DORMANT: 0, FRESH: 1, READY: 2, WAITING: 3, AWAKE: 4, ENDED: 5, DEAD: 6 } as const;

const HIGH = 0x3c6ef372;
const LOW = 0x1b873593;
const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);
/** What `perform` returns when the thread went to sleep instead. */
export const ASLEEP: unique symbol = Symbol("asleep");

/** Numbers, the newest last. An ordinary array would lose the bits of a NaN, which are a value of a container. */
class Results {
  #all = new Float64Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.#all.length) {
      const more = new Float64Array(this.length * 2);
      more.set(this.#all);
      this.#all = more;
    }
    this.#all[this.length++] = value;
  }
  at(index: number): number {
    return this.#all[index]!;
  }
}

/** One thread of the model. */
export class ModelThread {
  readonly name: string;
  readonly index: number;
  status: number = STATUS.FRESH;
  /** What it called, packed, and what it got: its history. */
  readonly calls: number[] = [];
  readonly results: Results = new Results();
  /** How much of the history the present run of its body has been fed. */
  cursor = 0;
  high = 0;
  low = 0;
  waitsFor = 0;
  wakeAt: number = Infinity;
  /** Spins since it last saw the memory change. */
  spins = 0;
  spinVersion = -1;

  constructor(name: string, index: number) {
    this.name = name;
    this.index = index;
  }

  get runnable(): boolean {
    return this.status === STATUS.READY || this.status === STATUS.AWAKE || this.status === STATUS.FRESH;
  }

  record(call: number, result: number): void {
    this.calls.push(call);
    this.results.push(result);
    this.stir(result);
  }

  reset(mark: ThreadMark): void {
    this.status = mark.status;
    this.high = mark.high;
    this.low = mark.low;
    this.waitsFor = mark.waitsFor;
    this.wakeAt = mark.wakeAt;
    this.spins = mark.spins;
    this.spinVersion = mark.spinVersion;
    // Setting a length is dear, and most threads have not moved.
    if (this.results.length === mark.length) return;
    this.calls.length = mark.length;
    this.results.length = mark.length;
  }

  stir(result: number): void {
    if (result !== result) {
      double[0] = result; // a NaN is told from others by its bits
      this.high = mix(this.high, halves[0]!, HIGH);
      this.low = mix(this.low, halves[1]!, LOW);
      return;
    }
    // Words are whole numbers; only the clock has more to it, and that by 1/64 ms.
    const whole = Math.floor(result);
    const rest = Math.floor((result - whole) * 64);
    this.high = mix(this.high, whole ^ (rest << 24), HIGH);
    this.low = mix(this.low, whole ^ (rest << 24), LOW);
  }
}

interface ThreadMark {
  readonly status: number;
  readonly length: number;
  readonly high: number;
  readonly low: number;
  readonly waitsFor: number;
  readonly wakeAt: number;
  readonly spins: number;
  readonly spinVersion: number;
}

/** A place to come back to. */
export interface Mark {
  readonly undo: number;
  readonly notes: number;
  readonly noted: number;
  readonly clock: number;
  readonly version: number;
  readonly high: number;
  readonly low: number;
  readonly sleepers: readonly number[];
  readonly threads: readonly ThreadMark[];
}

export class Machine {
  readonly #words: Int32Array;
  readonly threads: ModelThread[] = [];
  /** Sleeping threads, the one that has slept longest first. */
  #sleepers: number[] = [];
  /** What the bodies noted, in the order it happened: ghost state, for invariants only. */
  readonly notes: string[] = [];
  #noted = 0;
  clock = 1000;
  /** Grows with each change of a word. */
  version = 0;
  #high = 0;
  #low = 0;
  readonly #undoAt: number[] = [];
  readonly #undoValue: number[] = [];

  constructor(words: Int32Array) {
    this.#words = words;
  }

  read(index: number): number {
    return this.#words[index]!;
  }

  write(index: number, value: number): void {
    const old = this.#words[index]!;
    if (old === value) return;
    this.#undoAt.push(index);
    this.#undoValue.push(old);
    this.#high ^= mix(index, old, HIGH) ^ mix(index, value, HIGH);
    this.#low ^= mix(index, old, LOW) ^ mix(index, value, LOW);
    this.#words[index] = value;
    this.version += 1;
  }

  /** Does one operation of a thread (undefined: of nobody in particular) at once. */
  perform(
    thread: ModelThread | undefined,
    kind: number,
    addr: number,
    x: number,
    y: number,
  ): number | typeof ASLEEP {
    const index = addr >> 2;
    switch (kind) {
      case OP.LOAD:
        return this.read(index);
      case OP.NOW:
        return this.clock;
      case OP.RELAX:
        return this.#spin(thread);
      case OP.NOTE:
        return 0;
      case OP.WAIT:
        return this.#wait(thread, addr, x, y);
      case OP.NOTIFY:
        return this.#notify(addr, x);
      case OP.LOAD_WIDE:
        halves[0] = this.read(index);
        halves[1] = this.read(index + 1);
        return double[0]!;
      case OP.STORE_WIDE:
        this.write(index, x);
        this.write(index + 1, y);
        return 0;
      default:
        return this.#modify(kind, index, x, y);
    }
  }

  #modify(kind: number, index: number, x: number, y: number): number {
    const old = this.read(index);
    if (kind === OP.ADD) this.write(index, (old + x) | 0);
    else if (kind === OP.OR) this.write(index, old | x);
    else if (kind === OP.AND) this.write(index, old & x);
    else if (kind === OP.XOR) this.write(index, old ^ x);
    else if (kind !== OP.COMPARE_EXCHANGE) this.write(index, x | 0);
    else if (old === (x | 0)) this.write(index, y | 0);
    return old;
  }

  #spin(thread: ModelThread | undefined): number {
    if (thread === undefined) return 0;
    if (thread.spinVersion !== this.version) thread.spins = 0;
    thread.spins += 1;
    thread.spinVersion = this.version;
    return 0;
  }

  /** The compare and the joining of the list are one step, as they are in the engine. */
  #wait(
    thread: ModelThread | undefined,
    addr: number,
    expected: number,
    timeoutMs: number,
  ): number | typeof ASLEEP {
    if (this.read(addr >> 2) !== (expected | 0)) return NOT_EQUAL;
    if (timeoutMs <= 0) return TIMED_OUT;
    if (thread === undefined) throw new Error("Cannot sleep outside a modelled thread: nobody would wake it");
    thread.status = STATUS.WAITING;
    thread.waitsFor = addr;
    thread.wakeAt = Number.isNaN(timeoutMs) ? Infinity : this.clock + timeoutMs;
    this.#sleepers.push(thread.index);
    return ASLEEP;
  }

  #notify(addr: number, count: number): number {
    let woken = 0;
    for (const index of this.#sleepers.slice()) {
      if (woken >= count) break;
      const thread = this.threads[index]!;
      if (thread.waitsFor !== addr) continue;
      this.wake(thread, WOKEN);
      woken += 1;
    }
    return woken;
  }

  /** Ends a sleep: by a notify, or because its time has come. */
  wake(thread: ModelThread, result: number): void {
    if (result === TIMED_OUT) this.clock = Math.max(this.clock, thread.wakeAt);
    this.#sleepers = this.#sleepers.filter((index) => index !== thread.index);
    thread.status = STATUS.AWAKE;
    thread.wakeAt = Infinity;
    thread.record(callOf(OP.WAIT, thread.waitsFor), result);
  }

  /** Writes down that something happened: part of the state, so that invariants may rest on the order of notes. */
  note(text: string): void {
    this.notes.push(text);
    for (let at = 0; at < text.length; at += 1) this.#noted = mix(this.#noted, text.charCodeAt(at), at);
  }

  kill(thread: ModelThread): void {
    thread.status = STATUS.DEAD;
    this.#sleepers = this.#sleepers.filter((index) => index !== thread.index);
  }

  mark(): Mark {
    return {
      undo: this.#undoAt.length,
      notes: this.notes.length,
      noted: this.#noted,
      clock: this.clock,
      version: this.version,
      high: this.#high,
      low: this.#low,
      sleepers: this.#sleepers.slice(),
      threads: this.threads.map(markOf),
    };
  }

  restore(mark: Mark): void {
    for (let at = this.#undoAt.length - 1; at >= mark.undo; at -= 1) {
      this.#words[this.#undoAt[at]!] = this.#undoValue[at]!;
    }
    this.#undoAt.length = mark.undo;
    this.#undoValue.length = mark.undo;
    this.notes.length = mark.notes;
    this.#noted = mark.noted;
    this.clock = mark.clock;
    this.version = mark.version;
    this.#high = mark.high;
    this.#low = mark.low;
    this.#sleepers = mark.sleepers.slice();
    mark.threads.forEach((saved, index) => this.threads[index]!.reset(saved));
  }

  /** The hash of the whole state, as two words; `extra` is what the search adds to it. */
  hash(extra: number): [high: number, low: number] {
    let high = mix(this.#high, extra, HIGH);
    let low = mix(this.#low, extra, LOW);
    const stir = (value: number): void => {
      high = mix(high, value, HIGH);
      low = mix(low, value, LOW);
    };
    stir(Math.round(this.clock * 64));
    stir(this.#noted);
    for (const t of this.threads) {
      high = mix(high, t.high, HIGH);
      low = mix(low, t.low, LOW);
      stir(t.results.length * 8 + t.status);
      stir(t.spins * 2 + (t.spinVersion === this.version ? 1 : 0));
      if (t.status === STATUS.WAITING) stir(t.wakeAt === Infinity ? -1 : Math.round(t.wakeAt * 64));
    }
    for (const index of this.#sleepers) stir(index);
    return [high, low];
  }
}

function markOf(t: ModelThread): ThreadMark {
  return {
    status: t.status,
    length: t.results.length,
    high: t.high,
    low: t.low,
    waitsFor: t.waitsFor,
    wakeAt: t.wakeAt,
    spins: t.spins,
    spinVersion: t.spinVersion,
  };
}

/** One call, packed for the history: what was done, and where. */
export function callOf(kind: number, addr: number): number {
  return addr * 16 + kind;
}
