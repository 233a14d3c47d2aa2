/**
 * Calls: how a thread asks the broker for something.
 *
 * The thread writes its frame into shared memory, puts the call into the list that
 * the supervisor looks through, and sleeps on the call's STATE. The supervisor
 * answers it here or passes it on to the parent process. Nobody but the supervisor
 * touches a channel, so a thread that is terminated at any moment breaks none.
 *
 * A call is answered exactly once, also when its time is over or it was cancelled;
 * only then is its record freed. A thread that dies meanwhile leaves one behind.
 */
import type { Deadline } from "../core/deadline.ts";
import { allocate, free } from "../core/heap.ts";
import { field, HEADER, THREAD } from "../core/layout.ts";
import { CALL, CALL_SIZE, POOL_TASK, POOL_TASK_SIZE } from "../core/process-layout.ts";
import { u8 } from "../core/memory.ts";
import { block } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { REASON } from "../core/reason.ts";
import { FLAG, ringSupervisor } from "../core/registry.ts";
import { self } from "../core/self.ts";
import { flagWait } from "../core/sequence.ts";
import { writeText } from "../core/text.ts";
import { type Addr, add, compareExchange, load, now, or, store } from "../core/word.ts";
import { ensureSupervisor } from "../thread/launch.ts";
import { storePortable } from "../value/portable.ts";
import { decodeFrame, encodeFrame, type Frame, type FrameOf, NO_BYTES } from "./frame.ts";
import { processId } from "./identity.ts";

/** CALL.STATE: answered; nobody waits for an answer; a task of a process pool. */
export const CALL_STATE = { ANSWERED: 1, ONE_WAY: 2, TASK: 3 } as const;

/** What a call says. */
export interface Request {
  /** The thing's name; empty: the broker itself; "~": this process's supervisor. */
  readonly object: string;
  readonly method: string;
  /** Infinity: for ever. Given to the broker, whose clock decides. */
  readonly timeoutMs?: number;
  readonly numbers?: readonly number[];
  readonly text?: string;
  readonly raw?: Uint8Array;
  /** A portable message, which the call takes over. */
  readonly message?: Addr;
  readonly refs?: readonly string[];
}

/** What came back. */
export interface Reply {
  readonly status: string;
  readonly numbers: readonly number[];
  readonly text: string;
  readonly raw: Uint8Array;
  /** A portable message, which the caller takes over; 0: none. */
  readonly message: Addr;
}

/** Puts a value into a request. Throws CaptureError for what cannot leave the process. */
export function packed(value: unknown, what: string): { message: Addr; refs: readonly string[] } {
  return storePortable(value, what);
}

/** A wait that always ends is no deadlock, whoever else waits: the broker ends it. */
const BOUNDED = (): Deadline => (now() + 2 ** 40) as Deadline;

function frameOf(request: Request, record: Addr, sequence: number): FrameOf<"CALL"> {
  return {
    kind: "CALL",
    request: record,
    sequence,
    process: processId(),
    thread: self.ident,
    object: request.object,
    method: request.method,
    timeoutMs: request.timeoutMs ?? Infinity,
    numbers: request.numbers ?? [],
    text: request.text ?? "",
    refs: (request.refs ?? []).join(","),
    raw: request.raw ?? NO_BYTES,
    payload: NO_BYTES,
  };
}

function writeBlock(bytes: Uint8Array): Addr {
  const block = allocate(bytes.length);
  u8.set(bytes, block);
  return block;
}

/** Hands a frame to the supervisor. */
function submit(frame: (record: Addr, sequence: number) => Frame, message: Addr, state: number): Addr {
  ensureSupervisor();
  const record = allocate(CALL_SIZE);
  const sequence = add(HEADER.NEXT_CALL as Addr, 1);
  const bytes = encodeFrame(frame(state === CALL_STATE.ONE_WAY ? (0 as Addr) : record, sequence));
  store(field(record, CALL.STATE), state);
  store(field(record, CALL.FRAME), writeBlock(bytes));
  store(field(record, CALL.LENGTH), bytes.length);
  store(field(record, CALL.MESSAGE), message);
  store(field(record, CALL.REPLY), 0);
  store(field(record, CALL.SEQUENCE), sequence);
  enlist(record);
  return record;
}

/** Puts a call, or a task with a reference to its future, into the list that the supervisor looks through. */
export function enlist(record: Addr): void {
  const list = HEADER.CALLS as Addr;
  for (let head = load(list); ; ) {
    store(field(record, CALL.NEXT), head);
    const found = compareExchange(list, head, record);
    if (found === head) {
      // Whoever put the first call there has rung already, or dies: then the supervisor looks all the same, soon.
      if (head === 0) ringSupervisor();
      return;
    }
    head = found;
  }
}

function begin(request: Request): Addr {
  if (self.thread !== 0) or(field(self.thread, THREAD.FLAGS), FLAG.REMOTE);
  return submit((record, sequence) => frameOf(request, record, sequence), request.message ?? (0 as Addr), 0);
}

/** Tells the broker something without waiting for an answer. */
export function post(request: Request): void {
  submit(
    (record, sequence) => frameOf(request, record, sequence),
    request.message ?? (0 as Addr),
    CALL_STATE.ONE_WAY,
  );
}

/** A task for a pool of processes, which {@link enlist} then gives to the supervisor. What it does is its future's JOB. */
export function newPoolTask(pool: Addr, future: Addr, refs: readonly string[]): Addr {
  ensureSupervisor();
  const names = refs.length === 0 ? (0 as Addr) : writeText(refs.join(","));
  let record: Addr;
  try {
    record = allocate(POOL_TASK_SIZE);
  } catch (error) {
    if (names !== 0) free(names);
    throw error;
  }
  store(field(record, POOL_TASK.STATE), CALL_STATE.TASK);
  store(field(record, POOL_TASK.POOL), pool);
  store(field(record, POOL_TASK.FUTURE), future);
  store(field(record, POOL_TASK.REFS), names);
  return record;
}

/** Gives the supervisor a frame that is no call. */
export function postFrame(frame: Frame): void {
  submit(() => frame, 0 as Addr, CALL_STATE.ONE_WAY);
}

function answerWait(record: Addr, uninterruptible: boolean): ReturnType<typeof flagWait> {
  return {
    ...flagWait(field(record, CALL.STATE), CALL_STATE.ANSWERED, REASON.ANSWER),
    // Its grant is its answer: it looks at the word alone.
    poll: () => (load(field(record, CALL.STATE)) === CALL_STATE.ANSWERED ? true : undefined),
    uninterruptible,
  };
}

function take(record: Addr): Reply {
  const start = load(field(record, CALL.REPLY));
  const bytes = Buffer.from(u8.slice(start, start + load(field(record, CALL.REPLY_LENGTH))));
  const { status, numbers, text, raw } = decodeFrame(bytes.subarray(4)) as FrameOf<"REPLY">;
  const message = load(field(record, CALL.MESSAGE)) as Addr;
  free(start as Addr);
  free(record);
  return { status, numbers, text, raw, message };
}

function cancel(record: Addr): void {
  const sequence = load(field(record, CALL.SEQUENCE));
  postFrame({ kind: "CANCEL", request: record, sequence, process: processId() });
}

/**
 * Asks and waits for the answer. An interruption that comes before the answer is thrown;
 * one that comes too late is kept for the thread's next blocking call.
 */
export function call(request: Request, uninterruptible: boolean = false): Reply {
  const record = begin(request);
  if (spin(record)) return take(record);
  try {
    block(answerWait(record, uninterruptible), BOUNDED());
  } catch (interruption) {
    cancel(record);
    block(answerWait(record, true), BOUNDED());
    const reply = take(record);
    if (reply.status === "cancelled") throw interruption;
    store(field(self.thread, THREAD.INTERRUPT), 1);
    return reply;
  }
  return take(record);
}

/** {@link call} without blocking. When the signal aborts after all, `undo` gives back what was got. */
export async function callAsync(
  request: Request,
  signal?: AbortSignal,
  undo?: (reply: Reply) => void,
): Promise<Reply> {
  signal?.throwIfAborted();
  const record = begin(request);
  try {
    await blockAsync(answerWait(record, false), BOUNDED(), signal);
  } catch (reason) {
    cancel(record);
    await blockAsync(answerWait(record, true), BOUNDED(), undefined);
    const reply = take(record);
    if (reply.status !== "cancelled") undo?.(reply);
    throw reason;
  }
  return take(record);
}

/** Whoever answers is another isolate: a short spin pays only where the answer is on its way already. */
function spin(record: Addr): boolean {
  return load(field(record, CALL.STATE)) === CALL_STATE.ANSWERED;
}
