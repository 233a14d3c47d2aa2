/** The child processes of this process, as its supervisor keeps them. */
import { type ChildProcess, spawn } from "node:child_process";
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
import { CHANNEL_FD, pathOf, signalNumber, type Stream } from "./platform.ts";
import { DAEMON, PROCESS_STATE } from "./process-record.ts";

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
}

/** How long after its exit a child's channel may take to end, in milliseconds. */
const CLOSE_MS = 1000;

const entry = pathOf(new URL("../api/child.js", import.meta.url));

export class Children {
  readonly #inheritance: Inheritance;
  readonly #outside: Outside;
  readonly #byRecord: Map<Addr, Child> = new Map();

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
    let started: ChildProcess;
    try {
      started = spawn(process.execPath, [...ownFlags(), ...FLAGS, entry], {
        stdio: ["ignore", "inherit", "inherit", "pipe"],
      });
    } catch (error) {
      return this.#reply(call, "refused", [], String(error));
    }
    const id = readText(load(field(record, PROCESS.ID)) as Addr);
    const child: Child = { process: started, record, id, channel: undefined, exit: undefined };
    if (started.pid === undefined) {
      started.on("error", (error) => this.#reply(call, "refused", [], String(error)));
      return;
    }
    this.#watch(child);
    this.#outside.tell({ kind: "HOLD", process: id, refs: call.refs });
    child.channel?.send({ kind: "JOB", text: this.#identityOf(child), payload: call.payload });
    store(field(record, PROCESS.PID), started.pid);
    store(field(record, PROCESS.STATE), PROCESS_STATE.STARTED);
    this.#reply(call, "", [started.pid]);
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
    started.on("error", () => {});
    started.once("exit", (code, signal) => {
      child.exit = signal === null ? (code ?? 0) : -signalNumber(signal);
      setTimeout(() => this.#bury(child), CLOSE_MS).unref();
    });
    started.once("close", () => this.#bury(child));
  }

  /** It has ended, and everything that it had sent has arrived. */
  #bury(child: Child): void {
    const { record, id, channel } = child;
    if (!this.#byRecord.delete(record)) return;
    channel?.close();
    this.#outside.gone(id, channel);
    store(field(record, PROCESS.EXIT), child.exit ?? 0);
    store(field(record, PROCESS.STATE), PROCESS_STATE.ENDED);
    wakeAll(field(record, PROCESS.STATE));
    if (!isDaemon(record)) {
      add(HEADER.CHILDREN as Addr, -1);
      kickAll(HEADER.ENDINGS as Addr);
    }
    release(record);
  }
}

function isDaemon(record: Addr): boolean {
  return (load(field(record, PROCESS.FLAGS)) & DAEMON) !== 0;
}

/** Node's warnings are the program's business, not each child's. */
const FLAGS: readonly string[] = [];

/** The flags of this process that a child is started with: not those that say what to run. */
function ownFlags(): string[] {
  const flags: string[] = [];
  for (let i = 0; i < process.execArgv.length; i++) {
    const flag = process.execArgv[i] as string;
    if (/^(-e|--eval|-p|--print|-pe)$/.test(flag)) i++;
    else if (!/^--(input-type|eval|print|test|watch|inspect)/.test(flag)) flags.push(flag);
  }
  return flags;
}
