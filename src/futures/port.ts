/**
 * The port: how the futures of this isolate hear that they are done.
 *
 * Whoever ends a pool's future pushes its record on the DONE stack of the isolate
 * that submitted it. This isolate takes the whole stack at once, whenever it looks:
 * before it submits or waits, in a microtask soon after an `await`, or when its event
 * loop is rung. It is rung once for any number of futures: a ring takes AWAITED down.
 *
 * Lineage: Treiber's stack, emptied in one exchange, so that no address comes back
 * while somebody compares it.
 */
import { forResult } from "../core/future.ts";
import { FUTURE } from "../core/future-layout.ts";
import { field, ISOLATE, isolateAt, MAX_ISOLATES } from "../core/layout.ts";
import { kickAll } from "../core/line.ts";
import { listen } from "../core/park-async.ts";
import { i32 } from "../core/memory.ts";
import type { Wait } from "../core/park.ts";
import { REASON } from "../core/reason.ts";
import { kickIsolate } from "../core/registry.ts";
import { self } from "../core/self.ts";
import { type Addr, add, compareExchange, exchange, load, notify, now, or, store } from "../core/word.ts";

/** What the port knows of a future. */
export interface Arrival {
  /** Its record is done with by its pool. False: this record is none of its. */
  arrive(record: Addr): boolean;
  /** It may be done without ever arriving. */
  rescan(): void;
}

/** The unfinished futures of this isolate, by SLOT; 0 is not used. */
const slots: (Arrival | undefined)[] = [undefined];
const freeSlots: number[] = [];

/** AWAITED: bits. */
export const LOOPING = 1;
export const BLOCKED = 2;

function done(isolate: number): Addr {
  return field(isolateAt(isolate), ISOLATE.DONE);
}
function awaited(isolate: number): Addr {
  return field(isolateAt(isolate), ISOLATE.AWAITED);
}

/** Enters a new future of this isolate's. */
export function enterPort(record: Addr, future: Arrival): void {
  const slot = freeSlots.pop() ?? slots.length;
  slots[slot] = future;
  i32[(record + FUTURE.SLOT) >> 2] = slot; // plainly: nobody else has seen it yet
  i32[(record + FUTURE.PORT) >> 2] = self.isolate;
}

/** Stands in the slot of a future that has read its end before its record arrives: only that is still to be freed. */
const READ: Arrival = {
  arrive: (record) => {
    reclaim(record);
    return true;
  },
  rescan: () => {},
};

/** A future of this isolate's has read its end, and has no record from now on (0): the port keeps the future no longer. */
export function leavePort(record: Addr): Addr {
  slots[i32[(record + FUTURE.SLOT) >> 2] as number] = READ;
  return 0 as Addr;
}

/** OPTIONS of a future. */
const DELIVERED = 1;

/** Hands the record of a future that is over to the isolate that submitted it, which frees it. Once. */
export function deliver(record: Addr): void {
  if ((or(field(record, FUTURE.OPTIONS), DELIVERED) & DELIVERED) !== 0) return;
  const isolate = load(field(record, FUTURE.PORT));
  const top = done(isolate);
  for (let seen = load(top); ; ) {
    store(field(record, FUTURE.NEXT), seen);
    const found = compareExchange(top, seen, record);
    if (found === seen) break;
    seen = found;
  }
  const waiting = load(awaited(isolate));
  if (waiting !== 0) wakePort(isolate);
}

/** Wakes an isolate that waits for arrivals, once. */
function wakePort(isolate: number): void {
  const waiting = exchange(awaited(isolate), 0);
  if ((waiting & BLOCKED) !== 0) kickAll(done(isolate));
  if ((waiting & LOOPING) === 0) return;
  const doorbell = field(isolateAt(isolate), ISOLATE.ASYNC);
  add(doorbell, 1);
  notify(doorbell, 1);
}

/** Makes an isolate look at all its futures: one is done, and who should have delivered it has died. */
export function askRescan(isolate: number): void {
  if (isolate <= 0 || isolate >= MAX_ISOLATES) return;
  store(field(isolateAt(isolate), ISOLATE.RESCAN), 1);
  kickIsolate(isolate);
}

function rescan(): void {
  if (exchange(field(isolateAt(self.isolate), ISOLATE.RESCAN), 0) === 0) return;
  for (const future of [...slots]) future?.rescan();
}

/** Settles what has arrived, the oldest first. True: something had. */
export function drain(): boolean {
  if (load(field(isolateAt(self.isolate), ISOLATE.RESCAN)) !== 0) rescan();
  const top = done(self.isolate);
  if (load(top) === 0) return false;
  let record = exchange(top, 0) as Addr;
  const arrived: Addr[] = [];
  for (; record !== 0; record = load(field(record, FUTURE.NEXT)) as Addr) arrived.push(record);
  for (let i = arrived.length - 1; i >= 0; i--) settle(arrived[i] as Addr);
  return true;
}

let reclaim: (record: Addr) => void = () => {};
/** Gives back what is in the stack of an isolate that has ended. */
export function emptyPort(isolate: number): void {
  for (let record = exchange(done(isolate), 0) as Addr; record !== 0; ) {
    const next = load(field(record, FUTURE.NEXT)) as Addr;
    reclaim(record);
    record = next;
  }
}

/** What is done with a record whose future is not here: it belonged to an isolate of this index that has died. */
export function setOrphanReclaim(free: (record: Addr) => void): void {
  reclaim = free;
}

function settle(record: Addr): void {
  const slot = load(field(record, FUTURE.SLOT));
  const future = slots[slot];
  if (future?.arrive(record) !== true) {
    reclaim(record);
    return;
  }
  slots[slot] = undefined;
  freeSlots.push(slot);
}

/** The wait until something arrives. */
export function arrivalWait(): Wait<true> {
  const top = done(self.isolate);
  const word = awaited(self.isolate);
  return {
    addr: top,
    reason: REASON.FUTURES,
    want: 0,
    poll: () => {
      if (hasArrivals()) return true;
      or(word, BLOCKED);
      return hasArrivals() ? true : undefined;
    },
  };
}

/** Has anything arrived? */
export function hasArrivals(): boolean {
  const isolate = isolateAt(self.isolate);
  return load(field(isolate, ISOLATE.DONE)) !== 0 || load(field(isolate, ISOLATE.RESCAN)) !== 0;
}

/** Futures of this isolate that somebody awaits, or whose end is to call a function. */
let interest = 0;
let scheduled = false;
let listening = false;
let keepAlive: ReturnType<typeof setInterval> | undefined;
const LONGEST_DELAY = 2 ** 31 - 1;

/** Somebody awaits one more future: its arrival is looked for by the event loop. */
export function addInterest(): void {
  interest++;
  if (!listening) {
    listening = true;
    listen(rung);
  }
  schedule(queueMicrotask);
}

/** One future less is awaited. */
export function dropInterest(): void {
  if (--interest > 0 || keepAlive === undefined) return;
  clearInterval(keepAlive);
  keepAlive = undefined;
}

function schedule(soon: (look: () => void) => void): void {
  if (scheduled) return;
  scheduled = true;
  soon(lookSoon);
}

/**
 * A short look before the event loop sleeps: a wake-up through the loop costs as much as many
 * short tasks. While results come in, the next look follows in the next turn of the loop.
 */
function lookSoon(): void {
  scheduled = false;
  if (interest === 0) return;
  if (!forResult.spin(hasArrivals)) return arm();
  drain();
  if (interest > 0) schedule(setImmediate);
}

/** The next arrival rings. A pending promise alone would not keep the process alive. */
function arm(): void {
  keepAlive ??= setInterval(() => {}, LONGEST_DELAY);
  armedAt = now();
  or(awaited(self.isolate), LOOPING);
  if (hasArrivals()) schedule(setImmediate);
}
let armedAt = 0;

function rung(): void {
  if (interest === 0 || scheduled) return;
  forResult.slept(now() - armedAt);
  if (drain()) schedule(setImmediate);
  else arm();
}
