/** Queues in the broker. */
import { type Ask, AskLine } from "./ask.ts";
import { Cargo } from "./cargo.ts";
import { numberAt, type Parameters, Thing } from "./thing.ts";

/** A queue: items in order, at most `maxsize` of them where that is not 0, and a count of unfinished tasks. */
export class QueueThing extends Thing {
  readonly #maxsize: number;
  readonly #items: Cargo[] = [];
  readonly #getters = new AskLine();
  readonly #putters = new AskLine();
  readonly #joiners = new AskLine();
  #unfinished = 0;

  constructor(parameters: Parameters) {
    super();
    this.#maxsize = numberAt(parameters, 0);
  }

  call(ask: Ask): void {
    switch (ask.call.method) {
      case "put":
        return this.#put(ask);
      case "get":
        return this.#get(ask);
      case "unget": // an item whose getter did not want it any more
        this.#unfinished--;
        this.#accept(new Cargo(ask), true);
        return ask.answer();
      case "taskDone":
        return this.#taskDone(ask);
      case "join":
        if (this.#unfinished === 0) return ask.answer();
        return this.#joiners.join(ask);
      default:
        return ask.answer({
          numbers: [this.#items.length, this.#maxsize, this.#unfinished, this.#getters.length],
        });
    }
  }

  #isFull(): boolean {
    return this.#maxsize > 0 && this.#items.length >= this.#maxsize;
  }

  #put(ask: Ask): void {
    if (this.#isFull() || this.#putters.length > 0) return this.#putters.join(ask, "full");
    this.#accept(new Cargo(ask), false);
    ask.answer();
  }

  #accept(cargo: Cargo, first: boolean): void {
    this.#unfinished++;
    const getter = this.#getters.first();
    if (getter !== undefined) return cargo.deliver(getter);
    if (first) this.#items.unshift(cargo);
    else this.#items.push(cargo);
    this.changed();
  }

  #get(ask: Ask): void {
    const cargo = this.#items.shift();
    if (cargo === undefined) return this.#getters.join(ask, "empty");
    cargo.deliver(ask);
    const putter = this.#putters.first();
    if (putter === undefined || this.#isFull()) return;
    const next = new Cargo(putter);
    putter.answer();
    this.#accept(next, false);
  }

  #taskDone(ask: Ask): void {
    if (this.#unfinished === 0) return ask.answer({ status: "over" });
    this.#unfinished--;
    ask.answer();
    if (this.#unfinished === 0) for (const joiner of this.#joiners.all()) joiner.answer();
  }

  override isReady(): boolean {
    return this.#items.length > 0;
  }
}
