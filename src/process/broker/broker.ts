/**
 * The broker: everything that processes share, in the first process of a program.
 *
 * It runs in that process's supervisor, one event loop that never blocks, so each
 * step happens as a whole: there is nothing to lock. Things come into being when
 * they are first mentioned: their name says what they are. It never looks into
 * the values that it passes on.
 */
import type { Frame, FrameOf } from "../frame.ts";
import { Ask, whoIs } from "./ask.ts";
import { holdAll, refsIn, setHoldings } from "./cargo.ts";
import { BarrierThing, ConditionThing, EventThing, LockThing, SemaphoreThing } from "./locks.ts";
import { PipeThing } from "./pipe.ts";
import { QueueThing } from "./queues.ts";
import { MemoryThing, SentinelThing, ServerThing } from "./rest.ts";
import { isOf, type Parameters, type Thing } from "./thing.ts";

type Reply = (frame: FrameOf<"REPLY">) => void;

const MAX_NAME = 4096;
const MAX_THINGS = 1_000_000;

export class Broker {
  readonly #things: Map<string, Thing> = new Map();
  /** Asks without an answer, by who asked and the number of the request. */
  readonly #asks: Map<string, Ask> = new Map();
  readonly #ended: Set<string> = new Set();

  constructor() {
    setHoldings((ref) => {
      const [name = "", end] = ref.split("/");
      const thing = this.#find(name);
      return thing instanceof PipeThing ? { holding: thing, end: end === "1" ? 1 : 0 } : undefined;
    });
  }

  /** Takes a frame that is meant for the broker; `reply` leads to whoever sent it. */
  handle(frame: Frame, reply: Reply): void {
    switch (frame.kind) {
      case "CALL":
        return this.#call(frame, reply);
      case "CANCEL":
        return this.#asks.get(keyOf(frame))?.cancel();
      case "GONE":
        return this.gone(frame.process, frame.thread);
      case "HOLD":
        return holdAll(refsIn(frame.refs), frame.process);
      default:
    }
  }

  #call(frame: FrameOf<"CALL">, reply: Reply): void {
    const ask = new Ask(frame, reply);
    const key = keyOf(frame);
    if (frame.request !== 0) this.#asks.set(key, ask);
    ask.onAnswer = () => this.#asks.delete(key);
    if (this.#ended.has(frame.process)) return ask.drop();
    try {
      if (frame.object === "") return this.#ownCall(ask);
      const thing = this.#find(frame.object);
      if (thing === undefined) ask.answer({ status: "unknown" });
      else thing.call(ask);
    } catch (error) {
      ask.answer({ status: "refused", text: String(error) });
    }
  }

  #ownCall(ask: Ask): void {
    if (ask.call.method === "wait") return this.#wait(ask);
    if (ask.call.method === "drop") {
      for (const name of ask.call.text.split("\n")) this.#things.delete(name);
    }
    ask.answer();
  }

  /** Answers when one of the things named, a line each, is ready: with the numbers of all that are. */
  #wait(ask: Ask): void {
    const watched = ask.call.text.split("\n").map((line) => {
      const [name = "", what = ""] = line.split("/");
      return { thing: this.#find(name), what };
    });
    const look = (): boolean => {
      const ready = watched.flatMap(({ thing, what }, index) =>
        thing?.isReady(what) === true ? [index] : [],
      );
      if (ready.length > 0) ask.answer({ numbers: ready });
      return ready.length > 0;
    };
    if (look()) return;
    if (ask.polls) return ask.give("timeout");
    const watch = (): void => void look();
    for (const { thing } of watched) thing?.watchers.add(watch);
    ask.wait({
      remove: () => {
        for (const { thing } of watched) thing?.watchers.delete(watch);
      },
    });
  }

  /** The thing of that name; made when it is first named. */
  #find(name: string): Thing | undefined {
    let thing = this.#things.get(name);
    if (thing !== undefined || name.length > MAX_NAME || this.#things.size >= MAX_THINGS) return thing;
    const [type = "", id = "", ...parameters] = name.split(":");
    thing = this.#make(type, id, parameters);
    if (thing !== undefined) this.#things.set(name, thing);
    return thing;
  }

  #make(type: string, id: string, parameters: Parameters): Thing | undefined {
    switch (type) {
      case "Lock":
        return new LockThing(false);
      case "RLock":
        return new LockThing(true);
      case "Semaphore":
        return new SemaphoreThing(parameters);
      case "Event":
        return new EventThing();
      case "Condition": {
        const lock = this.#find(decodeURIComponent(parameters[0] ?? ""));
        return lock instanceof LockThing ? new ConditionThing(lock) : undefined;
      }
      case "Barrier":
        return new BarrierThing(parameters);
      case "Queue":
        return new QueueThing(parameters);
      case "Pipe":
        return new PipeThing();
      case "Memory":
        return new MemoryThing(parameters);
      case "Server":
        return new ServerThing();
      case "Sentinel":
        return new SentinelThing(id, this.#ended.has(id));
      default:
        return undefined;
    }
  }

  /** A thread of a process, or (0) the whole process, has ended. */
  gone(process: string, thread: number): void {
    if (thread === 0) {
      if (this.#ended.has(process)) return;
      this.#ended.add(process);
    }
    for (const ask of [...this.#asks.values()]) {
      if (isOf(ask.who, process, thread)) ask.drop();
    }
    for (const thing of this.#things.values()) thing.gone(process, thread);
  }
}

function keyOf({
  process,
  request,
  sequence,
}: {
  process: string;
  request: number;
  sequence: number;
}): string {
  return `${whoIs(process, request)}.${sequence}`;
}
