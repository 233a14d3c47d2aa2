/** Errors of tasks that nobody has looked at: kept by the executor, and reported when it is shut down. */
import { HEADER } from "../core/layout.ts";
import { self } from "../core/self.ts";
import { type Addr, load } from "../core/word.ts";
import { reportUncaught } from "../thread/excepthook.ts";
import { STDERR, writeWhole } from "../thread/output.ts";
import { errorText } from "../thread/platform.ts";
import { drain } from "./port.ts";
import type { Settled, Source } from "./settled.ts";

/** More errors than this are counted, not kept. */
const MOST = 100;

/** The executor, as one thread that submits to it sees it. */
export class Submitter implements Source {
  readonly name: string;
  readonly #unseen = new Set<Settled>();
  #more = 0;
  #forced = false;

  constructor(name: string) {
    this.name = name;
  }

  failed(settled: Settled): void {
    if (this.#forced) return;
    if (this.#unseen.size < MOST) this.#unseen.add(settled);
    else this.#more++;
  }

  look(settled: Settled | undefined): void {
    if (settled?.failed === true) this.#unseen.delete(settled);
  }

  /** The pool is about to be ended by force: what fails from now on fails by the program's own will. */
  force(): void {
    drain();
    this.#forced = true;
  }

  /** Reports what nobody has looked at. */
  report(): void {
    drain();
    for (const { value } of this.#unseen) reportUnseen(value, this.name);
    if (this.#more > 0) writeWhole(STDERR, `${this.#more} more tasks of ${this.name} failed\n`);
    this.#unseen.clear();
    this.#more = 0;
  }
}

function reportUnseen(error: unknown, name: string): void {
  if (load(HEADER.HOOK as Addr) !== 0) reportUncaught(self.thread, "", error);
  else writeWhole(STDERR, `Exception in a task of ${name} that nobody has looked at:\n${errorText(error)}\n`);
}
