// What threads wait with beside the plain lock: alone, handing turns to each other, meeting, and in a crowd.
import { Barrier, Condition, Lock, RLock, Semaphore, sharedArray, sleep, spawn } from "heddle";
import { compete, type Contestant, type Effort, percentile, type Row, timesFaster } from "../harness.ts";
import { asked, type Peers } from "../peers.ts";

interface Pair {
  acquire(): boolean;
  release(): void;
}

/** One acquire and one release that nobody disturbs, in nanoseconds. */
function alone(lock: Pair, repetitions: number): number {
  const startedAt = performance.now();
  for (let i = 0; i < repetitions; i++) {
    lock.acquire();
    lock.release();
  }
  return ((performance.now() - startedAt) * 1e6) / repetitions;
}

/** As {@link alone}, at depth 2. */
function nested(lock: RLock, repetitions: number): number {
  lock.acquire();
  const ns = alone(lock, repetitions);
  lock.release();
  return ns;
}

/** Runs a body in `count` threads; nanoseconds from the first start to the last end, for each of `turns`. */
function together(count: number, turns: number, body: (index: number) => void): number {
  const meeting = new Barrier(count);
  const stamps = sharedArray(Float64Array, 2 * count);
  const threads = Array.from({ length: count }, (_, index) =>
    spawn(() => {
      meeting.wait();
      stamps[2 * index] = Number(process.hrtime.bigint());
      body(index);
      stamps[2 * index + 1] = Number(process.hrtime.bigint());
    }),
  );
  for (const thread of threads) thread.result();
  return (Math.max(...stamps) - Math.min(...stamps)) / turns;
}

/** Two threads that take turns, each waiting for the other's notify. */
function conditionTurns(repetitions: number): number {
  const changed = new Condition(new Lock());
  const turn = sharedArray(Int32Array, 1);
  return together(2, 2 * repetitions, (index) => {
    for (let i = 0; i < repetitions; i++) {
      changed.acquire();
      while (turn[0] !== index) changed.wait();
      turn[0] = 1 - index;
      changed.notify();
      changed.release();
    }
  });
}

/** Two threads that hand one permit to and fro. */
function semaphoreTurns(repetitions: number): number {
  const permits = [new Semaphore(1), new Semaphore(0)] as const;
  return together(2, 2 * repetitions, (index) => {
    for (let i = 0; i < repetitions; i++) {
      permits[index === 0 ? 0 : 1].acquire();
      permits[index === 0 ? 1 : 0].release();
    }
  });
}

function barrierTurns(count: number, repetitions: number): number {
  const barrier = new Barrier(count);
  return together(count, repetitions, () => {
    for (let i = 0; i < repetitions; i++) barrier.wait();
  });
}

/** Go's test: one thread holds the lock for 100 µs, again and again; milliseconds that another needs for 10 turns. */
function hog(): number {
  const lock = new Lock();
  const stop = sharedArray(Int32Array, 1);
  const greedy = spawn(() => {
    while (Atomics.load(stop, 0) === 0) {
      lock.acquire();
      for (const end = performance.now() + 0.1; performance.now() < end; );
      lock.release();
    }
  });
  const modest = spawn(() => {
    const startedAt = performance.now();
    for (let i = 0; i < 10; i++) {
      sleep(0.1);
      lock.acquire();
      lock.release();
    }
    return performance.now() - startedAt;
  });
  const ms = modest.result();
  Atomics.store(stop, 0, 1);
  greedy.result();
  return ms;
}

/** 16 threads on one lock: most to least turns, and the wait that one in a thousand exceeds, in milliseconds. */
function crowd(ms: number): { spread: number; p999: number } {
  const lock = new Lock();
  const meeting = new Barrier(17);
  const stop = sharedArray(Int32Array, 1);
  const threads = Array.from({ length: 16 }, () =>
    spawn(() => {
      const waits: number[] = [];
      let turns = 0;
      meeting.wait();
      for (; Atomics.load(stop, 0) === 0; turns++) {
        const asked = performance.now();
        lock.acquire();
        const waited = performance.now() - asked;
        for (let i = 0; i < 2000; i++) Math.imul(i, i);
        lock.release();
        // Of the short waits a sample is enough; each is a thousand turns' worth then.
        if (waited > 0.5 || turns % 100 === 0) waits.push(waited);
      }
      return [turns, waits] as const;
    }),
  );
  meeting.wait();
  sleep(ms);
  Atomics.store(stop, 0, 1);
  const results = threads.map((thread) => thread.result());
  const turns = results.map(([count]) => count);
  const all = turns.reduce((sum, count) => sum + count, 0);
  const long = results
    .flatMap(([, waits]) => waits)
    .sort((a, b) => b - a)
    .at(Math.floor(all / 1000));
  return { spread: Math.max(...turns) / Math.min(...turns), p999: long ?? 0 };
}

interface Versus {
  readonly name: string;
  readonly situation: string;
  readonly task: string;
  readonly repetitions: number;
  readonly own: (repetitions: number) => number;
}

const VERSUS: readonly Versus[] = [
  {
    name: "RLock, uncontended",
    situation: "acquire + release, nobody else wants it",
    task: "rlock",
    repetitions: 1_000_000,
    own: (n) => alone(new RLock(), n),
  },
  {
    name: "RLock, nested",
    situation: "acquire + release by its holder",
    task: "rlock-nested",
    repetitions: 1_000_000,
    own: (n) => nested(new RLock(), n),
  },
  {
    name: "Semaphore, uncontended",
    situation: "acquire + release of a free permit",
    task: "semaphore",
    repetitions: 1_000_000,
    own: (n) => alone(new Semaphore(4), n),
  },
  {
    name: "Semaphore ping-pong",
    situation: "two threads hand one permit to and fro; time for each turn",
    task: "semaphore-turns",
    repetitions: 5000,
    own: semaphoreTurns,
  },
  {
    name: "Condition ping-pong",
    situation: "two threads take turns under one lock; time for each turn",
    task: "condition-turns",
    repetitions: 5000,
    own: conditionTurns,
  },
  {
    name: "Barrier, 2 threads",
    situation: "time for each meeting",
    task: "barrier-2",
    repetitions: 5000,
    own: (n) => barrierTurns(2, n),
  },
  {
    name: "Barrier, 8 threads",
    situation: "time for each meeting, four times as many threads as cores",
    task: "barrier-8",
    repetitions: 1000,
    own: (n) => barrierTurns(8, n),
  },
];

export async function syncRows(effort: Effort, { python }: Peers): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, situation, task, repetitions, own } of VERSUS) {
    const n = effort.times(repetitions);
    own(Math.ceil(n / 10));
    const contestants: Contestant[] = [{ name: "heddle", run: () => own(n) }, ...asked(python, task, n)];
    const measures = await compete(contestants, effort.rounds, effort.patienceMs);
    const targets = timesFaster(1, "CPython", measures, "faster than CPython");
    rows.push({ name, situation, unit: "ns", measures, targets });
  }
  return [...rows, await checkRow(effort), await hogRow(effort), ...crowdRows(effort)];
}

/** An owner-checked lock finds deadlocks, one without an owner cannot: the difference is what that costs. */
async function checkRow(effort: Effort): Promise<Row> {
  const n = effort.times(1_000_000);
  const [checked, unchecked] = [new Lock(), new Lock({ ownerChecked: false })];
  for (const lock of [checked, unchecked]) alone(lock, 100_000);
  const measures = await compete(
    [
      { name: "heddle", run: () => alone(checked, n) },
      { name: "heddle, { ownerChecked: false }", run: () => alone(unchecked, n) },
    ],
    effort.rounds,
    effort.patienceMs,
  );
  const observed = (measures[0]?.value ?? Number.NaN) / (measures[1]?.value ?? Number.NaN);
  const text = "at most 5 % more than a lock without owner";
  return {
    name: "cost of the deadlock check",
    situation: "acquire + release of a lock that nobody else wants",
    unit: "ns",
    measures,
    targets: [{ text, observed, limit: 1.05, passed: observed <= 1.05 }],
  };
}

async function hogRow(effort: Effort): Promise<Row> {
  const measures = await compete(
    [{ name: "heddle", run: () => hog() }],
    effort.smoke ? 1 : 15,
    effort.patienceMs,
  );
  const observed = measures[0]?.value ?? Number.NaN;
  return {
    name: "one greedy thread",
    situation: "it holds the lock for 100 µs, again and again; another needs 10 turns (Go's test)",
    unit: "ms",
    measures,
    targets: [{ text: "10 turns within 100 ms", observed, limit: 100, passed: observed <= 100 }],
  };
}

function crowdRows(effort: Effort): Row[] {
  const runs = Array.from({ length: effort.smoke ? 1 : 3 }, () => crowd(effort.times(10_000)));
  const [spread, p999] = [
    percentile(
      runs.map((run) => run.spread),
      0.5,
    ),
    percentile(
      runs.map((run) => run.p999),
      0.5,
    ),
  ];
  const situation = "16 threads on one lock, each holds it for some µs";
  return [
    {
      name: "a crowd's turns",
      situation,
      unit: "times",
      measures: [{ name: "heddle, most to least", value: spread }],
      targets: [{ text: "most to least at most 2", observed: spread, limit: 2, passed: spread <= 2 }],
    },
    {
      name: "a crowd's waits, p99.9",
      situation,
      unit: "ms",
      measures: [{ name: "heddle", value: p999 }],
      targets: [{ text: "at most 20 ms", observed: p999, limit: 20, passed: p999 <= 20 }],
    },
  ];
}
