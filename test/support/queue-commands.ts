// An ordinary array in place of a queue, and commands that both are given: what one answers, the other must.
import { Empty, Full, InvalidStateError, PriorityQueue, Queue, ShutDown } from "../../src/api/index.ts";
import type { AnyQueue, QueueKind } from "./queues.ts";

/** A call and what it is given. */
export type Command =
  | {
      readonly call: "put" | "putNowait" | "putTimed" | "putAsync";
      readonly key: number;
      readonly rest: unknown;
    }
  | { readonly call: "get" | "getTimed" | "getAsync" | "getOptions" | "taskDone" | "join" | "joinAsync" }
  | { readonly call: "look" | "iterate" | "iterateAsync" }
  | { readonly call: "maxsize"; readonly maxsize: number }
  | { readonly call: "shutdown"; readonly immediate: boolean };

/** What a PriorityQueue is given must have an order, and an object in it decides nothing; others take anything. */
export function itemOf(kind: QueueKind, key: number, rest: unknown): unknown {
  return kind.name === "PriorityQueue" ? [key, { rest }] : rest;
}

/** The queue as an array. Its answers: a value, or the name of an error. */
export class ModelQueue {
  readonly #kind: QueueKind;
  #maxsize: number;
  #items: { key: number; item: unknown }[] = [];
  #shut = 0;
  #unfinished = 0;

  constructor(kind: QueueKind, maxsize: number) {
    this.#kind = kind;
    this.#maxsize = maxsize;
  }

  answer(command: Command): unknown {
    switch (command.call) {
      case "put":
      case "putNowait":
      case "putTimed":
      case "putAsync":
        return this.#put(command.key, itemOf(this.#kind, command.key, command.rest));
      case "taskDone":
        return this.#unfinished === 0 ? "InvalidStateError" : void (this.#unfinished -= 1);
      case "join":
      case "joinAsync":
        return this.#unfinished === 0;
      case "look":
        return this.#look();
      case "maxsize":
        return void (this.#maxsize = command.maxsize);
      case "shutdown":
        return this.#shutDown(command.immediate);
      case "iterate":
      case "iterateAsync":
        return this.#shut === 0 ? "open" : this.#items.map(() => undefined).map(() => this.#get());
      default:
        return this.#get();
    }
  }

  #isFull(): boolean {
    return this.#kind.full && this.#maxsize > 0 && this.#items.length >= this.#maxsize;
  }

  #put(key: number, item: unknown): unknown {
    if (this.#shut > 0) return "ShutDown";
    if (this.#isFull()) return "Full";
    this.#items.push({ key, item });
    this.#unfinished += 1;
    return undefined;
  }

  #get(): unknown {
    if (this.#items.length === 0) return this.#shut > 0 ? "ShutDown" : "Empty";
    const [next] = this.#items.splice(this.#kind.next(this.#items.map(({ key }) => key)), 1);
    return { item: next?.item };
  }

  #shutDown(immediate: boolean): void {
    this.#shut = immediate ? 2 : Math.max(this.#shut, 1);
    if (!immediate) return;
    this.#unfinished = Math.max(0, this.#unfinished - this.#items.length);
    this.#items = [];
  }

  #look(): unknown {
    const size = this.#items.length;
    const common = { size, empty: size === 0, isShutdown: this.#shut > 0, waiting: 0 };
    if (!this.#kind.full) return common;
    return { ...common, full: this.#isFull(), maxsize: this.#maxsize, unfinished: this.#unfinished };
  }
}

/** The same of a queue. */
export async function answerOf(
  kind: QueueKind,
  queue: AnyQueue<unknown>,
  command: Command,
): Promise<unknown> {
  try {
    return await perform(kind, queue, command);
  } catch (error) {
    const expected = [Empty, Full, ShutDown, InvalidStateError].some((type) => error instanceof type);
    if (expected) return (error as Error).name;
    throw error;
  }
}

async function perform(kind: QueueKind, queue: AnyQueue<unknown>, command: Command): Promise<unknown> {
  switch (command.call) {
    case "put":
      return queue.put(itemOf(kind, command.key, command.rest), false);
    case "putNowait":
      return queue.putNowait(itemOf(kind, command.key, command.rest));
    case "putTimed":
      return queue.put(itemOf(kind, command.key, command.rest), 0);
    case "putAsync":
      return await queue.putAsync(itemOf(kind, command.key, command.rest), { block: false });
    case "get":
      return { item: queue.getNowait() };
    case "getTimed":
      return { item: queue.get(true, 0) };
    case "getOptions":
      return { item: queue.get({ timeoutMs: 0 }) };
    case "getAsync":
      return { item: await queue.getAsync(0) };
    case "iterate":
      return queue.isShutdown ? Array.from(queue, (item) => ({ item })) : "open";
    case "iterateAsync":
      return queue.isShutdown ? await all(queue) : "open";
    case "shutdown":
      return queue.shutdown(command.immediate);
    case "look":
      return look(queue);
    default:
      return await performCounted(queue as Queue<unknown>, command);
  }
}

async function performCounted(queue: Queue<unknown>, command: Command): Promise<unknown> {
  if (command.call === "taskDone") return queue.taskDone();
  if (command.call === "join") return queue.join(0);
  if (command.call === "joinAsync") return await queue.joinAsync(0);
  if (command.call === "maxsize") queue.maxsize = command.maxsize;
  return undefined;
}

async function all(queue: AnyQueue<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of queue) items.push({ item });
  return items;
}

function look(queue: AnyQueue<unknown>): unknown {
  const { size, isShutdown, waiting } = queue.statistics();
  const common = { size, empty: queue.empty(), isShutdown, waiting };
  if (!(queue instanceof Queue || queue instanceof PriorityQueue)) return common;
  return { ...common, full: queue.full(), maxsize: queue.maxsize, unfinished: queue.statistics().unfinished };
}
