/**
 * Calls: a function and its arguments, in a future's record.
 *
 *   | SHIP | ARGS | JOB     | the call                                                  |
 *   | ---- | ---- | ------- | --------------------------------------------------------- |
 *   | 0    | 0    | message | [function, arguments]                                     |
 *   | ship | n    | 0       | n numbers, in ARGUMENTS                                   |
 *   | ship | -1   | 0       | a small list, in ARGUMENTS                                |
 *   | ship | -1   | message | a list                                                    |
 */
import { FUTURE, FUTURE_SIZE } from "../core/future-layout.ts";
import { pendingWord } from "../core/future.ts";
import { allocate } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { field } from "../core/layout.ts";
import { f64, i32 } from "../core/memory.ts";
import type { Addr } from "../core/word.ts";
import {
  load as loadMessage,
  loadWithin,
  modulesOf,
  prepare,
  store as storeMessage,
  storeWithin,
  take,
} from "../value/message.ts";
import type { Callable } from "./executor.ts";
import { prepareShip, type Ship, shipNeedsModules, shippedFunction } from "./ship.ts";

const ROOM = FUTURE_SIZE - FUTURE.ARGUMENTS;
const MOST_NUMBERS = ROOM / 8;
const LISTED = -1;

/** A call that can be made. */
export interface Call {
  readonly fn: (...args: unknown[]) => unknown;
  readonly args: readonly unknown[];
}

/** Makes the record of a task. Nobody else sees it until it is in a line, so it is written plainly. */
export function newTask(pool: Addr, tag: number): Addr {
  const record = allocate(FUTURE_SIZE);
  const first = record >> 2;
  for (let i = first; i < first + FUTURE.ARGUMENTS / 4; i++) i32[i] = 0;
  i32[first] = KIND.FUTURE;
  i32[(record + FUTURE.REFS) >> 2] = 1;
  i32[(record + FUTURE.STATE) >> 2] = pendingWord(tag);
  i32[(record + FUTURE.POOL) >> 2] = pool;
  return record;
}

/** Writes a call into a task's record. Throws CaptureError. */
export function writeCall(
  record: Addr,
  fn: Callable,
  args: readonly unknown[],
  ship: Ship | undefined,
): void {
  if (ship === undefined) {
    i32[(record + FUTURE.JOB) >> 2] = storeMessage([fn, args], "task");
    return;
  }
  i32[(record + FUTURE.SHIP) >> 2] = ship.record;
  if (writeNumbers(record, args)) return;
  i32[(record + FUTURE.JOB) >> 2] = storeWithin(args, "arguments", field(record, FUTURE.ARGUMENTS), ROOM);
  i32[(record + FUTURE.ARGS) >> 2] = LISTED;
}

function writeNumbers(record: Addr, args: readonly unknown[]): boolean {
  const { length } = args;
  if (length > MOST_NUMBERS) return false;
  const first = (record + FUTURE.ARGUMENTS) >> 3;
  for (let i = 0; i < length; i++) {
    const value = args[i];
    if (typeof value !== "number") return false;
    f64[first + i] = value;
  }
  i32[(record + FUTURE.ARGS) >> 2] = length;
  return true;
}

/** Must modules be loaded before the call can be read? */
export function callNeedsModules(record: Addr): boolean {
  const ship = i32[(record + FUTURE.SHIP) >> 2] as Addr;
  const job = i32[(record + FUTURE.JOB) >> 2] as Addr;
  return (ship !== 0 && shipNeedsModules(ship)) || (job !== 0 && modulesOf(job).length > 0);
}

export async function prepareCall(record: Addr): Promise<void> {
  const ship = i32[(record + FUTURE.SHIP) >> 2] as Addr;
  const job = i32[(record + FUTURE.JOB) >> 2] as Addr;
  if (ship !== 0 && shipNeedsModules(ship)) await prepareShip(ship);
  if (job !== 0) await prepare(job);
}

/** Is the call one of an async function, as far as one can tell before it is made? */
export function isAsyncCall(record: Addr): boolean {
  const ship = i32[(record + FUTURE.SHIP) >> 2] as Addr;
  const job = i32[(record + FUTURE.JOB) >> 2] as Addr;
  const fn = ship === 0 ? (loadMessage(job) as [unknown])[0] : shippedFunction(ship);
  return (fn as { constructor?: { name?: string } }).constructor?.name === "AsyncFunction";
}

/** Reads a call, and frees its message. */
export function readCall(record: Addr): Call {
  const ship = i32[(record + FUTURE.SHIP) >> 2] as Addr;
  const jobAt = (record + FUTURE.JOB) >> 2;
  const job = i32[jobAt] as Addr;
  i32[jobAt] = 0;
  if (ship === 0) {
    const [fn, args] = take(job) as [Call["fn"], unknown[]];
    return { fn, args };
  }
  return { fn: shippedFunction(ship), args: job === 0 ? readArguments(record) : (take(job) as unknown[]) };
}

function readArguments(record: Addr): readonly unknown[] {
  const count = i32[(record + FUTURE.ARGS) >> 2] as number;
  const at = field(record, FUTURE.ARGUMENTS);
  if (count === LISTED) return loadWithin(at) as unknown[];
  const args: number[] = [];
  for (let i = 0; i < count; i++) args.push(f64[(at >> 3) + i] as number);
  return args;
}

/** The pool of a task. */
export function poolOf(record: Addr): Addr {
  return i32[(record + FUTURE.POOL) >> 2] as Addr;
}

/** How long a task may run, in milliseconds; 0: no limit. */
export function limitOf(record: Addr): number {
  return i32[(record + FUTURE.LIMIT_MS) >> 2] as number;
}
export function setLimit(record: Addr, ms: number): void {
  i32[(record + FUTURE.LIMIT_MS) >> 2] = ms;
}
