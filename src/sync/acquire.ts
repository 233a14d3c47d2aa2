/** The forms of `acquire` that all lock-like classes share. */
import { type Deadline, deadlineOf, POLL, type Timeout } from "../core/deadline.ts";
import { checkKeys } from "./named.ts";

/** How to acquire: a timeout in milliseconds, or whether to wait at all. */
export interface AcquireOptions {
  blocking?: boolean;
  timeoutMs?: number | undefined;
}

/** What the first argument of `acquire` may be. */
export type Acquire = boolean | Timeout | AcquireOptions;

const KEYS = ["blocking", "timeoutMs", "signal"] as const;

/** The deadline that the forms of `acquire` ask for: `(false)`, `(500)`, `(true, 500)`, `({ blocking, timeoutMs })`. */
export function acquireDeadline(
  type: string,
  blocking: Acquire | undefined,
  timeoutMs: number | undefined,
  more: readonly string[] = [],
): Deadline {
  let wait = true;
  let limit: Timeout | undefined = timeoutMs;
  if (typeof blocking === "boolean") {
    wait = blocking;
  } else if (typeof blocking === "object" && blocking !== null) {
    checkKeys(`acquire ${type}`, blocking, [...KEYS, ...more]);
    const given: unknown = "blocking" in blocking ? (blocking.blocking ?? true) : true;
    if (typeof given !== "boolean") {
      throw new TypeError(`Cannot acquire ${type}: blocking must be a boolean, got ${typeof given}`);
    }
    wait = given;
    limit = blocking.timeoutMs;
  } else if (blocking !== undefined) {
    limit = blocking;
  }
  const deadline = deadlineOf(limit);
  if (wait) return deadline;
  if (limit !== undefined) {
    throw new RangeError(`Cannot acquire ${type}: a call that does not block takes no timeout`);
  }
  return POLL;
}
