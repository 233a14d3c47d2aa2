/**
 * Outcomes: what a future ended with, as one number in its record.
 *
 *   | low bits of RESULT | the rest            | what it is                           |
 *   | ------------------ | ------------------- | ------------------------------------ |
 *   | 0 0 0              | address             | a message                            |
 *   | . . 1              | kind << 3           | a plain value: no message was needed |
 *   | . 1 .              |                     | it was thrown, not returned          |
 */
import { f64 } from "../core/memory.ts";
import { FUTURE } from "../core/future-layout.ts";
import type { Addr } from "../core/word.ts";
import { TimeoutError } from "../errors.ts";
import type { Settled } from "./settled.ts";
import { discard, load as loadMessage, store as storeMessage, storeLenient } from "../value/message.ts";

const PLAIN = 1;
/** The bit of a result that was thrown. */
export const THROWN = 2;
const ADDRESS = ~7;
const KIND_SHIFT = 3;
const NUMBER = 4;
/** Plain values by their kind; NUMBER is in VALUE of the record. */
const CONSTANTS: readonly unknown[] = [undefined, null, true, false];

/** The number of a plain value; 0: it needs a message. `future` may be ended by the caller alone. */
export function plainResult(future: Addr, value: unknown, thrown: boolean): number {
  const flags = thrown ? PLAIN | THROWN : PLAIN;
  if (typeof value === "number") {
    f64[(future + FUTURE.VALUE) >> 3] = value;
    return (NUMBER << KIND_SHIFT) | flags;
  }
  if (value === undefined) return flags;
  const kind = CONSTANTS.indexOf(value);
  return kind < 0 ? 0 : (kind << KIND_SHIFT) | flags;
}

/** A message with what was returned. Throws CaptureError when it cannot cross. */
export function returned(value: unknown): number {
  return storeMessage(value, "result");
}

/** A message with what was thrown; parts of it that cannot cross are replaced by texts. */
export function thrown(error: unknown): number {
  return storeLenient(error, "error") | THROWN;
}

/** Was it thrown? */
export function wasThrown(result: number): boolean {
  return (result & THROWN) !== 0;
}

/** The message of a result; 0: it has none. */
export function messageOf(result: number): Addr {
  return ((result & PLAIN) === 0 ? result & ADDRESS : 0) as Addr;
}

/** Reads what a future ended with. */
export function valueOf(future: Addr, result: number): unknown {
  if ((result & PLAIN) === 0) return loadMessage((result & ADDRESS) as Addr);
  const kind = result >>> KIND_SHIFT;
  return kind === NUMBER ? f64[(future + FUTURE.VALUE) >> 3] : CONSTANTS[kind];
}

/** Frees what a result holds. */
export function discardResult(result: number): void {
  const message = messageOf(result);
  if (message !== 0) discard(message);
}

/** Adds to the stack of a task's error where its result was asked for. Once for each error. */
export function addAsker(error: unknown, what: string): void {
  if (!(error instanceof Error) || typeof error.stack !== "string" || asked.has(error)) return;
  asked.add(error);
  const here = new Error("here").stack?.split("\n").slice(3).join("\n") ?? "";
  error.stack = `${error.stack}\n    --- thrown by ${what}, whose result was asked for at ---\n${here}`;
}
const asked = new WeakSet<Error>();

/** The error of a wait whose deadline passed. */
export function tooLate(what: string): TimeoutError {
  return new TimeoutError(`Cannot get the ${what} of future: it is not done in time`);
}

/** The text form of a future. */
export function textOf(settled: Settled | undefined, state: string): string {
  if (settled === undefined || settled.cancelled) return `<Future ${state}>`;
  return `<Future finished ${settled.failed ? "raised" : "returned"} ${typeName(settled.value)}>`;
}

function typeName(value: unknown): string {
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  return (value.constructor as { name?: string } | undefined)?.name ?? "object";
}
