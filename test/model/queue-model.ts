// What the models of queues share: a small queue in modelled memory, and calls as the classes make them.
import assert from "node:assert/strict";
import type { Deadline } from "../../src/core/deadline.ts";
import { i32 } from "../../src/core/memory.ts";
import type { Outcome as Attempt } from "../../src/core/sides.ts";
import type { Addr } from "../../src/core/word.ts";
import {
  assertNobodyWaits,
  become,
  deadline,
  heap,
  inRecords,
  labelOf,
  layout,
  park,
  resetIsolates,
  word,
} from "./core.ts";
import { note } from "./explore.ts";
import type { Model } from "./model.ts";
import { HEAP_PAGES } from "./reserve.ts";

const { KIND } = await import("../../src/core/kind.ts");
const sides: typeof import("../../src/core/sides.ts") = await import("../../src/core/sides.ts");
const ring = await import("../../src/core/ring.ts");
const stack = await import("../../src/core/stack.ts");
const priority = await import("../../src/core/priority.ts");
const waits: typeof import("../../src/core/queue-wait.ts") = await import("../../src/core/queue-wait.ts");
const slots = await import("./slot.ts");
const tables: typeof import("../../src/core/queue-layout.ts") = await import(
  "../../src/core/queue-layout.ts"
);
const { QUEUE, SEAT, SEAT_SIZE, SIDE } = tables;
const { field } = layout;
const { OUTCOME } = sides;

export { sides, waits };

/** A kind of queue, by what it does with an item that is its own key. */
export interface Kind {
  readonly name: string;
  readonly kind: number;
  readonly entryBytes: number;
  put(q: Addr, item: number): Attempt;
  get(q: Addr, seat: Addr): Attempt;
}

export const FIFO: Kind = {
  name: "FIFO",
  kind: KIND.QUEUE,
  entryBytes: slots.SLOT_BYTES,
  put: (q, item) => ring.offer(q, slots.TAG.NUMBER, item),
  get: ring.take,
};
export const LIFO: Kind = {
  name: "LIFO",
  kind: KIND.LIFO_QUEUE,
  entryBytes: slots.SLOT_BYTES,
  put: (q, item) => stack.push(q, slots.TAG.NUMBER, item),
  get: stack.pop,
};
export const PRIORITY: Kind = {
  name: "priority",
  kind: KIND.PRIORITY_QUEUE,
  entryBytes: priority.ENTRY_BYTES,
  put: (q, item) => priority.insert(q, slots.TAG.NUMBER, item, slots.TAG.NUMBER, item),
  get: priority.removeFirst,
};

/** A queue with a store of `2 ** log` slots. */
export function makeQueue(kind: Kind, maxsize: number, log: number, items: readonly number[] = []): Addr {
  const q = sides.createQueue(kind.kind, kind === FIFO, maxsize, kind.entryBytes);
  if (kind === PRIORITY) priority.equip(q);
  word.store(field(q, QUEUE.STORE), sides.storeWordOf(heap.allocate(kind.entryBytes << log), log));
  for (const item of items) assert.equal(kind.put(q, item), OUTCOME.DONE);
  return q;
}

/** A seat for the thread with this ident. */
export function makeSeat(q: Addr, ident: number): Addr {
  const seat = heap.allocate(SEAT_SIZE);
  word.store(field(seat, SEAT.IDENT), ident);
  word.store(field(seat, SEAT.TAKEN), 0);
  word.store(field(seat, SEAT.NEXT), word.load(field(q, QUEUE.SEATS)));
  word.store(field(q, QUEUE.SEATS), seat);
  return seat;
}

/** As `Queue.put` does, without its spins. True: it was put. */
export function put(kind: Kind, q: Addr, item: number, until: Deadline = deadline.NEVER): boolean {
  const attempt = (): Attempt => kind.put(q, item);
  const first = attempt();
  if (first === OUTCOME.DONE) return true;
  if (first === OUTCOME.SHUT) return false;
  return park.block(waits.putWait(q, attempt), until) === "put";
}

/** As `Queue.get` does, without its spins; what it got is noted. undefined: shut down, or too late. */
export function get(
  kind: Kind,
  q: Addr,
  seat = 0 as Addr,
  until: Deadline = deadline.NEVER,
): number | undefined {
  const attempt = (): Attempt => kind.get(q, seat);
  const first = attempt();
  if (first === OUTCOME.SHUT) return undefined;
  let item = slots.slot.value;
  if (first !== OUTCOME.DONE) {
    const got = park.block(waits.getWait(q, attempt), until);
    if (typeof got !== "object") return undefined;
    item = got.value;
  }
  note(`got ${item}`);
  return item;
}

/** What was got, in order. */
export function gotten(notes: readonly string[]): number[] {
  return notes.filter((text) => text.startsWith("got ")).map((text) => Number(text.slice(4)));
}

/** What is still in the queue, in the order in which it would be got. Takes it out. */
export function rest(kind: Kind, q: Addr): number[] {
  const items: number[] = [];
  while (kind.get(q, 0 as Addr) === OUTCOME.DONE) items.push(slots.slot.value);
  return items;
}

/** A model of threads at one queue. */
export function plan<S extends { readonly q: Addr }>(
  name: string,
  setup: () => S,
  threads: Model<S>["threads"],
  more: Partial<Model<S>> = {},
): Model<S> {
  const count = Object.keys(threads).length;
  return {
    name,
    threads,
    label: ({ q }, addr) => nameOf(q, addr) ?? labelOf(addr),
    quiet: ({ q }, addr) => inRecords(addr, q),
    setup: () => {
      resetIsolates(count);
      emptyHeap();
      become(-1);
      return setup();
    },
    ...more,
    bounds: { timeJumps: 0, ...more.bounds },
    finish: (state, outcome) => {
      if (more.mayBlock === undefined) assertNobodyWaits(count);
      more.finish?.(state, outcome);
    },
  };
}

/** Each model has the whole heap: what an earlier one left is nobody's. */
export function emptyHeap(): void {
  for (let page = 0; page < HEAP_PAGES; page++) word.store(layout.pageWordAt(layout.FIRST_PAGE + page), 0);
  word.store(layout.HEADER.PAGES_HIGH as Addr, 0);
}

function nameOf(q: Addr, addr: number): string | undefined {
  const named = (at: number, table: Readonly<Record<string, number>>, who: string): string | undefined => {
    const found = Object.entries(table).find(([, offset]) => at + offset === addr)?.[0];
    return found === undefined ? undefined : `${who}.${found}`;
  };
  // Read beside the model: naming a word is no step of the thread that is at work on it.
  const [putSide, getSide] = [QUEUE.PUT, QUEUE.GET].map((offset) => i32[(q + offset) >> 2]) as [Addr, Addr];
  return named(q, QUEUE, "queue") ?? named(putSide, SIDE, "put") ?? named(getSide, SIDE, "get");
}
