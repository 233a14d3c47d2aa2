/** Whether, and how long, a call at a queue waits. */
import { type Deadline, deadlineOf, POLL, type Timeout } from "../core/deadline.ts";

/**
 * Whether a call waits: a timeout in milliseconds, or `{ block: false }` (also `false`, as in Python) not at all.
 * A call that does not wait has no timeout: it is not looked at.
 */
export type QueueWait =
  | boolean
  | Timeout
  | { block?: boolean; timeoutMs?: number | undefined; signal?: AbortSignal | undefined };

/** The deadline that the forms `()`, `(500)`, `(false)`, `(true, 500)`, `({ block, timeoutMs })` ask for. */
export function queueDeadline(how: QueueWait | undefined, timeoutMs?: number): Deadline {
  if (typeof how === "boolean") return how ? deadlineOf(timeoutMs) : POLL;
  if (how !== null && typeof how === "object" && "block" in how && how.block !== undefined) {
    const { block } = how as { block: unknown };
    if (typeof block !== "boolean")
      throw new TypeError(`Cannot wait: block must be a boolean, got ${typeof block}`);
    return block ? deadlineOf(how, ["block"]) : POLL;
  }
  return deadlineOf(how === undefined ? timeoutMs : how, ["block"]);
}
