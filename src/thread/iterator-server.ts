/**
 * The thread that has an iterator: makes it when it is first asked, and answers one ask after the other.
 *
 * What it read for one copy and others have not had yet is a list: each copy has a place in it, and what is
 * behind all of them is garbage.
 */
import { field, THREAD } from "../core/layout.ts";
import { FLAG } from "../core/registry.ts";
import { offer } from "../core/ring.ts";
import { self } from "../core/self.ts";
import { TAG } from "../core/slot.ts";
import { type Addr, and } from "../core/word.ts";
import { ThreadTerminatedError } from "../errors.ts";
import type { SimpleQueue } from "../queue/simple-queue.ts";
import { addressOf } from "../value/handle.ts";
import { registerExports } from "../value/known.ts";
import { storeLenient } from "../value/message.ts";
import { ThreadExit } from "./exit.ts";

/** What is iterated over: what `make` gives for these arguments, or `over`. */
export interface Source {
  readonly make?: (...args: unknown[]) => unknown;
  readonly args?: readonly unknown[];
  readonly over?: unknown;
}

/** The methods of an iterator. */
export type Verb = "next" | "return" | "throw";
/** A call: where its answer is to be put, the copy that it is for, the method and its argument. A number: that copy is gone. */
export type Ask = readonly [reply: SimpleQueue<Answer>, copy: number, verb: Verb, value: unknown] | number;
/** What the call gave, or threw. */
export type Answer =
  | readonly [failed: false, result: IteratorResult<unknown>]
  | readonly [failed: true, error: unknown];

/** A step of the iterator; one that has no result yet is the end of the list. */
interface Step {
  result?: IteratorResult<unknown>;
  next?: Step;
}

/** The body of the thread. */
export async function serveIterator(
  asks: SimpleQueue<Ask>,
  sources: SimpleQueue<Source>,
  copies: number,
): Promise<void> {
  const source = await sources.getAsync(); // so that modules that it needs are loaded
  and(field(self.thread, THREAD.FLAGS), ~FLAG.AWAITING); // from here on it computes or blocks
  new Server(asks, source, copies).serve();
}
registerExports("heddle:iterators", { serveIterator });

class Server {
  readonly #asks: SimpleQueue<Ask>;
  readonly #source: Source;
  /** Where each copy is in the list; undefined: it has had everything, or is gone. */
  readonly #places: (Step | undefined)[];
  #last: Step = {};
  #iterator: Iterator<unknown> | undefined;
  #ended = false;

  constructor(asks: SimpleQueue<Ask>, source: Source, copies: number) {
    this.#asks = asks;
    this.#source = source;
    this.#places = Array.from({ length: copies }, () => this.#last);
  }

  /** Until nobody will ask any more. */
  serve(): void {
    try {
      for (const ask of this.#asks) {
        if (typeof ask === "number") this.#leave(ask);
        else this.#answer(ask);
      }
    } finally {
      this.#asks.shutdown(true);
      if (!this.#ended) this.#iterator?.return?.(); // its `finally` blocks run
    }
  }

  #answer([reply, copy, verb, value]: Exclude<Ask, number>): void {
    try {
      const result = this.#places[copy] === undefined ? afterEnd(verb, value) : this.#call(copy, verb, value);
      reply.put([false, { value: result.value, done: result.done === true }]);
    } catch (error) {
      fail(reply, error instanceof ThreadExit ? this.#exited() : error);
    }
  }

  #call(copy: number, verb: Verb, value: unknown): IteratorResult<unknown> {
    const iterator = (this.#iterator ??= this.#make());
    if (verb === "next" && value === undefined) return this.#next(copy, iterator);
    // Only a single copy gets here, and its place is the end of the list.
    const method = iterator[verb];
    if (typeof method !== "function" || (verb === "next" && typeof iterator.throw !== "function"))
      throw new TypeError(`Cannot ${VERBS[verb]} the iterator: it is not a generator`);
    const result = checked(method.call(iterator, value));
    if (result.done === true) this.#end(copy);
    return result;
  }

  #next(copy: number, iterator: Iterator<unknown>): IteratorResult<unknown> {
    const place = this.#places[copy] as Step;
    if (place.result === undefined) {
      place.result = checked(iterator.next());
      this.#last = place.next = {};
    }
    if (place.result.done === true) this.#end(copy);
    else this.#places[copy] = place.next;
    return place.result;
  }

  #make(): Iterator<unknown> {
    try {
      const { make, args = [], over } = this.#source;
      return iteratorOf(make === undefined ? over : make(...args));
    } catch (error) {
      this.#endAll();
      throw error;
    }
  }

  /** This copy has had everything. */
  #end(copy: number): void {
    this.#ended = true;
    this.#leave(copy);
  }

  #endAll(): void {
    this.#ended = true;
    this.#places.fill(undefined);
    this.#asks.shutdown();
  }

  #leave(copy: number): void {
    this.#places[copy] = undefined;
    // Who asked before that is still answered; whoever asks later knows the answer.
    if (this.#places.every((place) => place === undefined)) this.#asks.shutdown();
  }

  #exited(): ThreadTerminatedError {
    this.#endAll();
    return new ThreadTerminatedError("Cannot go on with the iterator: it called process.exit()");
  }
}

/** What the verbs are called in errors. */
export const VERBS: Readonly<Record<Verb, string>> = {
  next: "send a value into",
  return: "close",
  throw: "throw into",
};

/** What a generator's methods do when it has ended. */
export function afterEnd(verb: Verb, value: unknown): IteratorResult<unknown> {
  if (verb === "throw") throw value;
  return { value: verb === "return" ? value : undefined, done: true };
}

/** The iterator of an iterable, or an iterator itself. */
function iteratorOf(made: unknown): Iterator<unknown> {
  const iterable = made as Partial<Iterable<unknown> & Iterator<unknown>> | null | undefined;
  if (typeof iterable?.[Symbol.iterator] === "function")
    return (made as Iterable<unknown>)[Symbol.iterator]();
  if (typeof iterable?.next === "function" && !(Symbol.asyncIterator in (made as object)))
    return made as Iterator<unknown>;
  throw new TypeError(
    `Cannot serialize the iterator: its function must make something iterable, got ${made === null ? "null" : typeof made}`,
  );
}

function checked(result: IteratorResult<unknown>): IteratorResult<unknown> {
  if (typeof result === "object" && result !== null) return result;
  throw new TypeError(`Cannot use what the iterator gave: it must be an object, got ${typeof result}`);
}

/** Answers with an error. It must arrive: the caller has nothing else to wait for. */
function fail(reply: SimpleQueue<Answer>, error: unknown): void {
  try {
    offer(addressOf(reply) as Addr, TAG.MESSAGE, storeLenient([true, error], "error"));
  } catch {
    reply.shutdown(); // no memory is left for it
  }
}
