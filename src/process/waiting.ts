/** What the waiting calls of multiprocessing have in common: their forms, and what statuses mean. */
import { signalOf, type Timeout, timeoutMsOf } from "../core/deadline.ts";
import { AbandonedLockError, InternalError, ProcessError } from "../errors.ts";
import type { Acquire } from "../sync/acquire.ts";
import type { Reply } from "./calls.ts";

/** How long a call may wait, in milliseconds. */
export function waitMs(timeout: Timeout | undefined | null): number {
  return timeoutMsOf(timeout) ?? Infinity;
}

/** Of the forms of `acquire`; a call that does not block ignores its timeout, as Python's multiprocessing has it. */
export function acquireMs(blocking: Acquire | undefined, timeoutMs: number | undefined): number {
  if (blocking === false) return 0;
  if (blocking === true || blocking === undefined) return waitMs(timeoutMs);
  if (typeof blocking === "object" && "blocking" in blocking && blocking.blocking === false) return 0;
  return waitMs(typeof blocking === "object" ? blocking.timeoutMs : blocking);
}

export { signalOf };

/** Throws for what no caller expects. */
export function unexpected(verb: string, what: string, { status, text }: Reply): Error {
  if (status === "abandoned")
    return new AbandonedLockError(
      `Cannot ${verb} ${what}: its holder, ${holderText(text)}, died while holding it; call recover()`,
    );
  if (status === "died")
    return new ProcessError(`Cannot ${verb} ${what}: the process that serves it has ended`);
  if (status === "refused") return new ProcessError(`Cannot ${verb} ${what}: ${text}`);
  return new InternalError(`Cannot ${verb} ${what}: the broker said "${status}" ${text}`);
}

/** `thread 1 of process r_2`: a holder as the broker names it, in words. */
export function holderText(who: string): string {
  const [process = "", thread = ""] = who.split("#");
  return `thread ${thread} of process ${process}`;
}

/** `Lock 'db'`: a thing by its class and name. */
export function labelOf(type: string, name: string | undefined): string {
  return name === undefined ? type : `${type} '${name}'`;
}

/** Gives a class the name under which it is exported: another of heddle's has the same. */
export function exportedAs(type: string, made: object): void {
  Object.defineProperty(made, "name", { value: type, configurable: true });
}

/** Checks that a number is a whole one from `least` on. */
export function checkWhole(action: string, what: string, value: unknown, least: number): number {
  if (typeof value !== "number")
    throw new TypeError(`Cannot ${action}: ${what} must be a number, got ${typeof value}`);
  if (!Number.isInteger(value) || value < least)
    throw new RangeError(
      `Cannot ${action}: ${what} must be a whole number of at least ${least}, got ${value}`,
    );
  return value;
}
