/** `SerializedIterator`: an iterator that any number of threads may use. */
import { ITERATOR } from "../core/iterator-layout.ts";
import { freeRecord } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { field } from "../core/layout.ts";
import { offer } from "../core/ring.ts";
import { self } from "../core/self.ts";
import { TAG } from "../core/slot.ts";
import { type Addr, load, store } from "../core/word.ts";
import { InterruptedError, ShutDown, ThreadTerminatedError } from "../errors.ts";
import type { SimpleQueue } from "../queue/simple-queue.ts";
import { labelOf } from "../sync/holdable.ts";
import { newRecord } from "../sync/named.ts";
import { addressOf, bind, handleAt, registerHandle, release, retain } from "../value/handle.ts";
import { shownAsText } from "../value/shown.ts";
import { awaitReply, awaitReplyAsync, newReply } from "./iterator-reply.ts";
import { afterEnd, type Answer, type Verb, VERBS } from "./iterator-server.ts";
import type { IteratorService } from "./iterator-service.ts";

/** A snapshot of a {@link SerializedIterator}. */
export interface IteratorStatistics {
  /** The name of what is iterated over. */
  readonly name: string | undefined;
  /** Was it asked for anything yet? */
  readonly begun: boolean;
  /** Has the thread that had the iterator ended? */
  readonly ended: boolean;
  /** Calls that the thread has not come to yet. */
  readonly waiting: number;
}

/**
 * An iterator that any number of threads may use, made by {@link serializeIterator} or {@link concurrentTee}. The
 * iterator itself lives in a thread of its own; each call is made there, one after the other.
 */
export class SerializedIterator<T, R = unknown, N = unknown> {
  readonly #record: Addr;
  readonly #service: IteratorService;
  /** An answer that an interrupted `next()` did not wait for: it is the next one's. */
  #owed: SimpleQueue<Answer> | undefined;

  /** For heddle itself; programs call {@link serializeIterator}. */
  constructor() {
    if (opening === undefined)
      throw new TypeError("Cannot create SerializedIterator: call serializeIterator() instead");
    this.#record = opening;
    opening = undefined;
    this.#service = handleAt(load(field(this.#record, ITERATOR.SERVICE)) as Addr) as IteratorService;
    bind(this, this.#record);
  }

  /** The name of what is iterated over, if it has one. */
  get name(): string | undefined {
    return this.#service.name;
  }

  /**
   * The next item, or the end. A value is sent to the generator, as to any generator.
   *
   * @throws what the iterator throws; TypeError for a value that is sent to what is no generator; CaptureError for an
   * item that cannot travel; ThreadTerminatedError when the iterator's thread was ended; InterruptedError, and then the
   * item is what the caller's next `next()` gives.
   */
  next(value?: N): IteratorResult<T, R> {
    return this.#call("next", value) as IteratorResult<T, R>;
  }

  /** {@link next} without blocking the thread. */
  async nextAsync(value?: N): Promise<IteratorResult<T, R>> {
    const reply = this.#ask("next", value);
    if (!isReply(reply)) return reply as IteratorResult<T, R>;
    for (;;) {
      const answer = await awaitReplyAsync(reply, () => this.#service.ended);
      if (answer !== undefined) return resultOf(answer) as IteratorResult<T, R>;
      this.#beginAgain();
    }
  }

  /** Ends the generator, for all: its `finally` blocks run. @throws TypeError for what is no generator. */
  return(value?: R): IteratorResult<T, R> {
    return this.#call("return", value) as IteratorResult<T, R>;
  }

  /** Throws an error into the generator. @throws what the generator then throws; TypeError for what is no generator. */
  throw(error: unknown): IteratorResult<T, R> {
    return this.#call("throw", error) as IteratorResult<T, R>;
  }

  /** The items, each for one consumer only. Leaving a loop early leaves the others to the others. */
  [Symbol.iterator](): IterableIterator<T, R, N | undefined> {
    const loop: IterableIterator<T, R, N | undefined> = {
      next: (value?: N) => this.next(value),
      [Symbol.iterator]: () => loop,
    };
    return loop;
  }

  /** As the plain iteration, without blocking the thread. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, R, N | undefined> {
    const loop: AsyncIterableIterator<T, R, N | undefined> = {
      next: (value?: N) => this.nextAsync(value),
      [Symbol.asyncIterator]: () => loop,
    };
    return loop;
  }

  /** A snapshot of its state. */
  statistics(): IteratorStatistics {
    const { name, begun, ended, asks } = this.#service;
    return Object.freeze({ name, begun, ended, waiting: asks.qsize() });
  }

  /** `<SerializedIterator 'numbers' begun, 2 waiting>` */
  toString(): string {
    const { begun, ended, waiting } = this.statistics();
    const state = ended ? "ended" : begun ? "begun" : "not begun";
    return `<${labelOf(this)} ${state}${waiting > 0 ? `, ${waiting} waiting` : ""}>`;
  }

  #call(verb: Verb, value: unknown): IteratorResult<unknown> {
    const reply = this.#ask(verb, value);
    if (!isReply(reply)) return reply;
    let answer: Answer;
    try {
      answer = this.#await(reply);
    } catch (error) {
      if (error instanceof InterruptedError && verb === "next" && value === undefined) this.#owed = reply;
      throw error;
    }
    return resultOf(answer);
  }

  #await(reply: SimpleQueue<Answer>): Answer {
    for (;;) {
      const alone = this.#service.asks.qsize() <= 1;
      const answer = awaitReply(reply, alone, () => this.#service.ended);
      if (answer !== undefined) return answer;
      this.#beginAgain();
    }
  }

  /** Asks the iterator's thread; the answer will be in the queue that it returns. A result: the iterator has ended. */
  #ask(verb: Verb, value: unknown): SimpleQueue<Answer> | IteratorResult<unknown> {
    this.#check(verb, value);
    const owed = this.#owed;
    if (owed !== undefined && verb === "next" && value === undefined) {
      this.#owed = undefined;
      return owed;
    }
    const { asks } = this.#service;
    if (!asks.isShutdown) this.#service.begin(this.#field(ITERATOR.COPIES));
    const reply = newReply();
    try {
      asks.put([reply, this.#field(ITERATOR.COPY), verb, value]);
      return reply;
    } catch (error) {
      if (error instanceof ShutDown) return afterEnd(verb, value);
      throw error;
    }
  }

  #check(verb: Verb, value: unknown): void {
    if (this.#service.isServedBy(self.thread)) {
      throw new TypeError(`Cannot use ${String(this)} in its own generator: it is running`);
    }
    if (this.#field(ITERATOR.COPIES) > 1 && (verb !== "next" || value !== undefined)) {
      throw new TypeError(
        `Cannot ${VERBS[verb]} ${String(this)}: it is one of several copies, not a generator`,
      );
    }
  }

  #field(offset: number): number {
    return load(field(this.#record, offset));
  }

  /** The thread has ended without an answer: one that took the source is not to be replaced. */
  #beginAgain(): void {
    if (!this.#service.begun) return this.#service.begin(this.#field(ITERATOR.COPIES));
    throw new ThreadTerminatedError(`Cannot go on with ${String(this)}: its thread was ended`);
  }
}

function isReply(reply: SimpleQueue<Answer> | IteratorResult<unknown>): reply is SimpleQueue<Answer> {
  return addressOf(reply) !== undefined;
}

function resultOf(answer: Answer): IteratorResult<unknown> {
  if (answer[0]) throw answer[1];
  return answer[1];
}

/** The record that the constructor is to open. */
let opening: Addr | undefined;

function open(record: Addr): SerializedIterator<unknown> {
  opening = record;
  return new SerializedIterator();
}

/** Makes one copy of the items of a service. */
export function openCopy(
  service: IteratorService,
  copy: number,
  copies: number,
): SerializedIterator<unknown> {
  const record = newRecord(KIND.NONE, 0, undefined);
  const address = addressOf(service) as Addr;
  retain(address);
  store(field(record, ITERATOR.SERVICE), address);
  store(field(record, ITERATOR.ASKS), addressOf(service.asks) as Addr);
  store(field(record, ITERATOR.COPY), copy);
  store(field(record, ITERATOR.COPIES), copies);
  store(field(record, ITERATOR.KIND), KIND.ITERATOR);
  return open(record);
}

registerHandle({
  kind: KIND.ITERATOR,
  name: "SerializedIterator",
  create: open,
  reclaim: (record) => {
    try {
      // Nobody has this copy any more: when all are gone, the thread ends.
      offer(load(field(record, ITERATOR.ASKS)) as Addr, TAG.NUMBER, load(field(record, ITERATOR.COPY)));
    } finally {
      release(load(field(record, ITERATOR.SERVICE)) as Addr);
      freeRecord(record);
    }
  },
});

shownAsText(SerializedIterator);
