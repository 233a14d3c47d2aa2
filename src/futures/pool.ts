/** A pool's record, as every thread that has to do with it sees it: made, fed, broken, shut down and freed. */
import {
  CREW_STATE,
  crewStateOf,
  eachWorker,
  newCrew,
  rally,
  ringWorker,
  setPool,
  SHUT,
  unpark,
  workerAt,
} from "../core/crew.ts";
import { POOL, WORKER } from "../core/future-layout.ts";
import { allocateRecord, free, freeRecord } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { field, THREAD } from "../core/layout.ts";
import { kickAll } from "../core/line.ts";
import { FLAG } from "../core/registry.ts";
import { readText, writeText } from "../core/text.ts";
import { freeLine, newLine } from "../core/work.ts";
import { type Addr, add, and, exchange, load, store } from "../core/word.ts";
import { addressOf, release, retain } from "../value/handle.ts";
import { discard } from "../value/message.ts";
import { Thread } from "../thread/thread.ts";

/** What a pool is made with. */
export interface PoolShape {
  readonly name: string;
  readonly size: number;
  readonly runs: number;
  readonly options: number;
  /** Message: initializer and its arguments; 0: none. */
  readonly init: Addr;
}

/** Makes a pool with one reference. */
export function newPool({ name, size, runs, options, init }: PoolShape): Addr {
  const pool = allocateRecord();
  for (let offset = 4; offset < 64; offset += 4) store(field(pool, offset), 0);
  store(field(pool, POOL.REFS), 1);
  store(field(pool, POOL.NAME), writeText(name));
  store(field(pool, POOL.LINE), newLine());
  store(field(pool, POOL.SIZE), size);
  store(field(pool, POOL.RUNS), runs);
  store(field(pool, POOL.CREW), newCrew(size, runs));
  store(field(pool, POOL.INIT), init);
  store(field(pool, POOL.OPTIONS), options);
  store(field(pool, POOL.SLACK), 1);
  store(field(pool, POOL.KIND), KIND.POOL);
  return pool;
}

/** Gives a reference back; after the last, its executor is gone and nobody works for it. */
export function releasePool(pool: Addr): void {
  if (add(field(pool, POOL.REFS), -1) !== 1) return;
  const line = load(field(pool, POOL.LINE)) as Addr;
  const blocks = [POOL.NAME, POOL.CREW].map((offset) => load(field(pool, offset)) as Addr);
  const messages = [POOL.INIT, POOL.BREAK].map((offset) => load(field(pool, offset)) as Addr);
  freeRecord(pool);
  freeLine(line);
  for (const block of blocks) free(block);
  for (const message of messages) if (message !== 0) discard(message);
}

export function lineOf(pool: Addr): Addr {
  return load(field(pool, POOL.LINE)) as Addr;
}
export function poolName(pool: Addr): string {
  return readText(load(field(pool, POOL.NAME)) as Addr);
}
export function poolState(pool: Addr): number {
  return load(field(pool, POOL.STATE));
}

/** The body of a worker's thread; worker.ts sets it, which needs this file. */
export const body: { work: (pool: Addr, index: number) => Promise<void> } = { work: async () => {} };

/** There is a task in the line: sees to it that a worker comes. */
export function summon(pool: Addr): void {
  const index = rally(pool, rouseWorker);
  if (index >= 0) startWorker(pool, index);
}

/** A worker that was made SEARCHING is to look: it keeps the process alive again. */
function rouseWorker(worker: Addr): void {
  const thread = load(field(worker, WORKER.THREAD)) as Addr;
  const pool = load(field(worker, WORKER.POOL)) as Addr;
  if (thread !== 0 && !isDaemonic(pool)) and(field(thread, THREAD.FLAGS), ~FLAG.DAEMON);
  ringWorker(worker);
}

export function isDaemonic(pool: Addr): boolean {
  return (load(field(pool, POOL.OPTIONS)) & 1) !== 0;
}

/** Starts the thread of a STARTING worker. */
function startWorker(pool: Addr, index: number): void {
  const worker = workerAt(pool, index);
  try {
    store(field(worker, WORKER.POOL), pool);
    const thread = new Thread({
      target: body.work,
      args: [pool, index],
      name: `${poolName(pool)}_${index}`,
      daemon: isDaemonic(pool),
    });
    const record = addressOf(thread) as Addr;
    retain(record);
    store(field(worker, WORKER.THREAD), record);
    add(field(pool, POOL.REFS), 1);
    try {
      thread.start();
    } catch (error) {
      releasePool(pool);
      throw error;
    }
  } catch (error) {
    vacate(pool, worker);
    throw error;
  }
}

/** The worker has ended, or was never started: its place is free. */
export function vacate(pool: Addr, worker: Addr): void {
  const thread = exchange(field(worker, WORKER.THREAD), 0) as Addr;
  store(field(worker, WORKER.IDENT), 0);
  store(field(worker, WORKER.STATE), CREW_STATE.FREE);
  store(field(pool, POOL.SLACK), 1);
  if (thread !== 0) release(thread);
  kickAll(field(pool, POOL.STATE));
}

/** Sets a bit of STATE, and has every worker look at it. */
export function tellWorkers(pool: Addr, bit: number): void {
  setPool(pool, bit);
  eachWorker(pool, (worker) => {
    if (unpark(worker)) rouseWorker(worker);
  });
}

/** Accepts nothing more. */
export function shut(pool: Addr): void {
  tellWorkers(pool, SHUT);
}

/** The threads of the workers that have not ended. */
export function workerThreads(pool: Addr): Addr[] {
  const threads: Addr[] = [];
  eachWorker(pool, (worker) => {
    const thread = load(field(worker, WORKER.THREAD)) as Addr;
    if (crewStateOf(load(worker)) !== CREW_STATE.FREE && thread !== 0) threads.push(thread);
  });
  return threads;
}
