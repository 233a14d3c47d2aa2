/** The options of a thread, checked. */
import { checkKeys } from "../sync/named.ts";

/** What `new Thread` takes; all optional, as in Python. */
export interface ThreadOptions<A extends unknown[], R> {
  /** Reserved, as in Python: null or absent. */
  group?: null;
  /** The body: any function. */
  target?: ((...args: A) => R | Promise<R>) | undefined;
  /** Default: `Thread-N (function)`. */
  name?: string | undefined;
  /** Arguments of the body. */
  args?: A | undefined;
  /** Passed to the body as one last object argument. */
  kwargs?: Record<string, unknown> | undefined;
  /** A daemon does not keep the process alive. Default: as the creating thread. */
  daemon?: boolean | null | undefined;
  /** Stack size in MiB. Default: `stackSize()`. */
  stackSizeMb?: number | undefined;
}

const KEYS = ["group", "target", "name", "args", "kwargs", "daemon", "stackSizeMb"] as const;

/** Throws TypeError or RangeError for what is no valid option. */
export function checkThreadOptions(options: unknown): void {
  if (options === null || typeof options !== "object") refuse("options", "an object", options);
  checkKeys("create Thread", options, KEYS);
  const { group, target, args, kwargs, daemon, stackSizeMb } = options as Record<string, unknown>;
  if (group !== undefined && group !== null) refuse("group", "null", group);
  if (target !== undefined && target !== null && typeof target !== "function")
    refuse("target", "a function", target);
  if (args !== undefined && !Array.isArray(args)) refuse("args", "an array", args);
  if (kwargs !== undefined && (kwargs === null || typeof kwargs !== "object" || Array.isArray(kwargs))) {
    refuse("kwargs", "an object", kwargs);
  }
  if (daemon !== undefined && daemon !== null && typeof daemon !== "boolean")
    refuse("daemon", "a boolean", daemon);
  if (stackSizeMb !== undefined) checkStackSize(stackSizeMb, "create Thread");
}

/** The largest stack that a thread may ask for, in MiB. */
const LARGEST_STACK_MB = 1024;

/** A stack size in MiB: 0 for the platform's, or a whole number up to 1024. */
export function checkStackSize(value: unknown, action: string): void {
  if (typeof value !== "number")
    throw new TypeError(`Cannot ${action}: stack size must be a number, got ${typeof value}`);
  if (!Number.isInteger(value) || value < 0 || value > LARGEST_STACK_MB) {
    throw new RangeError(
      `Cannot ${action}: stack size must be a whole number of MiB from 0 to ${LARGEST_STACK_MB}, got ${value}`,
    );
  }
}

function refuse(option: string, expected: string, value: unknown): never {
  const got = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  throw new TypeError(`Cannot create Thread: ${option} must be ${expected}, got ${got}`);
}
