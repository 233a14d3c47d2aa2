/** The child processes of this process, as its supervisor keeps them. */
import type { ChildProcess } from "node:child_process";
import { field, HEADER } from "../core/layout.ts";
import { PROCESS } from "../core/process-layout.ts";
import { wakeAll } from "../core/sequence.ts";
import { kickAll } from "../core/line.ts";
import { readText } from "../core/text.ts";
import { type Addr, add, load, store } from "../core/word.ts";
import { release, retain } from "../value/handle.ts";
import type { Inheritance } from "../thread/inherit.ts";
import { Channel } from "./channel.ts";
import { type Frame, type FrameOf, NO_BYTES } from "./frame.ts";
import { identity, type Identity, processId } from "./identity.ts";
import { CHANNEL_FD, signalNumber, type Stream } from "./platform.ts";
import { DAEMON, PROCESS_STATE } from "./process-record.ts";
import { spawnEntry } from "./spawn.ts";

/** What a child is told besides what the program says: see {@link Children}. */
export interface Outside {
  frame(frame: Frame, channel: Channel): void;
  gone(id: string, channel: Channel | undefined): void;
  /** Gives the broker a frame. */
  tell(frame: Frame): void;
  answer(frame: FrameOf<"REPLY">): void;
}

interface Child {
  readonly process: ChildProcess;
  readonly record: Addr;
  readonly id: string;
  channel: Channel | undefined;
  exit: number | undefined;
  readonly ended: (exit: number) => void;
}

/** How long after its exit a child's channel may take to end, in milliseconds. */
const CLOSE_MS = 1000;
/** How long after a start the next process is prepared, in milliseconds: the started one has the cores first. */
const PREPARE_AFTER_MS = 100;

export class Children {
  readonly #inheritance: Inheritance;
  readonly #outside: Outside;
  readonly #byRecord: Map<Addr, Child> = new Map();
  #spare: { readonly process: ChildProcess; readonly surroundings: string } | undefined;
  #starts = 0;

  constructor(inheritance: Inheritance, outside: Outside) {
    this.#inheritance = inheritance;
    this.#outside = outside;
  }

  /** Does what a thread of this process asks for: starts a child, signals one, lists them. */
  serve(call: FrameOf<"CALL">): void {
    const record = (call.numbers[0] ?? 0) as Addr;
    if (call.method === "start") return this.#start(call, record);
    const child = this.#byRecord.get(record);
    if (call.method === "signal") child?.process.kill(call.text as NodeJS.Signals);
    if (call.method === "interrupt") child?.channel?.send({ kind: "INTERRUPT", payload: call.payload });
    if (call.method !== "list") return this.#reply(call, "", []);
    const records = [...this.#byRecord.keys()].slice(0, 255);
    for (const listed of records) retain(listed); // until the caller has its handles
    this.#reply(call, "", records);
  }

  #reply(
    { request, sequence, process }: FrameOf<"CALL">,
    status: string,
    numbers: readonly number[],
    text = "",
  ): void {
    if (request === 0) return;
    this.#outside.answer({
      kind: "REPLY",
      request,
      sequence,
      process,
      status,
      numbers,
      text,
      raw: NO_BYTES,
      payload: NO_BYTES,
    });
  }

  #start(call: FrameOf<"CALL">, record: Addr): void {
    const outcome = this.launch(record, call.payload, call.refs, () => {});
    if (typeof outcome === "number") return this.#reply(call, "", [outcome]);
    this.#reply(call, "refused", [], outcome);
  }

  /** Starts the process of a record; returns its pid, or why there is none. `ended` is called when it has ended. */
  launch(record: Addr, payload: Uint8Array, refs: string, ended: (exit: number) => void): number | string {
    let started: ChildProcess;
    try {
      started = this.#takeSpare() ?? spawnEntry();
    } catch (error) {
      return String(error);
    }
    const id = readText(load(field(record, PROCESS.ID)) as Addr);
    const child: Child = { process: started, record, id, channel: undefined, exit: undefined, ended };
    started.on("error", () => {}); // it has no pid then, and exits at once
    if (started.pid === undefined) return "the platform cannot start another process";
    this.#watch(child);
    this.#outside.tell({ kind: "HOLD", process: id, refs });
    child.channel?.send({ kind: "JOB", text: this.#identityOf(child), payload });
    store(field(record, PROCESS.PID), started.pid);
    store(field(record, PROCESS.STATE), PROCESS_STATE.STARTED);
    return started.pid;
  }

  /** A child holds these connections from now on. */
  hold(id: string, refs: string): void {
    this.#outside.tell({ kind: "HOLD", process: id, refs });
  }

  /** A process that was prepared, if it would not differ from one that is spawned now. */
  #takeSpare(): ChildProcess | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    this.#starts++;
    // A program that starts a second process will start a third.
    if (this.#starts > 1) setTimeout(() => this.#prepare(), PREPARE_AFTER_MS).unref();
    if (spare === undefined || spare.process.exitCode !== null || spare.process.signalCode !== null)
      return undefined;
    if (spare.surroundings === surroundings()) return spare.process;
    spare.process.kill("SIGKILL");
    return undefined;
  }

  /** Spawns a process that has no job yet: it loads what it needs meanwhile. It ends with this process, as all do. */
  #prepare(): void {
    if (this.#spare !== undefined) return;
    try {
      const spare = spawnEntry();
      spare.on("error", () => {});
      this.#spare = { process: spare, surroundings: surroundings() };
    } catch {
      // The next start will say why.
    }
  }

  /** Ends the process of a record with a signal. */
  signal(record: Addr, signal: NodeJS.Signals): void {
    this.#byRecord.get(record)?.process.kill(signal);
  }

  #identityOf({ record, id }: Child): string {
    const own = identity();
    const { argv, prelude } = this.#inheritance;
    const told: Identity = {
      id,
      name: readText(load(field(record, PROCESS.NAME)) as Addr),
      daemon: isDaemon(record),
      numbers: [own?.numbers ?? [], load(field(record, PROCESS.NUMBER))].flat().join(":"),
      parent: { id: processId(), pid: process.pid, name: own?.name ?? "MainProcess" },
      argv,
      prelude,
    };
    return JSON.stringify(told);
  }

  #watch(child: Child): void {
    const { process: started, record } = child;
    retain(record);
    this.#byRecord.set(record, child);
    if (!isDaemon(record)) add(HEADER.CHILDREN as Addr, 1);
    const channel: Channel = new Channel(started.stdio[CHANNEL_FD] as Stream, {
      frame: (frame) => this.#outside.frame(frame, channel),
      closed: () => {},
    });
    child.channel = channel;
    started.once("exit", (code, signal) => {
      child.exit = signal === null ? (code ?? 0) : -signalNumber(signal);
      setTimeout(() => this.#bury(child), CLOSE_MS).unref();
    });
    started.once("close", () => this.#bury(child));
  }

  /** It has ended, and everything that it had sent has arrived. */
  #bury(child: Child): void {
    const { record, id, channel } = child;
    if (this.#byRecord.get(record) !== child) return; // it was buried already, and the record may be another's
    this.#byRecord.delete(record);
    channel?.close();
    this.#outside.gone(id, channel);
    store(field(record, PROCESS.EXIT), child.exit ?? 0);
    store(field(record, PROCESS.STATE), PROCESS_STATE.ENDED);
    wakeAll(field(record, PROCESS.STATE));
    if (!isDaemon(record)) {
      add(HEADER.CHILDREN as Addr, -1);
      kickAll(HEADER.ENDINGS as Addr);
    }
    child.ended(child.exit ?? 0);
    release(record);
  }
}

function isDaemon(record: Addr): boolean {
  return (load(field(record, PROCESS.FLAGS)) & DAEMON) !== 0;
}

/** What a process takes over from its parent when it is spawned: a spare must have the same. */
function surroundings(): string {
  return JSON.stringify([process.cwd(), process.env]);
}
