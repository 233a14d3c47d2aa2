// Bare workers and bare Atomics: what any library in JavaScript pays at least.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { median, percentile } from "./harness.ts";

const PROGRAM: URL = new URL("./peers/bare-worker.js", import.meta.url);

export function startBare(task: string, extra: object = {}): Worker {
  return new Worker(PROGRAM, { workerData: { task, ...extra } });
}

/** From `new Worker` to its exit, in nanoseconds: the median of some. */
export async function workerStartToExit(repetitions: number): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    const startedAt = performance.now();
    await once(startBare("nothing"), "exit");
    samples.push((performance.now() - startedAt) * 1e6);
  }
  return median(samples);
}

/** One uncontended compare-exchange and one store, in nanoseconds. */
export function atomicPair(repetitions: number): number {
  const words = new Int32Array(new SharedArrayBuffer(8));
  let taken = 0;
  const startedAt = performance.now();
  for (let i = 0; i < repetitions; i++) {
    if (Atomics.compareExchange(words, 0, 0, 1) === 0) taken++;
    Atomics.store(words, 0, 0);
  }
  const elapsedMs = performance.now() - startedAt;
  if (taken !== repetitions) throw new Error("Cannot measure the pair: the word was not free");
  return (elapsedMs * 1e6) / repetitions;
}

/** Two bare workers that take turns at the shortest mutex there is, in nanoseconds for each turn. */
export async function atomicContended(repetitions: number): Promise<number> {
  const words = new Int32Array(new SharedArrayBuffer(12));
  const stamps = new Float64Array(new SharedArrayBuffer(32));
  const workers = [0, 1].map(() => startBare("contend", { words, stamps, repetitions }));
  await Promise.all(workers.map((worker) => once(worker, "exit")));
  if (words[2] !== 2 * repetitions) throw new Error("Cannot trust the bare mutex: it lost turns");
  return elapsedOf(stamps) / (2 * repetitions);
}

/** From the first beginning to the last end: each thread stamps its own, one after the other. */
export function elapsedOf(stamps: ArrayLike<number>): number {
  const all = Array.from(stamps);
  return Math.max(...all) - Math.min(...all);
}

/** From just before `Atomics.notify` to the sleeper's next statement, in nanoseconds. */
export async function atomicWake(repetitions: number): Promise<{ p50: number; p99: number }> {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const stamps = new Float64Array(new SharedArrayBuffer(8 * repetitions));
  const worker = startBare("stamp", { words, stamps, repetitions });
  await once(worker, "online");
  const samples: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    while (Atomics.load(words, 1) !== i + 1);
    restUntilAsleep();
    const before = nanoseconds();
    Atomics.store(words, 0, i + 1);
    Atomics.notify(words, 0, 1);
    while (stamps[i] === 0) pause();
    samples.push((stamps[i] ?? 0) - before);
  }
  await once(worker, "exit");
  return { p50: percentile(samples, 0.5), p99: percentile(samples, 0.99) };
}

const nap: Int32Array = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps long enough that a thread which is about to sleep does. */
export function restUntilAsleep(): void {
  Atomics.wait(nap, 0, 0, 1);
}

/** Gives the core to the thread that is awaited. */
export function pause(): void {
  Atomics.wait(nap, 0, 0, 0.05);
}

/** The clock that all threads of a process share, in nanoseconds. */
export function nanoseconds(): number {
  return Number(process.hrtime.bigint());
}
