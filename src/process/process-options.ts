/** The options of a process, checked. */
import { checkKeys } from "../sync/named.ts";

/** What `new Process` takes; all optional, as in Python. */
export interface ProcessOptions<A extends unknown[]> {
  /** Reserved, as in Python: null or absent. */
  group?: null;
  /** The body: any function. */
  target?: ((...args: A) => unknown) | undefined;
  /** Default: `Process-N`, and `Process-N:M` for the child of a child. */
  name?: string | undefined;
  /** Arguments of the body. */
  args?: A | undefined;
  /** Passed to the body as one last object argument. */
  kwargs?: Record<string, unknown> | undefined;
  /** A daemon is ended with its parent. Default: as the creating process. */
  daemon?: boolean | null | undefined;
}

const KEYS = ["group", "target", "name", "args", "kwargs", "daemon"] as const;

/** Throws TypeError for what is no valid option. */
export function checkProcessOptions(options: unknown): void {
  if (options === null || typeof options !== "object") refuse("options", "an object", options);
  checkKeys("create Process", options, KEYS);
  const { group, target, args, kwargs, daemon } = options as Record<string, unknown>;
  if (group !== undefined && group !== null) refuse("group", "null", group);
  if (target !== undefined && target !== null && typeof target !== "function")
    refuse("target", "a function", target);
  if (args !== undefined && !Array.isArray(args)) refuse("args", "an array", args);
  if (kwargs !== undefined && (kwargs === null || typeof kwargs !== "object" || Array.isArray(kwargs)))
    refuse("kwargs", "an object", kwargs);
  if (daemon !== undefined && daemon !== null && typeof daemon !== "boolean")
    refuse("daemon", "a boolean", daemon);
}

function refuse(option: string, expected: string, value: unknown): never {
  const got = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  throw new TypeError(`Cannot create Process: ${option} must be ${expected}, got ${got}`);
}
