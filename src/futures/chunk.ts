/** A chunk of a `map`: several calls of one function as one task. */
import { isPromise } from "../thread/platform.ts";
import { storeLenient, take } from "../value/message.ts";

/** What a chunk returns: the results, and, where one call failed, what it threw. */
export interface ChunkResult {
  readonly values: ArrayLike<unknown>;
  /** Whether the call after those results threw; the rest was not called. */
  readonly failed: boolean;
  readonly error: unknown;
}

type Call = (...args: unknown[]) => unknown;

/** Calls `fn` with each item, or with the members of each. Runs in a worker. */
export function callEach(
  fn: Call,
  items: ArrayLike<unknown>,
  spread: boolean,
): ChunkResult | Promise<ChunkResult> {
  const { length } = items;
  const values: unknown[] = [];
  values.length = length;
  let i = 0;
  try {
    for (; i < length; i++) {
      const value = spread ? fn(...(items[i] as unknown[])) : fn(items[i]);
      if (isPromise(value)) return awaitEach(fn, items, spread, values, i, value);
      values[i] = value;
    }
  } catch (error) {
    return failure(values, i, error);
  }
  return { values: packed(values), failed: false, error: undefined };
}

async function awaitEach(
  fn: Call,
  items: ArrayLike<unknown>,
  spread: boolean,
  values: unknown[],
  start: number,
  first: unknown,
): Promise<ChunkResult> {
  let i = start;
  try {
    values[i] = await first;
    for (i++; i < items.length; i++)
      values[i] = await (spread ? fn(...(items[i] as unknown[])) : fn(items[i]));
  } catch (error) {
    return failure(values, i, error);
  }
  return { values: packed(values), failed: false, error: undefined };
}

function failure(values: unknown[], count: number, error: unknown): ChunkResult {
  values.length = count;
  // Among values; but it must arrive, with texts in place of what cannot cross.
  return { values, failed: true, error: take(storeLenient(error, "error")) };
}

/** Numbers cross as their bytes: a hundredth of the time. Shorter lists are not worth it. */
const PACK_FROM = 16;

/** A list of numbers as a Float64Array; any other list as it is. */
export function packed(values: unknown[]): ArrayLike<unknown> {
  const { length } = values;
  if (length < PACK_FROM || typeof values[0] !== "number") return values;
  const numbers = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const value = values[i];
    if (typeof value !== "number") return values;
    numbers[i] = value;
  }
  return numbers;
}
