/** The options of executors, checked. */
import { checkKeys } from "../sync/named.ts";
import { timeoutMsOf } from "../core/deadline.ts";
import type { ShutdownOptions } from "./executor.ts";

/** What `new ThreadPoolExecutor` takes; all optional, as in Python. */
export interface ThreadPoolExecutorOptions {
  /** The most threads at once. Default: the number of cores. */
  maxWorkers?: number | undefined;
  /** What the workers' names begin with. Default: `ThreadPoolExecutor-N`. */
  threadNamePrefix?: string | undefined;
  /** Called in each worker before its first task. If it throws, the pool is broken. */
  initializer?: ((...args: never[]) => unknown) | null | undefined;
  /** Arguments of the initializer. */
  initargs?: readonly unknown[] | undefined;
  /** True: the program may end before the work is done. Default false. */
  daemon?: boolean | undefined;
  /** How many tasks that await something one worker may run at once. Default 1. */
  concurrency?: number | undefined;
  /** True: the first task that fails cancels those that have not begun. Default false. */
  cancelOnError?: boolean | undefined;
}

/** Options of one task. */
export interface TaskOptions {
  /**
   * How long the task may run, in milliseconds, from its beginning. Past it the future fails with TimeoutError, and
   * the worker is ended and replaced, unless the task awaits something: then it is left to itself.
   */
  timeoutMs?: number | undefined;
}

const POOL_KEYS = [
  "maxWorkers",
  "threadNamePrefix",
  "initializer",
  "initargs",
  "daemon",
  "concurrency",
  "cancelOnError",
] as const;
const LARGEST = 4096;

/** Throws TypeError or RangeError for what is no valid option. */
export function checkPoolOptions(options: unknown): void {
  const given = checkObject("create ThreadPoolExecutor", options, POOL_KEYS);
  checkNumber("maxWorkers", given["maxWorkers"]);
  checkNumber("concurrency", given["concurrency"]);
  const { initializer, initargs, threadNamePrefix } = given;
  if (initializer !== undefined && initializer !== null && typeof initializer !== "function")
    refuse("initializer", "a function", initializer);
  if (initargs !== undefined && !Array.isArray(initargs)) refuse("initargs", "an array", initargs);
  if (threadNamePrefix !== undefined && typeof threadNamePrefix !== "string")
    refuse("threadNamePrefix", "a string", threadNamePrefix);
  for (const key of ["daemon", "cancelOnError"])
    if (given[key] !== undefined && typeof given[key] !== "boolean") refuse(key, "a boolean", given[key]);
}

function checkNumber(option: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== "number") refuse(option, "a number", value);
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > LARGEST) {
    throw new RangeError(
      `Cannot create ThreadPoolExecutor: ${option} must be a whole number from 1 to ${LARGEST}, got ${String(value)}`,
    );
  }
}

function refuse(option: string, expected: string, value: unknown): never {
  const got = value === null ? "null" : typeof value;
  throw new TypeError(`Cannot create ThreadPoolExecutor: ${option} must be ${expected}, got ${got}`);
}

function checkObject(action: string, options: unknown, keys: readonly string[]): Record<string, unknown> {
  if (options === null || typeof options !== "object")
    throw new TypeError(
      `Cannot ${action}: options must be an object, got ${options === null ? "null" : typeof options}`,
    );
  checkKeys(action, options, keys);
  return options as Record<string, unknown>;
}

/** The options of `shutdown`, with their defaults. */
export function checkShutdownOptions(options: ShutdownOptions | undefined): Required<ShutdownOptions> & {
  wait: boolean;
  cancelFutures: boolean;
} {
  const given = checkObject("shut executor down", options ?? {}, ["wait", "cancelFutures"]);
  for (const key of ["wait", "cancelFutures"]) {
    if (given[key] !== undefined && typeof given[key] !== "boolean")
      throw new TypeError(`Cannot shut executor down: ${key} must be a boolean, got ${typeof given[key]}`);
  }
  return { wait: options?.wait ?? true, cancelFutures: options?.cancelFutures ?? false };
}

/** The limit of a task in milliseconds; 0: none. */
export function checkTaskOptions(options: unknown): number {
  const given = checkObject("submit task", options, ["timeoutMs"]);
  const ms = timeoutMsOf(given["timeoutMs"] as number | undefined);
  return ms === undefined ? 0 : Math.max(1, Math.min(ms, 2 ** 31 - 1));
}
