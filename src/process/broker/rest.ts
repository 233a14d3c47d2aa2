/** Memory, servers and the ends of processes in the broker. */
import { type Ask, AskLine } from "./ask.ts";
import { Cargo } from "./cargo.ts";
import { numberAt, type Parameters, Thing } from "./thing.ts";

const MAX_MEMORY = 256 * 2 ** 20;

/** Bytes that processes read and write: what is behind a Value and an Array. */
export class MemoryThing extends Thing {
  readonly #bytes: Buffer;

  constructor(parameters: Parameters) {
    super();
    const size = numberAt(parameters, 0);
    if (!(size >= 0 && size <= MAX_MEMORY))
      throw new RangeError(`Cannot share memory: ${size} bytes are more than ${MAX_MEMORY}`);
    this.#bytes = Buffer.alloc(size);
  }

  call(ask: Ask): void {
    const [start = 0, length = 0] = ask.call.numbers;
    if (ask.call.method === "write") {
      const { raw } = ask.call;
      if (!(start >= 0 && start + raw.length <= this.#bytes.length)) return ask.answer({ status: "range" });
      this.#bytes.set(raw, start);
      return ask.answer();
    }
    if (!(start >= 0 && start + length <= this.#bytes.length)) return ask.answer({ status: "range" });
    ask.answer({ raw: this.#bytes.subarray(start, start + length) });
  }
}

/** Whether a process has ended: what `wait()` knows as its sentinel. */
export class SentinelThing extends Thing {
  readonly #process: string;
  #ended = false;

  constructor(process: string, ended: boolean) {
    super();
    this.#process = process;
    this.#ended = ended;
  }

  call(ask: Ask): void {
    ask.answer({ numbers: [this.#ended ? 1 : 0] });
  }

  override gone(process: string, thread: number): void {
    if (thread !== 0 || process !== this.#process) return;
    this.#ended = true;
    this.changed();
  }

  override isReady(): boolean {
    return this.#ended;
  }
}

/** Questions to a process that serves them, and its answers. */
export class ServerThing extends Thing {
  readonly #questions: { cargo: Cargo; ask: Ask }[] = [];
  readonly #servers = new AskLine();
  readonly #taken: Map<number, { ask: Ask; by: string }> = new Map();
  #ticket = 0;
  /** The server's process; empty: it has not begun to serve. */
  #server = "";
  #dead = false;

  call(ask: Ask): void {
    switch (ask.call.method) {
      case "ask":
        return this.#ask(ask);
      case "expect": // who is going to serve: if it dies before that, nobody must wait for it
        this.#server = ask.call.text;
        return ask.answer();
      case "serve": {
        this.#server = ask.call.process;
        const next = this.#questions.shift();
        if (next === undefined) return this.#servers.join(ask);
        return this.#take(next, ask);
      }
      case "answer": {
        const [ticket = 0, failed = 0] = ask.call.numbers;
        const taken = this.#taken.get(ticket);
        this.#taken.delete(ticket);
        ask.answer();
        if (taken === undefined) return;
        const cargo = new Cargo(ask);
        cargo.deliver(taken.ask, { numbers: [failed] });
        return;
      }
      default:
        return ask.answer({ numbers: [this.#questions.length, this.#taken.size] });
    }
  }

  #ask(ask: Ask): void {
    if (this.#dead) return ask.answer({ status: "died" });
    const question = { cargo: new Cargo(ask), ask };
    ask.wait({ remove: () => this.#forget(ask) });
    const server = this.#servers.first();
    if (server !== undefined) return this.#take(question, server);
    this.#questions.push(question);
  }

  #forget(ask: Ask): void {
    const index = this.#questions.findIndex((question) => question.ask === ask);
    if (index >= 0) this.#questions.splice(index, 1)[0]?.cargo.drop();
  }

  #take(question: { cargo: Cargo; ask: Ask }, server: Ask): void {
    const ticket = ++this.#ticket;
    this.#taken.set(ticket, { ask: question.ask, by: server.who });
    question.cargo.deliver(server, { numbers: [ticket], text: question.ask.who });
  }

  override gone(process: string, thread: number): void {
    if (process !== this.#server || thread !== 0) return;
    this.#dead = true;
    const open = [...this.#taken.values(), ...this.#questions.splice(0)];
    this.#taken.clear();
    for (const { ask } of open) ask.answer({ status: "died" });
  }
}
