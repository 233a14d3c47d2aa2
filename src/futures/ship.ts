/**
 * Ships: a function that is submitted again is sent once.
 *
 * The first submit of a function object sends it with its arguments, in one message. From the second on, a
 * function that is constant (closure/constant.ts) has a record of its own, each worker builds it once, and
 * tasks name the record. A function that is not, because it captured data or a variable that changes, is sent
 * anew each time, with what it captured as it is at that moment.
 */
import { allocate, free } from "../core/heap.ts";
import { SHIP, SHIP_SIZE } from "../core/future-layout.ts";
import { field, HEADER } from "../core/layout.ts";
import { type Addr, add, load, store } from "../core/word.ts";
import { isConstant } from "../closure/constant.ts";
import { countWeak, dropCollected, lookForGarbage, onGarbage } from "../value/garbage.ts";
import { discard, load as loadMessage, modulesOf, prepare, store as storeMessage } from "../value/message.ts";
import type { Callable } from "./executor.ts";

/** A function's record. It lives as long as the function, and as each future of a call of it that is not done. */
export interface Ship {
  readonly record: Addr;
}

/** Submitted once; never to be shipped; or shipped. */
type Shipping = "once" | "never" | Ship;
const shipping = new WeakMap<Callable, Shipping>();

const ships = new Map<Addr, WeakRef<Ship>>();
onGarbage(() => dropCollected(ships, sink));

function sink(record: Addr): void {
  const message = load(field(record, SHIP.MESSAGE)) as Addr;
  store(field(record, SHIP.ID), 0);
  free(record);
  discard(message);
}

/** The ship of a function; undefined: it travels with its arguments this time. */
export function shipOf(fn: Callable): Ship | undefined {
  const known = shipping.get(fn);
  if (known === undefined) shipping.set(fn, "once");
  else if (known === "once") return launch(fn);
  else if (known !== "never") return known;
  return undefined;
}

function launch(fn: Callable): Ship | undefined {
  if (!isConstant(fn)) {
    shipping.set(fn, "never");
    return undefined;
  }
  const message = storeMessage(fn, "function");
  const record = allocate(SHIP_SIZE);
  store(field(record, SHIP.MESSAGE), message);
  store(field(record, SHIP.ID), add(HEADER.NEXT_SHIP as Addr, 1) + 1);
  const ship: Ship = { record };
  lookForGarbage();
  ships.set(record, new WeakRef(ship));
  countWeak();
  shipping.set(fn, ship);
  return ship;
}

/** What this isolate has built, by the record. */
const built = new Map<Addr, { readonly id: number; readonly fn: (...args: unknown[]) => unknown }>();
/** More than these are forgotten, and built again when they are asked for. */
const MOST_BUILT = 256;

/** The modules that a ship's function needs and that this isolate has not loaded. */
export function shipNeedsModules(record: Addr): boolean {
  return (
    built.get(record)?.id !== load(field(record, SHIP.ID)) &&
    modulesOf(load(field(record, SHIP.MESSAGE)) as Addr).length > 0
  );
}
export function prepareShip(record: Addr): Promise<void> {
  return prepare(load(field(record, SHIP.MESSAGE)) as Addr);
}

/** This isolate's function for a ship. */
export function shippedFunction(record: Addr): (...args: unknown[]) => unknown {
  const id = load(field(record, SHIP.ID));
  const known = built.get(record);
  if (known?.id === id) return known.fn;
  const fn = loadMessage(load(field(record, SHIP.MESSAGE)) as Addr) as (...args: unknown[]) => unknown;
  if (built.size >= MOST_BUILT) built.clear();
  built.set(record, { id, fn });
  return fn;
}
