/** What a shared iterator's users share: the thread that has it, and the queue through which that is asked. */
import { KIND } from "../core/kind.ts";
import { field, THREAD } from "../core/layout.ts";
import { SERVICE } from "../core/iterator-layout.ts";
import { PHASE } from "../core/registry.ts";
import { type Addr, load, store } from "../core/word.ts";
import { SimpleQueue } from "../queue/simple-queue.ts";
import { Lock } from "../sync/lock.ts";
import { freeNamed, nameOf, newRecord } from "../sync/named.ts";
import { addressOf, bind, registerHandle, release, retain } from "../value/handle.ts";
import { discard, load as loadMessage, store as storeMessage } from "../value/message.ts";
import { type Ask, serveIterator, type Source } from "./iterator-server.ts";
import { Thread } from "./thread.ts";

interface Parts {
  readonly asks: SimpleQueue<Ask>;
  /** Holds the source until the thread begins: it takes it. */
  readonly sources: SimpleQueue<Source>;
  readonly starting: Lock;
}

/** The thread of an iterator, as its users see it. */
export class IteratorService {
  readonly #record: Addr;
  readonly #parts: Parts;

  constructor(opened: Addr, parts?: Parts) {
    this.#record = opened;
    this.#parts = parts ?? (loadMessage(load(field(opened, SERVICE.PARTS)) as Addr) as Parts);
    bind(this, opened);
  }

  /** Puts the source where the thread will find it. Throws CaptureError when it cannot travel. */
  static create(named: string, source: Source): IteratorService {
    const name = named === "" ? undefined : named;
    const parts: Parts = {
      asks: new SimpleQueue<Ask>({ name: `asks of ${name ?? "an iterator"}` }),
      sources: new SimpleQueue<Source>(),
      starting: new Lock({ onAbandon: "acquire" }),
    };
    parts.sources.put(source);
    const record = newRecord(KIND.SERVICE, SERVICE.NAME, name);
    store(field(record, SERVICE.PARTS), storeMessage(parts, "iterator"));
    return new IteratorService(record, parts);
  }

  /** The name of what is iterated over, if it has one. */
  get name(): string | undefined {
    return nameOf(this.#record, SERVICE.NAME);
  }

  get asks(): SimpleQueue<Ask> {
    return this.#parts.asks;
  }

  /** Has the thread ended, whether or not it had begun? */
  get ended(): boolean {
    return this.#phase() === PHASE.TERMINATED;
  }

  /** Did the thread take the source? Then there is no other one to begin with. */
  get begun(): boolean {
    return this.#parts.sources.empty();
  }

  /** Is this the thread that has the iterator? */
  isServedBy(thread: Addr): boolean {
    return this.#server() === thread && thread !== 0;
  }

  /** Starts the thread, unless that was done. Whoever starts it may die at it: then the next one does it again. */
  begin(copies: number): void {
    if (this.begun) return;
    this.#parts.starting.with(() => {
      if (!this.begun && (this.#phase() & UNDER_WAY) === 0) this.#start(copies);
    });
  }

  #start(copies: number): void {
    const { asks, sources } = this.#parts;
    const thread = new Thread({
      target: serveIterator as (...args: unknown[]) => unknown,
      args: [asks, sources, copies],
      name: this.name === undefined ? "iterator" : `iterator ${this.name}`,
      daemon: true,
    });
    const record = addressOf(thread) as Addr;
    retain(record);
    // One that ended before it began is not released: another thread may be reading its state.
    store(field(this.#record, SERVICE.SERVER), record);
    thread.start();
  }

  #server(): Addr {
    return load(field(this.#record, SERVICE.SERVER)) as Addr;
  }

  #phase(): number {
    const server = this.#server();
    return server === 0 ? PHASE.NEW : load(field(server, THREAD.STATE));
  }
}

/** Phases of a thread that will run, or does. */
const UNDER_WAY: number = PHASE.RUNNABLE | PHASE.RUNNING;

registerHandle({
  kind: KIND.SERVICE,
  name: "iterator",
  create: (record) => new IteratorService(record),
  reclaim: (record) => {
    const parts = load(field(record, SERVICE.PARTS)) as Addr;
    const server = load(field(record, SERVICE.SERVER)) as Addr;
    freeNamed(record, SERVICE.NAME);
    discard(parts);
    if (server !== 0) release(server);
  },
});
