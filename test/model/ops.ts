/**
 * The operations of a modelled thread, as small numbers, and the two ways to run one.
 *
 * The modelled word (`word.ts`) turns each call into `port.current.op(…)`. Outside a search the port
 * works on the memory at once; during a search it is the search, which decides who goes next.
 */

/** What a modelled thread can do; the index into {@link OP_NAMES}. */
export const OP = {
  LOAD: 0,
  STORE: 1,
  ADD: 2,
  OR: 3,
  AND: 4,
  EXCHANGE: 5,
  COMPARE_EXCHANGE: 6,
  WAIT: 7,
  NOTIFY: 8,
  NOW: 9,
  RELAX: 10,
  NOTE: 11,
  XOR: 12,
  LOAD_WIDE: 13,
  STORE_WIDE: 14,
} as const;

export const OP_NAMES: readonly string[] = [
  "load",
  "store",
  "add",
  "or",
  "and",
  "exchange",
  "compareExchange",
  "wait",
  "notify",
  "now",
  "relax",
  "note",
  "xor",
  "load 64",
  "store 64",
];

/** How a wait ended, as the number that a history can hold; the index into {@link WAIT_RESULTS}. */
export const WOKEN = 0;
export const NOT_EQUAL = 1;
export const TIMED_OUT = 2;
export const WAIT_RESULTS = ["ok", "not-equal", "timed-out"] as const;

/** Where a call of the modelled word goes: `x` and `y` are its arguments after the address. */
export interface Port {
  op(kind: number, addr: number, x: number, y: number): number;
}

/** The port in use now. One a process: searches do not nest. */
export const port: { current: Port | undefined } = { current: undefined };
