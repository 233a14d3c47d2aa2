// Shared objects, maps and arrays: each operation, what a new object costs with its end, and how cost grows.
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { collect, shared, update } from "heddle";
import { compete, type Contestant, type Effort, type Row, type Target, timesFaster } from "../harness.ts";
import { asked, type Peers } from "../peers.ts";

/** Nanoseconds for each of `n` steps. */
function each(n: number, steps: () => void): number {
  const startedAt = performance.now();
  steps();
  return ((performance.now() - startedAt) * 1e6) / n;
}

const state = shared({ count: 1, name: "state" });
const words = shared(new Map<string, number>());
const list = shared<number[]>([]);
const texts = shared<string[]>([]);
const KEYS = Array.from({ length: 1000 }, (_, i) => `key${i}`);

/** Keeps what was read from being no use. */
let sink = 0;

function readProperty(n: number): number {
  return each(n, () => {
    for (let i = 0; i < n; i++) sink += state.count;
  });
}
function writeProperty(n: number): number {
  return each(n, () => {
    for (let i = 0; i < n; i++) state.count = i;
  });
}
function addToProperty(n: number): number {
  return each(n, () => {
    for (let i = 0; i < n; i++) state.count += 1;
  });
}
function updateProperty(n: number): number {
  const more = (count: number): number => count + 1;
  return each(n, () => {
    for (let i = 0; i < n; i++) update(state, "count", more);
  });
}
function readMap(n: number): number {
  return each(n, () => {
    for (let i = 0; i < n; i++) sink += words.get(KEYS[i % 1000] as string) as number;
  });
}
function pushAndPop(n: number): number {
  return each(2 * n, () => {
    for (let i = 0; i < n; i++) {
      list.push(i);
      sink += list.pop() as number;
    }
  });
}
function pushAndPopTexts(n: number): number {
  return each(2 * n, () => {
    for (let i = 0; i < n; i++) {
      texts.push(KEYS[i % 1000] as string);
      sink += (texts.pop() as string).length;
    }
  });
}

const holder = shared<{ item: object | null }>({ item: null });

/** An object that is put into another, in place of the one before, which is reclaimed. */
function putAndReplace(n: number): number {
  return each(n, () => {
    for (let i = 0; i < n; i++) holder.item = { id: i, next: null };
  });
}

/** An object that a thread makes, reads once, and drops. The garbage collector finds it. */
function makeAndDrop(n: number): number {
  return each(n, () => {
    for (let i = 0; i < n; i++) sink += shared({ id: i, next: null }).id;
    collect();
  });
}

function received(port: MessagePort): unknown {
  const got = receiveMessageOnPort(port);
  if (got === undefined) throw new Error("Cannot trust the port: a message is missing");
  return got.message;
}

/** What threads without shared memory do instead: a copy there, by message. */
function copyByMessage(n: number): number {
  const { port1, port2 } = new MessageChannel();
  const plain = { count: 1, name: "state" };
  const ns = each(n, () => {
    for (let i = 0; i < n; i++) {
      port1.postMessage(plain);
      sink += (received(port2) as typeof plain).count;
    }
  });
  port1.close();
  return ns;
}

interface Growth {
  readonly name: string;
  readonly sizes: readonly number[];
  /** Nanoseconds for each entry that is added, and for each that is read. */
  readonly run: (entries: number) => { add: number; read: number };
}

/** A step from entry to entry that visits them all over, not in their order. */
const STRIDE = 7919;
const MOST_READS = 1_000_000;

function growMap(entries: number): { add: number; read: number } {
  const map = shared(new Map<number, number>());
  const add = each(entries, () => {
    for (let i = 0; i < entries; i++) map.set(i, i);
  });
  const reads = Math.min(entries, MOST_READS);
  const read = each(reads, () => {
    for (let i = 0, at = 0; i < reads; i++, at = (at + STRIDE) % entries) sink += map.get(at) as number;
  });
  map.clear();
  return { add, read };
}

function growArray(entries: number): { add: number; read: number } {
  const array = shared<number[]>([]);
  const add = each(entries, () => {
    for (let i = 0; i < entries; i++) array.push(i);
  });
  const reads = Math.min(entries, MOST_READS);
  const read = each(reads, () => {
    for (let i = 0, at = 0; i < reads; i++, at = (at + STRIDE) % entries) sink += array[at] as number;
  });
  array.length = 0;
  return { add, read };
}

const GROWTHS: readonly Growth[] = [
  { name: "Map", sizes: [1e3, 1e4, 1e5, 1e6, 1e7], run: growMap },
  { name: "array", sizes: [1e3, 1e4, 1e5, 1e6, 1e7], run: growArray },
];

interface Operation {
  readonly name: string;
  readonly own: (n: number) => number;
  /** Nanoseconds, at most; absent: no promise. */
  readonly most?: number;
  /** The task of that name in CPython, by two threads, and in `multithreading`. */
  readonly python?: string;
  readonly json?: string;
}

const OPERATIONS: readonly Operation[] = [
  { name: "property, read", own: readProperty, most: 30, python: "shared-read", json: "json-reads" },
  { name: "property, write", own: writeProperty, most: 60, python: "shared-write" },
  { name: "property, += 1", own: addToProperty, json: "json-updates" },
  { name: "property, update()", own: updateProperty },
  { name: "Map, get by a short string", own: readMap, most: 150, python: "shared-map" },
  { name: "array, push or pop of a number", own: pushAndPop, most: 200, python: "shared-push" },
  { name: "array, push or pop of a short string", own: pushAndPopTexts, most: 200 },
  { name: "an object, put in and reclaimed", own: putAndReplace, most: 1000 },
];
/** Measured last: what it drops takes up half of the heap until the event loop turns. */
const DROPPED: readonly Operation[] = [{ name: "an object of shared(), made and dropped", own: makeAndDrop }];

function within(most: number | undefined, observed: number): Target[] {
  if (most === undefined) return [];
  return [{ text: `at most ${most} ns`, observed, limit: most, passed: observed <= most }];
}

export async function sharedRows(effort: Effort, peers: Peers): Promise<Row[]> {
  for (const [i, key] of KEYS.entries()) words.set(key, i);
  const rows = await operationRows(OPERATIONS, effort, peers);
  return [...rows, ...growthRows(effort), ...(await operationRows(DROPPED, effort, peers))];
}

async function operationRows(
  operations: readonly Operation[],
  effort: Effort,
  { python, multithreading }: Peers,
): Promise<Row[]> {
  const rows: Row[] = [];
  const n = effort.times(1_000_000);
  for (const { name, own, most, python: task, json } of operations) {
    own(Math.ceil(n / 10));
    const contestants: Contestant[] = [
      { name: "heddle", run: () => own(n) },
      ...(task ? asked(python, task, n, "ns", "CPython, two threads") : []),
      ...(json ? asked(multithreading, json, n, "ns", "SharedJsonBuffer") : []),
      ...(json ? [{ name: "a copy by postMessage", run: () => copyByMessage(Math.ceil(n / 20)) }] : []),
    ];
    const measures = await compete(contestants, effort.rounds, effort.patienceMs);
    const targets = [
      ...within(most, measures[0]?.value ?? Number.NaN),
      ...timesFaster(10, "SharedJsonBuffer", measures, "at least 10 times faster than SharedJsonBuffer"),
    ];
    rows.push({ name: `shared: ${name}`, situation: "one thread at work", unit: "ns", measures, targets });
  }
  return rows;
}

function growthRows(effort: Effort): Row[] {
  return GROWTHS.flatMap(({ name, sizes, run }) => {
    run(1000);
    const results = sizes
      .filter((size) => !effort.smoke || size <= 1e5)
      .map((size) => ({ size, ...run(size) }));
    collect();
    return (["add", "read"] as const).map((key) => ({
      name: `shared ${name} as it grows: ${key}`,
      situation: "numbers; time for each entry",
      unit: "ns" as const,
      measures: results.map((result) => ({
        name: `${result.size.toLocaleString("en")} entries`,
        value: result[key],
      })),
      targets: [],
    }));
  });
}
