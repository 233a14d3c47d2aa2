/**
 * The modelled word: the same functions as `core/word.ts`, each one step of the model.
 *
 * `hook.ts` puts it in place of the real one, so that the real sources above it run here unchanged.
 */
import type * as real from "../../src/core/word.ts";
import type { Addr } from "../../src/core/word.ts";
import { OP, port, WAIT_RESULTS } from "./ops.ts";

export type { Addr } from "../../src/core/word.ts";

function op(kind: number, addr: number, x = 0, y = 0): number {
  if (port.current === undefined) throw new Error("Cannot use a modelled word: no machine is running");
  return port.current.op(kind, addr, x, y);
}

export function load(a: Addr): number {
  return op(OP.LOAD, a);
}
export function store(a: Addr, value: number): void {
  op(OP.STORE, a, value);
}
export function add(a: Addr, delta: number): number {
  return op(OP.ADD, a, delta);
}
export function or(a: Addr, bits: number): number {
  return op(OP.OR, a, bits);
}
export function and(a: Addr, bits: number): number {
  return op(OP.AND, a, bits);
}
export function exchange(a: Addr, value: number): number {
  return op(OP.EXCHANGE, a, value);
}
export function compareExchange(a: Addr, expected: number, value: number): number {
  return op(OP.COMPARE_EXCHANGE, a, expected, value);
}
export function xor(a: Addr, bits: number): number {
  return op(OP.XOR, a, bits);
}
/** The model's memory is sequentially consistent: plain access is a step like any other. */
export function read(a: Addr): number {
  return op(OP.LOAD, a);
}
export function write(a: Addr, value: number): void {
  op(OP.STORE, a, value);
}
export function readReal(a: Addr): number {
  return op(OP.LOAD_WIDE, a);
}
const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);
export function writeReal(a: Addr, value: number): void {
  double[0] = value;
  op(OP.STORE_WIDE, a, halves[0]!, halves[1]!);
}
export function unchanged(a: Addr, seen: number): boolean {
  return load(a) === seen;
}
function narrow(): never {
  throw new Error("Cannot model a 64-bit word: the model's words have 32 bits");
}
export const wide: typeof real.wide = {
  load: narrow,
  store: narrow,
  add: narrow,
  sub: narrow,
  and: narrow,
  or: narrow,
  xor: narrow,
  exchange: narrow,
  compareExchange: narrow,
};
export function wait(a: Addr, expected: number, timeoutMs: number): "ok" | "not-equal" | "timed-out" {
  return WAIT_RESULTS[op(OP.WAIT, a, expected, timeoutMs)]!;
}
export function notify(a: Addr, count: number): number {
  return op(OP.NOTIFY, a, count);
}
/** A modelled thread is a synchronous function: an event loop is modelled by one that waits for the word it is rung on. */
export function waitAsync(_a: Addr, _expected: number): Promise<unknown> | undefined {
  throw new Error("Cannot model waitAsync: wait for the word that rings the event loop instead");
}
export function now(): number {
  return op(OP.NOW, 0);
}
export function mayWait(): boolean {
  return true;
}
export function relax(): void {
  op(OP.RELAX, 0);
}

({
  load,
  store,
  add,
  or,
  and,
  exchange,
  compareExchange,
  xor,
  read,
  write,
  readReal,
  writeReal,
  unchanged,
  wide,
  wait,
  notify,
  waitAsync,
  now,
  mayWait,
  relax,
}) satisfies typeof real;
