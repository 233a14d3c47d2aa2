// One lock: alone, and with two threads that want nothing else.
import { AtomicInt, Lock, sharedArray, Thread } from "heddle";
import { atomicContended, atomicPair, elapsedOf } from "../bare.ts";
import { atMost, compete, type Contestant, type Effort, type Row, timesFaster } from "../harness.ts";
import { asked, type Peers } from "../peers.ts";

function uncontended(lock: Lock, repetitions: number): number {
  const startedAt = performance.now();
  for (let i = 0; i < repetitions; i++) {
    lock.acquire();
    lock.release();
  }
  return ((performance.now() - startedAt) * 1e6) / repetitions;
}

function contended(repetitions: number): number {
  const lock = new Lock();
  const count = sharedArray(Float64Array, 1);
  const ready = new AtomicInt(0);
  const stamps = sharedArray(Float64Array, 4);
  const body = (turn: number): void => {
    ready.add(1);
    while (ready.load() < 2);
    stamps[2 * turn] = Number(process.hrtime.bigint());
    for (let i = 0; i < repetitions; i++) {
      lock.acquire();
      count[0] = (count[0] as number) + 1;
      lock.release();
    }
    stamps[2 * turn + 1] = Number(process.hrtime.bigint());
  };
  const threads = [0, 1].map((turn) => new Thread({ target: body, args: [turn] }).start());
  for (const thread of threads) thread.join();
  if (count[0] !== 2 * repetitions)
    throw new Error(`Cannot trust the lock: ${count[0]} of ${2 * repetitions}`);
  return elapsedOf(stamps) / (2 * repetitions);
}

export async function lockRows(effort: Effort, peers: Peers): Promise<Row[]> {
  return [await uncontendedRow(effort, peers), await contendedRow(effort, peers)];
}

/** A lock that nobody else wants: what a careful program pays all the time. */
async function uncontendedRow(effort: Effort, { python, rust }: Peers): Promise<Row> {
  const n = effort.times(2_000_000);
  const lock = new Lock();
  uncontended(lock, 100_000);
  atomicPair(100_000);
  const contestants: Contestant[] = [
    { name: "heddle", run: () => uncontended(lock, n) },
    { name: "bare compare-exchange + store", run: () => atomicPair(n) },
    ...asked(python, "lock", n),
    ...asked(rust, "lock", n),
  ];
  const measures = await compete(contestants, effort.rounds, effort.patienceMs);
  const targets = atMost(2, "bare compare-exchange + store", measures, "at most 2 times the bare pair");
  return {
    name: "lock + unlock, uncontended",
    situation: "nobody else wants the lock",
    unit: "ns",
    measures,
    targets,
  };
}

/** Two threads that do nothing but take turns at one lock: the worst that a program can do to it. */
async function contendedRow(effort: Effort, { python, rust, multithreading }: Peers): Promise<Row> {
  const n = effort.times(1_000_000);
  contended(effort.times(100_000));
  const contestants: Contestant[] = [
    { name: "heddle", run: () => contended(n) },
    { name: "the shortest mutex in bare Atomics", run: () => atomicContended(n) },
    ...asked(python, "contended", n),
    ...asked(rust, "contended", n),
    ...asked(multithreading, "contended", Math.ceil(n / 20)),
  ];
  const measures = await compete(contestants, effort.rounds, effort.patienceMs);
  const targets = [
    ...timesFaster(5, "CPython", measures, "at least 5 times faster than CPython"),
    ...timesFaster(50, "multithreading", measures, "at least 50 times faster than multithreading"),
    ...atMost(3, "Rust", measures, "at most 3 times Rust's Mutex"),
  ];
  const situation = "two threads, an addition under the lock, nothing else; time for each turn";
  return { name: "one lock, two threads", situation, unit: "ns", measures, targets };
}
