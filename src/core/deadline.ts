/**
 * Deadlines: one rule for every timeout that a caller may give.
 *
 * Absent or Infinity waits for ever, 0 polls; negative, NaN or not a number is
 * refused at once. A deadline is absolute and on the shared monotonic clock, so
 * a useless wake-up never extends it.
 */
import { now } from "./word.ts";

/** How long a waiting call may take, in milliseconds; the signal is honoured by the Async forms. */
export type Timeout = number | { timeoutMs?: number | undefined; signal?: AbortSignal | undefined };

declare const deadlineBrand: unique symbol;
/** A point on the shared clock, in milliseconds; NEVER and POLL are its ends. */
export type Deadline = number & { readonly [deadlineBrand]: true };

/** The deadline that does not come. */
export const NEVER: Deadline = Infinity as Deadline;
/** The deadline that has passed already: try once, do not wait. */
export const POLL: Deadline = -Infinity as Deadline;

/** The longest finite timeout, in milliseconds. Longer ones wait for ever in all but name. */
export const TIMEOUT_MAX: number = 2 ** 53 - 1;

/** The milliseconds that a caller asked for, checked; undefined: for ever. */
export function timeoutMsOf(timeout: Timeout | undefined | null): number | undefined {
  const value = timeout !== null && typeof timeout === "object" ? timeout.timeoutMs : timeout;
  if (value === undefined) return undefined;
  if (typeof value !== "number") {
    throw new TypeError(`Cannot wait: timeoutMs must be a number of milliseconds, got ${describe(value)}`);
  }
  if (!(value >= 0)) {
    throw new RangeError(`Cannot wait: timeoutMs must be 0 or more, got ${value}`);
  }
  if (value !== Infinity && value > TIMEOUT_MAX) {
    throw new RangeError(`Cannot wait: timeoutMs must be at most ${TIMEOUT_MAX}, got ${value}`);
  }
  return value === Infinity ? undefined : value;
}

const KEYS: readonly string[] = ["timeoutMs", "signal"];

/** The deadline for a timeout that a caller gave, counted from now. `more`: options of the caller's own beside it. */
export function deadlineOf(timeout: Timeout | undefined | null, more: readonly string[] = []): Deadline {
  if (timeout === undefined) return NEVER;
  if (timeout !== null && typeof timeout === "object") checkKeys(timeout, more);
  const ms = timeoutMsOf(timeout);
  if (ms === undefined) return NEVER;
  return ms === 0 ? POLL : ((now() + ms) as Deadline);
}

/** A misspelt timeout would wait for ever. */
function checkKeys(timeout: object, more: readonly string[]): void {
  for (const key of Object.keys(timeout)) {
    if (KEYS.includes(key) || more.includes(key)) continue;
    const known = [...KEYS, ...more].join(", ");
    throw new TypeError(`Cannot wait: unknown option "${key}" (known: ${known})`);
  }
}

/** The signal that a caller gave, checked. */
export function signalOf(timeout: Timeout | undefined | null): AbortSignal | undefined {
  if (timeout === undefined || timeout === null || typeof timeout !== "object") return undefined;
  const { signal } = timeout;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`Cannot wait: signal must be an AbortSignal, got ${describe(signal)}`);
  }
  return signal;
}

/** Milliseconds left, at least 0; Infinity for NEVER. */
export function remaining(deadline: Deadline): number {
  return deadline === NEVER ? Infinity : Math.max(0, deadline - now());
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value === "string" ? JSON.stringify(value) : typeof value;
}
