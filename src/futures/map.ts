/**
 * `map`: the calls of one function over iterables, submitted at once (or `buffersize` of them), and their
 * results in the order of the input.
 */
import { type Deadline, deadlineOf, POLL, remaining, type Timeout } from "../core/deadline.ts";
import { TimeoutError } from "../errors.ts";
import { checkKeys } from "../sync/named.ts";
import type { BothWays } from "./as-completed.ts";
import { type ChunkResult, packed } from "./chunk.ts";
import { friends } from "./friends.ts";
import type { Future } from "./future.ts";
import { checkOnProgress, type OnProgress } from "./progress.ts";

/** Options of `map`. */
export interface MapOptions {
  /** How long the whole iteration may take, counted from the call of `map`. */
  timeoutMs?: number | undefined;
  /** How many calls make one task. Default 1. */
  chunksize?: number | undefined;
  /** How many tasks may be submitted whose results were not taken yet. Default: all are submitted at once. */
  buffersize?: number | undefined;
  /** Called, in this thread, each time that a task is done. */
  onProgress?: OnProgress | undefined;
}

const KEYS = ["timeoutMs", "chunksize", "buffersize", "onProgress"] as const;

/** Submits one chunk. */
export type SubmitChunk = (items: ArrayLike<unknown>, spread: boolean) => Future<ChunkResult>;

/** Is this last argument of `map` its options? They are no iterable. */
export function isOptions(value: unknown): value is MapOptions {
  return typeof value === "object" && value !== null && !(Symbol.iterator in value);
}

/** The results of a map. */
export function mapOver(
  iterables: readonly Iterable<unknown>[],
  options: MapOptions,
  submit: SubmitChunk,
): BothWays<unknown> {
  checkKeys("map over iterables", options, KEYS);
  const chunksize = checkCount("chunksize", options.chunksize) ?? 1;
  const buffersize = checkCount("buffersize", options.buffersize) ?? Infinity;
  const onProgress = checkOnProgress("map over iterables", options.onProgress);
  const deadline = deadlineOf(options.timeoutMs);
  const inputs = iterables.map((iterable) => iterable[Symbol.iterator]());
  const progress = onProgress && { onProgress, total: sizeOf(iterables) };
  const results = new MapResults(inputs, chunksize, buffersize, deadline, submit, progress);
  results.fill();
  return { [Symbol.iterator]: () => results.blocking(), [Symbol.asyncIterator]: () => results.awaiting() };
}

function checkCount(name: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || (!Number.isInteger(value) && value !== Infinity))
    throw new TypeError(
      `Cannot map over iterables: ${name} must be an integer or undefined, got ${describe(value)}`,
    );
  if (value < 1) throw new RangeError(`Cannot map over iterables: ${name} must be 1 or more, got ${value}`);
  return value;
}

function describe(value: unknown): string {
  return typeof value === "number" || typeof value === "string" ? JSON.stringify(value) : typeof value;
}

/** How many calls there will be, where the iterables tell. */
function sizeOf(iterables: readonly unknown[]): number | undefined {
  let size: number | undefined;
  for (const iterable of iterables) {
    const { length, size: count } = iterable as { length?: unknown; size?: unknown };
    const own = typeof length === "number" ? length : count;
    if (typeof own !== "number") return undefined;
    size = Math.min(size ?? own, own);
  }
  return size;
}

interface Report {
  readonly onProgress: OnProgress;
  total: number | undefined;
}

interface Chunk {
  readonly future: Future<ChunkResult>;
  readonly size: number;
}

class MapResults {
  readonly #inputs: readonly Iterator<unknown>[];
  readonly #chunksize: number;
  readonly #buffersize: number;
  readonly #deadline: Deadline;
  readonly #submit: SubmitChunk;
  readonly #report: Report | undefined;
  /** Submitted and not taken yet; those before `#first` were taken. */
  #chunks: (Chunk | undefined)[] = [];
  #first = 0;
  #exhausted = false;
  #values: ArrayLike<unknown> = [];
  #at = 0;
  #failure: { readonly error: unknown } | undefined;
  #drawn = 0;
  #done = 0;
  #failed = 0;

  constructor(
    inputs: readonly Iterator<unknown>[],
    chunksize: number,
    buffersize: number,
    deadline: Deadline,
    submit: SubmitChunk,
    report: Report | undefined,
  ) {
    this.#inputs = inputs;
    this.#chunksize = chunksize;
    this.#buffersize = buffersize;
    this.#deadline = deadline;
    this.#submit = submit;
    this.#report = report;
    this.#exhausted = inputs.length === 0;
  }

  /** Submits as many chunks as there is room for. */
  fill(): void {
    while (!this.#exhausted && this.#chunks.length - this.#first < this.#buffersize) {
      const items = this.#draw();
      if (items.length === 0) break;
      const future = this.#submit(packed(items), this.#inputs.length > 1);
      this.#chunks.push({ future, size: items.length });
      this.#drawn += items.length;
      if (this.#report !== undefined) this.#reportWhenDone(future, items.length, this.#report);
    }
    if (this.#exhausted && this.#report !== undefined) this.#report.total = this.#drawn;
  }

  /** The next items; fewer than a chunk's only at the end. */
  #draw(): unknown[] {
    const items: unknown[] = [];
    const [only] = this.#inputs;
    while (items.length < this.#chunksize) {
      if (this.#inputs.length === 1 && only !== undefined) {
        const next = only.next();
        if (next.done === true) return this.#end(items);
        items.push(next.value);
      } else {
        const tuple: unknown[] = [];
        for (const input of this.#inputs) {
          const next = input.next();
          if (next.done === true) return this.#end(items);
          tuple.push(next.value);
        }
        items.push(tuple);
      }
    }
    return items;
  }

  #end(items: unknown[]): unknown[] {
    this.#exhausted = true;
    return items;
  }

  #reportWhenDone(future: Future<ChunkResult>, size: number, report: Report): void {
    const done = (): void => {
      this.#done += size;
      if (friends.hasFailed(future)) this.#failed += size;
      else if (future.result().failed) this.#failed += 1;
      report.onProgress({ done: this.#done, total: report.total, failed: this.#failed });
    };
    friends.watchDone(future, done, true);
  }

  /** The next chunk to take; undefined: there is none. */
  #next(): Future<ChunkResult> | undefined {
    const chunk = this.#chunks[this.#first];
    if (chunk === undefined) return undefined;
    this.#chunks[this.#first++] = undefined;
    if (this.#first > 1024 && this.#first * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#first);
      this.#first = 0;
    }
    return chunk.future;
  }

  #open(result: ChunkResult): void {
    this.#values = result.values;
    this.#at = 0;
    this.#failure = result.failed ? { error: result.error } : undefined;
    this.fill();
  }

  /** What is at hand: the next value, or the error in its place; undefined: the next chunk is needed. */
  #ready(): IteratorResult<unknown, undefined> | undefined {
    if (this.#at < this.#values.length) {
      const value = this.#values[this.#at];
      if (Array.isArray(this.#values)) this.#values[this.#at] = undefined; // the caller's alone
      this.#at++;
      return { done: false, value };
    }
    if (this.#failure === undefined) return undefined;
    const { error } = this.#failure;
    this.close();
    throw error;
  }

  /** Gives the rest up: what has not begun never will. */
  close(): void {
    this.#values = [];
    this.#failure = undefined;
    this.#exhausted = true;
    for (let future = this.#next(); future !== undefined; future = this.#next()) future.cancel();
    for (const input of this.#inputs) input.return?.();
  }

  blocking(): Iterator<unknown, undefined> {
    const next = (): IteratorResult<unknown, undefined> => {
      for (;;) {
        const ready = this.#ready();
        if (ready !== undefined) return ready;
        const future = this.#next();
        if (future === undefined) return { done: true, value: undefined };
        this.#take(future, () => future.result(this.#left()));
      }
    };
    return { next, return: () => this.#return() };
  }

  awaiting(): AsyncIterator<unknown, undefined> {
    const next = async (): Promise<IteratorResult<unknown, undefined>> => {
      for (;;) {
        const ready = this.#ready();
        if (ready !== undefined) return ready;
        const future = this.#next();
        if (future === undefined) return { done: true, value: undefined };
        if (!future.done()) await this.#arrival(future);
        this.#take(future, () => future.result(0));
      }
    };
    return { next, return: () => Promise.resolve(this.#return()) };
  }

  /** Waits for a future without looking at how it ended. */
  async #arrival(future: Future<ChunkResult>): Promise<void> {
    try {
      if (this.#left() === undefined) await future;
      else await future.resultAsync(this.#left());
    } catch {
      // Told by what follows.
    }
  }

  #take(future: Future<ChunkResult>, result: () => ChunkResult): void {
    try {
      this.#open(result());
    } catch (error) {
      future.cancel();
      this.close();
      if (!(error instanceof TimeoutError) || future.done()) throw error;
      throw new TimeoutError("Cannot go on with map: not all results were there in time");
    }
  }

  #left(): Timeout | undefined {
    if (this.#deadline === POLL) return 0;
    const left = remaining(this.#deadline);
    return left === Infinity ? undefined : left;
  }

  #return(): IteratorResult<unknown, undefined> {
    this.close();
    return { done: true, value: undefined };
  }
}
