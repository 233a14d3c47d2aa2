/**
 * The hub: what the supervisor does for processes.
 *
 * It takes the calls of this process's threads, and, in the program's first process,
 * gives them to the broker; in a child, to the parent. Frames of child processes go
 * the same way. Answers find their way back by the process that asked.
 */
import { allocate, free } from "../core/heap.ts";
import { field, HEADER, THREAD } from "../core/layout.ts";
import { CALL, CALL_SIZE, POOL_TASK } from "../core/process-layout.ts";
import { u8 } from "../core/memory.ts";
import { onEnd } from "../core/registry.ts";
import { wakeAll } from "../core/sequence.ts";
import { readText } from "../core/text.ts";
import { type Addr, exchange, load, store } from "../core/word.ts";
import type { Inheritance } from "../thread/inherit.ts";
import { interruptThread } from "../thread/interrupt.ts";
import { duties } from "../thread/supervisor.ts";
import { bytesOf, discard, take } from "../value/message.ts";
import { receive } from "../value/portable.ts";
import { Broker } from "./broker/broker.ts";
import { CALL_STATE, postFrame } from "./calls.ts";
import { Channel } from "./channel.ts";
import { Children } from "./children.ts";
import { decodeFrame, encodeFrame, type Frame, type FrameOf, NO_BYTES } from "./frame.ts";
import { identity, processId } from "./identity.ts";
import { CHANNEL_FD, streamOver } from "./platform.ts";
import { PoolHost } from "./pool-host.ts";
import { poolId } from "./pool-record.ts";

/** In the program's first process. */
let broker: Broker | undefined;
/** In a child: the way to its parent. */
let up: Channel | undefined;
let children: Children;
/** The channels that lead to processes further down. */
const routes = new Map<string, Channel>();

duties.begin = (inheritance) => begin(inheritance);
duties.look = () => look();
onEnd.remote = (thread) => postFrame({ kind: "GONE", process: processId(), thread });

/** How often the hub looks unasked, in milliseconds: a thread may have died before it could ring. */
const LOOK_EVERY_MS = 100;

function begin(inheritance: Inheritance): void {
  setInterval(look, LOOK_EVERY_MS).unref();
  ownPools = poolId(0 as Addr).slice(0, -1);
  children = new Children(inheritance, { frame: fromBelow, gone: goneBelow, tell: pass, answer });
  if (identity() === undefined) broker = new Broker();
  else up = new Channel(streamOver(CHANNEL_FD), { frame: fromAbove, closed: orphaned });
}

/** The parent has gone, or what it says makes no sense: this process ends at once, whatever its threads do. */
function orphaned(): void {
  process.kill(process.pid, "SIGKILL");
}

/** Takes the calls that threads of this process have made, the oldest first. */
function look(): void {
  const list = HEADER.CALLS as Addr;
  if (load(list) === 0) return;
  const calls: Addr[] = [];
  for (
    let record = exchange(list, 0) as Addr;
    record !== 0;
    record = load(field(record, CALL.NEXT)) as Addr
  ) {
    calls.push(record);
  }
  for (const record of calls.reverse()) takeCall(record);
}

function takeCall(record: Addr): void {
  if (load(field(record, CALL.STATE)) === CALL_STATE.TASK) return takeTask(record);
  const start = load(field(record, CALL.FRAME)) as Addr;
  const message = load(field(record, CALL.MESSAGE)) as Addr;
  const bytes = Buffer.from(u8.slice(start, start + load(field(record, CALL.LENGTH))));
  let frame = decodeFrame(bytes.subarray(4));
  free(start);
  if (message !== 0) {
    frame = { ...frame, payload: bytesOf(message).slice() } as Frame;
    discard(message);
    store(field(record, CALL.MESSAGE), 0);
  }
  if (load(field(record, CALL.STATE)) === CALL_STATE.ONE_WAY) free(record);
  if (frame.kind === "CALL" && frame.object === "~") ownCall(frame);
  else if (frame.kind === "CALL" && isOwnPool(frame.object)) poolCall(frame);
  else pass(frame);
}

function takeTask(record: Addr): void {
  const refs = load(field(record, POOL_TASK.REFS)) as Addr;
  const pool = pools.get(load(field(record, POOL_TASK.POOL)) as Addr);
  pool?.submit(load(field(record, POOL_TASK.FUTURE)) as Addr, refs === 0 ? "" : readText(refs));
  if (refs !== 0) free(refs);
  free(record);
}

/** Gives a frame to the broker, here or further up. */
function pass(frame: Frame): void {
  if (broker !== undefined) broker.handle(frame, answer);
  else up?.send(frame);
}

/** This process's pools; they are its own supervisor's, wherever the broker is. */
const pools = new Map<Addr, PoolHost>();
/** How their names begin. */
let ownPools = "";

function isOwnPool(object: string): boolean {
  return object.startsWith(ownPools);
}
function recordOf(object: string): Addr {
  return Number(object.slice(ownPools.length)) as Addr;
}

/** What a thread of this process wants of a pool. */
function poolCall(frame: FrameOf<"CALL">): void {
  const { object, method, numbers, payload, refs, text } = frame;
  const record = recordOf(object);
  const [number = 0] = numbers;
  let refusal = "";
  if (method === "create") {
    const plan = {
      record,
      payload,
      refs,
      maxTasksPerChild: number,
      replaces: text === "replaces",
      freed: () => pools.delete(record),
    };
    const host = new PoolHost(plan, children);
    pools.set(record, host);
    if (text === "replaces") refusal = host.fill();
  }
  const pool = pools.get(record);
  if (method === "shutdown") pool?.shutdown(number === 1);
  if (method === "force") pool?.force(text as NodeJS.Signals);
  if (method === "desert") pool?.desert();
  if (frame.request !== 0) answerTo(frame, refusal === "" ? "" : "refused", refusal);
}

/** What this supervisor does itself for its threads. */
function ownCall(frame: FrameOf<"CALL">): void {
  if (frame.method === "flush") {
    const done = (): void => answerTo(frame, "");
    if (up === undefined) done();
    else up.flush(done);
    return;
  }
  children.serve(frame);
}

function answerTo({ request, sequence, process }: FrameOf<"CALL">, status: string, text: string = ""): void {
  answer({
    kind: "REPLY",
    request,
    sequence,
    process,
    status,
    numbers: [],
    text,
    raw: NO_BYTES,
    payload: NO_BYTES,
  });
}

/** Leads an answer to whoever asked: a thread here, or a process further down. */
function answer(frame: FrameOf<"REPLY">): void {
  if (frame.process !== processId()) {
    routes.get(frame.process)?.send(frame);
    return;
  }
  const record = frame.request as Addr;
  if (!isOpenCall(record, frame.sequence)) return;
  const { payload } = frame;
  let reply = frame;
  let message = 0;
  try {
    if (payload.length > 0) message = receive(payload);
  } catch (error) {
    reply = { ...frame, status: "refused", text: String(error).slice(0, 1000) };
  }
  const bytes = encodeFrame({ ...reply, payload: NO_BYTES });
  const block = allocate(bytes.length);
  u8.set(bytes, block);
  store(field(record, CALL.MESSAGE), message);
  store(field(record, CALL.REPLY), block);
  store(field(record, CALL.REPLY_LENGTH), bytes.length);
  store(field(record, CALL.STATE), CALL_STATE.ANSWERED);
  wakeAll(field(record, CALL.STATE));
}

/** Is this a call that waits for an answer? The number comes from outside, and is checked before it is used. */
function isOpenCall(record: Addr, sequence: number): boolean {
  if (record % 4 !== 0 || record < HEADER_END || record + CALL_SIZE > u8.length) return false;
  return load(field(record, CALL.SEQUENCE)) === (sequence | 0) && load(field(record, CALL.STATE)) === 0;
}
const HEADER_END = 4096;

/** A frame of a child process, or of one further down. */
function fromBelow(frame: Frame, channel: Channel): void {
  switch (frame.kind) {
    case "CALL":
      routes.set(frame.process, channel);
      if (!isOwnPool(frame.object)) return pass(frame);
      pools.get(recordOf(frame.object))?.work(frame, answer);
      return;
    case "CANCEL":
    case "GONE":
    case "HOLD":
      return pass(frame);
    default:
  }
}

/** A child process has ended: so have all that it had started. */
function goneBelow(id: string, channel: Channel | undefined): void {
  for (const [below, way] of [...routes]) {
    if (way !== channel || channel === undefined) continue;
    routes.delete(below);
    if (below !== id) pass({ kind: "GONE", process: below, thread: 0 });
  }
  pass({ kind: "GONE", process: id, thread: 0 });
}

/** A frame of the parent's. */
function fromAbove(frame: Frame): void {
  if (frame.kind === "REPLY") return answer(frame);
  if (frame.kind !== "INTERRUPT") return;
  const reason = frame.payload.length > 0 ? take(receive(frame.payload)) : undefined;
  const main = load(HEADER.MAIN as Addr) as Addr;
  if (load(field(main, THREAD.IDENT)) !== 0) interruptThread(main, reason);
}
