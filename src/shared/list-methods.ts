/**
 * The methods of shared arrays: those of Array.prototype, with others in their place where theirs would take many
 * steps, which other threads could see in the middle, or much time.
 */
import { plainBox } from "../core/box.ts";
import type { Addr } from "../core/word.ts";
import { addressOf } from "../value/handle.ts";
import { toJSON } from "./copy.ts";
import { type Plan, planOf } from "./draft.ts";
import {
  elementCount,
  getElement,
  push,
  pushPlain,
  reorder,
  snapshot,
  splice,
  take,
  unshift,
} from "./elements.ts";
import { NOTHING } from "./read.ts";

type Method = (this: object, ...args: never[]) => unknown;
type Callback = (value: unknown, index: number, array: object) => unknown;

function recordOf(list: object): Addr {
  const record = addressOf(list);
  if (record === undefined) throw new TypeError("Cannot call a method of shared arrays: this is none");
  return record;
}

function plansOf(values: readonly unknown[]): Plan[] {
  return values.map((value, i) => planOf(value, `argument ${i + 1}`));
}

/** A relative index, as the methods of arrays take it. */
function clamped(value: unknown, length: number, missing: number): number {
  if (value === undefined) return missing;
  const n = Math.trunc(Number(value)) || 0;
  return n < 0 ? Math.max(0, length + n) : Math.min(n, length);
}

/** The elements at one moment, as an ordinary array. */
function ordinary(list: object): unknown[] {
  return withHoles(snapshot(recordOf(list)).values);
}

/** The same array, with holes for what is NOTHING. */
function withHoles(values: unknown[]): unknown[] {
  if (!values.includes(NOTHING)) return values;
  const result: unknown[] = [];
  result.length = values.length;
  values.forEach((value, i) => {
    if (value !== NOTHING) result[i] = value;
  });
  return result;
}

/** Puts the elements into the order that `orderOf` gives to the indices of those there are; holes come last. */
function reordered(
  list: object,
  orderOf: (values: readonly unknown[], indices: number[]) => number[],
): object {
  const c = recordOf(list);
  for (;;) {
    const seen = snapshot(c);
    const order = orderOf(seen.values, [...seen.values.keys()]);
    if (reorder(c, seen, order)) return list;
  }
}

/** The order of Array.prototype.sort: undefined behind all values, holes behind undefined. */
function sorted(
  values: readonly unknown[],
  indices: number[],
  compare?: (a: unknown, b: unknown) => number,
): number[] {
  const rank = (value: unknown): number => (value === NOTHING ? 2 : value === undefined ? 1 : 0);
  const by = compare ?? compareText;
  return indices.sort((i, j) => {
    const a = values[i];
    const b = values[j];
    return rank(a) - rank(b) || (rank(a) > 0 ? 0 : by(a, b));
  });
}

function compareText(a: unknown, b: unknown): number {
  const left = String(a);
  const right = String(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Calls `visit` for each element that there is when its turn comes, until it returns true. */
function each(list: object, visit: (value: unknown, i: number) => boolean, holes = false): void {
  const c = recordOf(list);
  for (let i = 0, length = elementCount(c); i < length; i++) {
    const value = getElement(c, i);
    if (value !== NOTHING) {
      if (visit(value, i)) return;
    } else if (holes && visit(undefined, i)) return;
  }
}

function* iterate<T>(list: object, of: (value: unknown, i: number) => T): Generator<T> {
  const c = recordOf(list);
  for (let i = 0; i < elementCount(c); i++) {
    const value = getElement(c, i);
    yield of(value === NOTHING ? undefined : value, i);
  }
}

const changing: Record<string, Method> = {
  push(...values: unknown[]): number {
    const c = recordOf(this);
    const box = values.length === 1 ? plainBox(values[0]) : undefined;
    if (box !== undefined) {
      const length = pushPlain(c, box);
      if (length > 0) return length;
    }
    return values.length === 0 ? elementCount(c) : push(c, plansOf(values));
  },
  pop(): unknown {
    const value = take(recordOf(this), true);
    return value === NOTHING ? undefined : value;
  },
  shift(): unknown {
    const value = take(recordOf(this), false);
    return value === NOTHING ? undefined : value;
  },
  unshift(...values: unknown[]): number {
    const c = recordOf(this);
    return values.length === 0 ? elementCount(c) : unshift(c, plansOf(values));
  },
  splice(...args: [start?: number, count?: number, ...items: unknown[]]): unknown[] {
    const [start, count, ...items] = args;
    const range = (length: number): readonly [number, number] => {
      const from = clamped(start, length, 0);
      if (args.length === 0) return [from, 0];
      const most = length - from;
      return [from, args.length === 1 ? most : Math.min(most, Math.max(0, Math.trunc(Number(count)) || 0))];
    };
    return withHoles(splice(recordOf(this), range, plansOf(items), true));
  },
  fill(value: unknown, start?: number, end?: number): object {
    const c = recordOf(this);
    const length = elementCount(c);
    const from = clamped(start, length, 0);
    const count = Math.max(0, clamped(end, length, length) - from);
    let plan = planOf(value, "argument 1");
    if (plan.drafts.length > 0 && count > 1) {
      splice(c, () => [from, 1], [plan], false); // one object in all places: the first makes it
      plan = planOf(getElement(c, from), "argument 1");
    }
    const plans = Array.from({ length: count }, () => plan);
    if (count > 0)
      splice(c, (now) => [Math.min(from, now), Math.min(count, Math.max(0, now - from))], plans, false);
    return this;
  },
  reverse(): object {
    return reordered(this, (_, indices) => indices.reverse());
  },
  sort(compare?: (a: unknown, b: unknown) => number): object {
    if (compare !== undefined && typeof compare !== "function")
      throw new TypeError("Cannot sort a shared array: the comparison must be a function or undefined");
    return reordered(this, (values, indices) => sorted(values, indices, compare));
  },
};

const visiting: Record<string, Method> = {
  forEach(fn: Callback, self?: unknown): void {
    each(this, (value, i) => {
      fn.call(self, value, i, this);
      return false;
    });
  },
  map(fn: Callback, self?: unknown): unknown[] {
    const results: unknown[] = [];
    results.length = elementCount(recordOf(this));
    each(this, (value, i) => {
      results[i] = fn.call(self, value, i, this);
      return false;
    });
    return results;
  },
  filter(fn: Callback, self?: unknown): unknown[] {
    const results: unknown[] = [];
    each(this, (value, i) => {
      if (fn.call(self, value, i, this)) results.push(value);
      return false;
    });
    return results;
  },
  some(fn: Callback, self?: unknown): boolean {
    let found = false;
    each(this, (value, i) => (found = Boolean(fn.call(self, value, i, this))));
    return found;
  },
  every(fn: Callback, self?: unknown): boolean {
    let failed = false;
    each(this, (value, i) => (failed = !fn.call(self, value, i, this)));
    return !failed;
  },
  find(fn: Callback, self?: unknown): unknown {
    let found: unknown;
    each(
      this,
      (value, i) => {
        if (!fn.call(self, value, i, this)) return false;
        found = value;
        return true;
      },
      true,
    );
    return found;
  },
  findIndex(fn: Callback, self?: unknown): number {
    let found = -1;
    each(
      this,
      (value, i) => {
        if (!fn.call(self, value, i, this)) return false;
        found = i;
        return true;
      },
      true,
    );
    return found;
  },
  keys(): Iterator<number> {
    return iterate(this, (_, i) => i);
  },
  values(): Iterator<unknown> {
    return iterate(this, (value) => value);
  },
  entries(): Iterator<[number, unknown]> {
    return iterate(this, (value, i) => [i, value]);
  },
};

/** Methods that look at all elements, and change nothing: at those of one moment. */
const LOOKING = ["slice", "indexOf", "lastIndexOf", "includes", "flat", "reduce", "reduceRight"] as const;

/** The methods of this file by name. */
export const OWN_METHODS: Map<PropertyKey, unknown> = new Map<PropertyKey, unknown>();
/** What a shared array inherits. */
export const LIST_METHODS: object = Object.create(Array.prototype) as object;
for (const [name, method] of Object.entries({ ...changing, ...visiting })) add(name, method);
add(Symbol.iterator, visiting["values"] as Method);
for (const name of LOOKING) {
  const method = Array.prototype[name] as (...args: unknown[]) => unknown;
  add(name, function (this: object, ...args: never[]): unknown {
    return method.apply(ordinary(this), args);
  });
}

/** Arrays that are being made a string of: one that contains itself is empty there, as ordinary ones are. */
const joining = new Set<Addr>();
for (const name of ["join", "toString"] as const) {
  const method = Array.prototype[name] as (...args: unknown[]) => string;
  add(name, function (this: object, ...args: never[]): string {
    const record = recordOf(this);
    if (joining.has(record)) return "";
    joining.add(record);
    try {
      return method.apply(ordinary(this), args);
    } finally {
      joining.delete(record);
    }
  });
}

add("toJSON", toJSON);

function add(name: PropertyKey, value: Method): void {
  OWN_METHODS.set(name, value);
  Object.defineProperty(LIST_METHODS, name, { value, writable: true, configurable: true });
}
