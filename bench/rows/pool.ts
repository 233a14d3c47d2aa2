// Pools: many tiny tasks at once, one at a time, a map in chunks, and more workers than cores.
import { availableParallelism } from "node:os";
import { ThreadPoolExecutor } from "heddle";
import { Piscina } from "piscina";
import {
  compete,
  type Contestant,
  type Effort,
  percentile,
  type Row,
  type Target,
  timesFaster,
} from "../harness.ts";
import { asked, type Peers } from "../peers.ts";

const WORKERS = 2;
const increment = (n: number): number => n + 1;

/** Submits so many tiny tasks and awaits them all; nanoseconds for each. */
async function burst(submit: (n: number) => PromiseLike<number>, count: number): Promise<number> {
  const startedAt = performance.now();
  const pending: PromiseLike<number>[] = [];
  for (let i = 0; i < count; i++) pending.push(submit(i));
  const results = await Promise.all(pending);
  if (results[count - 1] !== count) throw new Error("Cannot trust the pool: a result is wrong");
  return ((performance.now() - startedAt) * 1e6) / count;
}

/** The median of one task at a time, in nanoseconds. */
async function singly(once: (n: number) => number | PromiseLike<number>, count: number): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    const startedAt = performance.now();
    const result = once(i);
    if (typeof result !== "number") await result;
    samples.push((performance.now() - startedAt) * 1e6);
  }
  return percentile(samples, 0.5);
}

export async function poolRows(effort: Effort, peers: Peers): Promise<Row[]> {
  const pool = new ThreadPoolExecutor({ maxWorkers: WORKERS });
  const piscina = new Piscina({
    filename: new URL("../peers/piscina-task.js", import.meta.url).href,
    minThreads: WORKERS,
    maxThreads: WORKERS,
  });
  try {
    for (let i = 0; i < 100; i++) await Promise.all([pool.submit(increment, i), piscina.run(i)]);
    const own = (n: number): PromiseLike<number> => pool.submit(increment, n);
    const peer = (n: number): PromiseLike<number> => piscina.run(n) as Promise<number>;
    return [
      await burstRow(effort, own, peer, peers),
      ...(await singleRows(effort, pool, own, peer, peers)),
      await crowdRow(effort, own),
      ...(await mapRows(effort, pool)),
    ];
  } finally {
    pool.shutdown();
    await piscina.destroy();
  }
}

type Submit = (n: number) => PromiseLike<number>;

async function burstRow(
  effort: Effort,
  own: Submit,
  peer: Submit,
  { python, multithreading }: Peers,
): Promise<Row> {
  const n = effort.times(100_000);
  const contestants: Contestant[] = [
    { name: "heddle", run: () => burst(own, n) },
    { name: "piscina", run: () => burst(peer, n) },
    ...asked(multithreading, "pool-burst", Math.ceil(n / 5)), // with all of them it does not end in a minute
    ...asked(python, "pool-burst", n),
  ];
  const measures = await compete(contestants, effort.rounds, effort.patienceMs);
  const targets = [
    ...timesFaster(12, "piscina", measures, "at least 12 times piscina's throughput"),
    ...timesFaster(5, "multithreading", measures, "at least 5 times multithreading's"),
    ...timesFaster(6, "CPython", measures, "at least 6 times CPython's"),
  ];
  const situation = "submitted and awaited, two workers; time for each task";
  return { name: "pool, 100,000 tiny tasks", situation, unit: "ns", measures, targets };
}

async function singleRows(
  effort: Effort,
  pool: ThreadPoolExecutor,
  own: Submit,
  peer: Submit,
  { python }: Peers,
): Promise<Row[]> {
  const n = effort.times(5000);
  const piscina = { name: "piscina", run: () => singly(peer, n) };
  const blocking: Contestant[] = [
    { name: "heddle", run: () => singly((i) => pool.submit(increment, i).result(), n) },
    piscina,
    ...asked(python, "pool-single", n, "p50"),
  ];
  const awaited: Contestant[] = [{ name: "heddle", run: () => singly(own, n) }, piscina];
  const rows: Row[] = [];
  for (const [how, contestants] of [
    ["blocking", blocking],
    ["awaited", awaited],
  ] as const) {
    const measures = await compete(contestants, effort.rounds, effort.patienceMs);
    rows.push({
      name: `pool, one task at a time, ${how}`,
      situation: "submit to result, the median",
      unit: "ns",
      measures,
      targets: timesFaster(2, "piscina", measures, "at least twice as fast as piscina"),
    });
  }
  return rows;
}

/** More workers than cores must not be in each other's way. */
async function crowdRow(effort: Effort, own: Submit): Promise<Row> {
  const n = effort.times(100_000);
  const crowd = new ThreadPoolExecutor({ maxWorkers: 64 });
  await burst((i) => crowd.submit(increment, i), n);
  const measures = await compete(
    [
      { name: "64 workers", run: () => burst((i) => crowd.submit(increment, i), n) },
      { name: "2 workers", run: () => burst(own, n) },
    ],
    effort.rounds,
    effort.patienceMs,
  );
  crowd.shutdown();
  const targets = timesFaster(0.5, "2 workers", measures, "not below half of the throughput of 2 workers");
  return { name: "pool, 64 workers", situation: "100,000 tiny tasks", unit: "ns", measures, targets };
}

/** About 1 µs of arithmetic. */
function work(n: number): number {
  let x = n;
  for (let i = 0; i < 350; i++) x = (x * 1.000001 + i) % 1000;
  return x;
}
const nothing = (n: number): number => n;

function plain(fn: (n: number) => number, items: readonly number[]): number {
  const startedAt = performance.now();
  let sum = 0;
  for (const item of items) sum += fn(item);
  if (Number.isNaN(sum)) throw new Error("Cannot trust the loop");
  return performance.now() - startedAt;
}

function mapped(pool: ThreadPoolExecutor, fn: (n: number) => number, items: readonly number[]): number {
  const startedAt = performance.now();
  let sum = 0;
  for (const value of pool.map(fn, items, { chunksize: 20_000 })) sum += value;
  if (Number.isNaN(sum)) throw new Error("Cannot trust the map");
  return performance.now() - startedAt;
}

async function mapRows(effort: Effort, pool: ThreadPoolExecutor): Promise<Row[]> {
  const items = Array.from({ length: effort.times(10_000_000) }, (_, i) => i % 1000);
  const rounds = effort.smoke ? 1 : 3;
  const measures = await compete(
    [
      { name: "map", run: () => mapped(pool, work, items) },
      { name: "a plain loop", run: () => plain(work, items) },
    ],
    rounds,
    effort.patienceMs,
  );
  const observed = (measures[1]?.value ?? Number.NaN) / (measures[0]?.value ?? Number.NaN);
  const targets: Target[] =
    availableParallelism() === 2
      ? [{ text: "speed-up at least 1.85 on 2 cores", observed, limit: 1.85, passed: observed >= 1.85 }]
      : [];
  const empty = await compete(
    [{ name: "heddle", run: () => (mapped(pool, nothing, items) * 1e6) / items.length }],
    rounds,
    effort.patienceMs,
  );
  const situation = "10 million numbers in chunks of 20,000";
  return [
    { name: "pool.map, 1 µs an item", situation, unit: "ms", measures, targets },
    { name: "pool.map, no work", situation, unit: "ns", measures: empty, targets: [] },
  ];
}
