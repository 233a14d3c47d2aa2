/** What a thread has submitted to a process pool: errors that nobody looks at are reported when the pool is shut down. */
import { friends } from "../futures/friends.ts";
import type { Future } from "../futures/future.ts";
import { createRecord } from "../futures/future-record.ts";
import type { Settled, Source } from "../futures/settled.ts";
import { Submitter } from "../futures/unseen.ts";

/** How many futures are kept before it is worth looking which of them are over. */
const FEW = 64;

/** The source of the futures of one pool, as one thread that submits to it sees it. */
export class Submitted implements Source {
  readonly ported = false;
  readonly #errors: Submitter;
  /** Those of which this thread does not know yet how they ended. */
  readonly #open: Set<Future> = new Set();
  #limit: number = FEW;
  #forced = false;

  constructor(name: string) {
    this.#errors = new Submitter(name);
  }

  get name(): string {
    return this.#errors.name;
  }

  /** The future of a new task. */
  newFuture(): Future {
    if (this.#open.size >= this.#limit) this.#lookAtAll();
    const future = friends.open(createRecord(), this);
    this.#open.add(future);
    return future;
  }

  settled(future: Future): void {
    this.#open.delete(future);
  }
  failed(settled: Settled): void {
    if (!this.#forced) this.#errors.failed(settled);
  }
  look(settled: Settled | undefined): void {
    this.#errors.look(settled);
  }

  /** The pool is about to be ended by force: what fails from now on fails by the program's own will. */
  force(): void {
    this.#lookAtAll();
    this.#forced = true;
    this.#open.clear();
  }

  /** Reports what nobody has looked at. */
  report(): void {
    this.#lookAtAll();
    this.#errors.report();
  }

  #lookAtAll(): void {
    for (const future of this.#open) future.done();
    this.#limit = Math.max(FEW, 2 * this.#open.size);
  }
}
