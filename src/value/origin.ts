/**
 * Origins: one number for each function, class and symbol, the same in all isolates.
 *
 * What returns to the isolate that it came from is the same object there; a
 * class or a symbol that arrives twice is the same one both times.
 */
import { HEADER } from "../core/layout.ts";
import { add, type Addr } from "../core/word.ts";
import { countWeak, dropCollected, lookForGarbage, onGarbage } from "./garbage.ts";

/** Numbers per isolate: a double holds 2 ** 25 isolates of them. */
const PER_ISOLATE = 2 ** 28;

let next = 0;
let end = 0;

function fresh(): number {
  if (next === end) {
    next = add(HEADER.ORIGINS as Addr, 1) * PER_ISOLATE;
    end = next + PER_ISOLATE;
  }
  return next++;
}

const origins = new WeakMap<object, number>();
const found = new Map<number, WeakRef<object>>();
onGarbage(() => dropCollected(found));

/** A number that nothing else has. */
export function newOrigin(): number {
  return fresh();
}

/** The origin of something in this isolate; it gets one when it has none. */
export function originOf(thing: object): number {
  let origin = origins.get(thing);
  if (origin === undefined) {
    origin = fresh();
    bind(thing, origin);
  }
  return origin;
}

/** Notes that this isolate has the thing of that origin: from now on it is found again. */
export function bind(thing: object, origin: number): void {
  origins.set(thing, origin);
  if (!shortcuts && found.has(origin)) return;
  lookForGarbage();
  found.set(origin, new WeakRef(thing));
  countWeak();
}

/** The thing of that origin in this isolate, if it is here. */
export function atOrigin(origin: number): object | undefined {
  return shortcuts ? found.get(origin)?.deref() : undefined;
}

let shortcuts = true;

/** For tests in one isolate: without shortcuts what was stored is rebuilt as if it had come from elsewhere. */
export function setOriginShortcuts(on: boolean): void {
  shortcuts = on;
}

// Symbols cannot be held weakly on every Node: they are few, and kept.
const symbolOrigins = new Map<symbol, number>();
const symbols = new Map<number, symbol>();

export function symbolOrigin(symbol: symbol): number {
  let origin = symbolOrigins.get(symbol);
  if (origin === undefined) {
    origin = fresh();
    symbolOrigins.set(symbol, origin);
    symbols.set(origin, symbol);
  }
  return origin;
}

export function symbolAt(origin: number, description: string | undefined): symbol {
  let symbol = symbols.get(origin);
  if (symbol === undefined) {
    symbol = Symbol(description);
    symbols.set(origin, symbol);
    symbolOrigins.set(symbol, origin);
  }
  return symbol;
}
