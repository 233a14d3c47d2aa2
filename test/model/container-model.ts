// What the models of containers share: a small shared Map or array in modelled memory, and what must hold at the end.
import assert from "node:assert/strict";
import type { Addr } from "../../src/core/word.ts";
import { become, heap, labelOf, layout, pages, recovery, resetIsolates, identOf, word } from "./core.ts";
import { note } from "./explore.ts";
import type { Model, Outcome } from "./model.ts";
import { HEAP_PAGES } from "./reserve.ts";

const { KIND } = await import("../../src/core/kind.ts");
const { CONTAINER } = await import("../../src/core/container-layout.ts");
const { ownerOf } = await import("../../src/core/mutex.ts");
const gate = await import("../../src/core/gate.ts");
const { open, low } = await import("../../src/core/box.ts");
const handles = await import("../../src/value/handle.ts");
const { planOf } = await import("../../src/shared/draft.ts");
const { boxOfPlan } = await import("../../src/shared/write.ts");
const collector: typeof import("../../src/shared/collect.ts") = await import("../../src/shared/collect.ts");
const entries = await import("../../src/shared/entries.ts");
const elements = await import("../../src/shared/elements.ts");
const owned = await import("../../src/shared/owned.ts");
const { NOTHING } = await import("../../src/shared/read.ts");
const keys = await import("../../src/shared/key.ts");
const walk = await import("../support/container-walk.ts");
const { field, HEADER, ISOLATE } = layout;

export { collector };

export interface State {
  readonly root: Addr;
  readonly blocks: number;
}

/** A handle of a container, as the model has it: its slot is one of its thread's own. */
class Handle {
  readonly record: Addr;
  readonly slot: Addr;
  constructor(record: Addr) {
    this.record = record;
    this.slot = free.pop()!;
    word.store(this.slot, record);
  }
}
/** Slots of the thread that runs. */
let free: Addr[] = [];
/** By thread: its list of handles, and what it allocates from. Fresh before each run of a body. */
const lists: Addr[] = [];
let caches: unknown[] = [];
const CHUNK_BYTES = 256;
const ONLOOKER = -1;

for (const kind of [KIND.SHARED_OBJECT, KIND.SHARED_ARRAY, KIND.SHARED_MAP, KIND.SHARED_SET]) {
  handles.registerHandle({
    kind,
    name: "container",
    create: (record) => new Handle(record),
    release: owned.releaseContainer,
  });
}

function enter(thread: number): void {
  become(thread);
  gate.resetGate();
  collector.resetCollector();
  const list = lists[thread + 1];
  if (list === undefined) return;
  free = [1, 2, 3, 4, 5, 6].map((slot) => (list + slot * 4) as Addr);
  handles.resetHandles([0 as Addr, 0 as Addr]); // they stand for slots that need no memory
  heap.swapCaches(structuredClone(caches[thread + 1]));
}

/** Empties everything that an earlier model left. */
function clear(threads: number): void {
  resetIsolates(threads);
  for (let page = 0; page < HEAP_PAGES; page++) word.store(layout.pageWordAt(layout.FIRST_PAGE + page), 0);
  const { PAGES_HIGH, PAGES_CLAIMED, COLLECTOR, COLLECT_AT, COLLECT_DUE, ATOMS, REFERRING } = HEADER;
  for (const at of [PAGES_HIGH, PAGES_CLAIMED, COLLECTOR, COLLECT_AT, COLLECT_DUE, ATOMS, REFERRING])
    word.store(at as Addr, 0);
  for (let isolate = 1; isolate <= threads; isolate++) {
    word.store(field(layout.isolateAt(isolate), ISOLATE.CHANGING), 0);
    word.store(field(layout.isolateAt(isolate), ISOLATE.REFS), 0);
  }
}

/** Pages for each thread, all of the onlooker's, so that no page changes hands. Threads allocate blocks of these sizes. */
function equip(threads: number, sizes: readonly number[]): void {
  lists.length = 0;
  caches = [];
  gate.resetGate();
  for (let thread = ONLOOKER; thread < threads; thread++) {
    become(ONLOOKER);
    const made = [heap.allocateContainer(), ...sizes.map((size) => heap.allocate(size))];
    for (const block of made) heap.free(block);
    caches.push(heap.swapCaches(undefined));
  }
  for (let thread = ONLOOKER; thread < threads; thread++) {
    become(ONLOOKER);
    heap.swapCaches(caches[0]);
    const list = heap.allocate(CHUNK_BYTES);
    for (let at = 0; at < CHUNK_BYTES; at += 4) word.store((list + at) as Addr, 0);
    lists.push(list);
    if (thread >= 0) word.store(field(layout.isolateAt(identOf(thread)), ISOLATE.REFS), list);
  }
}

/** Makes a container that a message refers to. */
function make(value: object): Addr {
  gate.enter();
  open(boxOfPlan(planOf(value, "the value")));
  const root = low() as Addr;
  handles.retain(root);
  word.add(field(root, CONTAINER.LINKS), -1);
  gate.leave();
  return root;
}

/** Numbers of what is put: a reader must see one of them. */
function valueOf(n: number): unknown {
  return n < 10 ? n : n < 20 ? { n } : `text ${n}${n}`;
}
/** The number of what was read; undefined: nothing was there. What is an object is looked into, and let go. */
function numberOf(value: unknown): number | undefined {
  if (value === NOTHING || value === undefined || typeof value === "number") return value as number;
  if (typeof value === "string") {
    assert.match(value, /^text (\d\d)\1$/, "a mix of two texts");
    return Number(value.slice(7));
  }
  const { record, slot } = value as Handle;
  const n = entries.getEntry(record, keys.propertyKey("n", false));
  owned.dropHandle(record, slot);
  assert.equal(typeof n, "number", `the object at ${record} was ${String(n)}`);
  return n as number;
}
function seen(value: unknown): number | undefined {
  const n = value === NOTHING ? undefined : numberOf(value);
  note(`saw ${n}`);
  return n;
}

/** What the threads do to a Map, an object by its keys, or an array. Values from 10 on are objects, from 20 on texts. */
export const deed = {
  set:
    (key: unknown, n: number) =>
    ({ root }: State): void =>
      entries.setEntry(root, () => keys.keyOf(key), planOf(valueOf(n), "it")),
  get:
    (key: unknown) =>
    ({ root }: State): number | undefined =>
      seen(entries.getEntry(root, keys.keyOf(key))),
  delete:
    (key: unknown) =>
    ({ root }: State): boolean =>
      entries.deleteEntry(root, () => keys.keyOf(key)),
  clear: ({ root }: State): void => entries.clearEntries(root),
  push:
    (n: number) =>
    ({ root }: State): unknown =>
      (n < 10 && elements.pushPlain(root, n)) || elements.push(root, [planOf(valueOf(n), "it")]),
  take:
    (last: boolean) =>
    ({ root }: State): number | undefined =>
      seen(elements.take(root, last)),
  at:
    (index: number) =>
    ({ root }: State): number | undefined =>
      seen(elements.getElement(root, index)),
  put:
    (index: number, n: number) =>
    ({ root }: State): unknown =>
      elements.putElement(root, index, planOf(valueOf(n), "it"), undefined),
  splice:
    (start: number, removed: number, n: number) =>
    ({ root }: State): unknown =>
      elements.splice(root, () => [start, removed], [planOf(valueOf(n), "it")], true).map(numberOf),
  collect: (): number => collector.collect(),
};

/** What is in the root, in order: numbers of values. */
export function contents({ root }: State): (number | undefined)[] {
  if (word.load(root) === KIND.SHARED_ARRAY) {
    const found: (number | undefined)[] = [];
    for (let i = 0; i < elements.elementCount(root); i++) found.push(numberOf(elements.getElement(root, i)));
    return found;
  }
  const found: (number | undefined)[] = [];
  const { readLocked } = readers;
  for (let e = entries.entryAfter(root, 0, readLocked); e; e = entries.entryAfter(root, e.next, readLocked))
    found.push(numberOf(e.value));
  return found;
}
const readers = await import("../../src/shared/read.ts");

/** Everything is whole, nobody holds anything, and nothing is left that cannot be reached. */
function assertSound(state: State, outcome: Outcome, written: readonly number[]): void {
  assert.equal(word.load(HEADER.COLLECTOR as Addr), 0, "the gate is closed");
  for (let i = 1; i < word.load(HEADER.ISOLATES_HIGH as Addr); i++)
    assert.equal(word.load(field(layout.isolateAt(i), ISOLATE.CHANGING)), 0, `isolate ${i} is inside`);
  heap.eachContainer((c) => {
    const owner = ownerOf(word.load(field(c, CONTAINER.LOCK)));
    assert.ok(owner === 0 || word.load(c) === KIND.NONE, `LOCK of ${c} is held by ${owner}`);
  });
  for (const text of outcome.notes) {
    const n = text.slice(4);
    assert.ok(n === "undefined" || written.includes(Number(n)), `somebody ${text}`);
  }
  // What nobody was killed in is right at once; else when a collection has been there.
  if (outcome.dead === undefined) walk.walkContainers();
  const { containers } = walk.assertContainersWhole(true);
  const inside = contents(state);
  for (const n of inside) assert.ok(n !== undefined && written.includes(n), `${n} is in it`);
  const objects = inside.filter((n) => n! >= 10 && n! < 20).length;
  assert.equal(containers, 1 + objects, "containers that cannot be reached");
  if (outcome.dead !== undefined) return;
  empty(state);
  assert.equal(heap.heapUse().blocks, state.blocks, "blocks");
}

function empty({ root }: State): void {
  if (word.load(root) === KIND.SHARED_ARRAY) elements.setLength(root, 0);
  else entries.clearEntries(root);
}

export interface Plan {
  /** What the root is at first: values below 10 are numbers, and so on. */
  readonly root: () => object;
  /** Sizes of the blocks that threads allocate, beside containers. */
  readonly sizes: readonly number[];
  readonly threads: Model<State>["threads"];
  /** Values that may be read. */
  readonly written: readonly number[];
  readonly victims?: readonly string[];
  readonly preemptions?: number;
  readonly finish?: (state: State, outcome: Outcome) => void;
}

/** A model of threads at one container. */
export function plan(name: string, p: Plan): Model<State> {
  const count = Object.keys(p.threads).length;
  return {
    name,
    threads: p.threads,
    enter,
    label: ({ root }, addr) => nameOf(root, addr) ?? labelOf(addr),
    quiet: (_, addr) => isQuiet(addr),
    setup: () => {
      clear(count);
      equip(count, p.sizes);
      const root = make(p.root());
      caches[0] = heap.swapCaches(undefined);
      enter(ONLOOKER);
      return { root, blocks: heap.heapUse().blocks - objectsIn(root) };
    },
    ...(p.victims && {
      kill: {
        victims: p.victims,
        recover: (_: State, victim: number) => {
          recovery.recover(identOf(victim), identOf(victim));
          handles.releaseAllOf(identOf(victim));
        },
      },
    }),
    bounds: { timeJumps: 0, preemptions: p.preemptions ?? 1 },
    finish: (state, outcome) => {
      p.finish?.(state, outcome);
      assertSound(state, outcome, p.written);
    },
  };
}

/** Blocks that emptying the root gives back: found by doing it, and taking it back. */
function objectsIn(root: Addr): number {
  const before = heap.heapUse().blocks;
  const copy = Int32Array.from(memory.i32);
  empty({ root, blocks: 0 });
  const freed = before - heap.heapUse().blocks;
  for (let i = 0; i < copy.length; i++) if (memory.i32[i] !== copy[i]) word.store((i * 4) as Addr, copy[i]!);
  enter(ONLOOKER);
  return freed;
}
const memory = await import("../../src/core/memory.ts");

/** Words of the heap that stay as they are: page words, and bitmaps that nobody gets to. */
function isQuiet(addr: number): boolean {
  const page = pages.pageOf(addr as Addr);
  if (page < layout.FIRST_PAGE)
    return addr >= layout.pageWordAt(0) && addr < layout.pageWordAt(layout.FIRST_PAGE + HEAP_PAGES);
  const offset = addr % layout.PAGE_SIZE;
  return page < layout.FIRST_PAGE + HEAP_PAGES && offset >= 68 && offset < 512;
}

function nameOf(root: Addr, addr: number): string | undefined {
  return Object.entries(CONTAINER).find(([, offset]) => addr === root + offset)?.[0];
}
