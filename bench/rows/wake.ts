// How long a sleeper takes to run again after somebody woke it.
import { AtomicInt, Event, Lock, sharedArray, Thread } from "heddle";
import { atomicWake, nanoseconds, pause, restUntilAsleep } from "../bare.ts";
import { awaitCalm } from "../calm.ts";
import { type Effort, median, percentile, type Row } from "../harness.ts";
import type { Peers } from "../peers.ts";

interface Latency {
  readonly p50: number;
  readonly p99: number;
}

function latencyOf(samples: readonly number[]): Latency {
  return { p50: percentile(samples, 0.5), p99: percentile(samples, 0.99) };
}

/** Waits until a thread sleeps, and until it has slept for a while: not merely spun. */
function untilAsleep(thread: Thread<[], void>): void {
  while (thread.state !== "blocked") pause();
  restUntilAsleep();
}

/** From just before `event.set()` to the waiter's next statement. */
function wakeByEvent(repetitions: number): Latency {
  const event = new Event();
  const round = new AtomicInt(0);
  const stamps = sharedArray(Float64Array, repetitions);
  const waiter = new Thread({
    target: () => {
      for (let i = 0; i < repetitions; i++) {
        while (round.load() < i);
        event.wait();
        stamps[i] = Number(process.hrtime.bigint());
      }
    },
  }).start();
  const samples: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    untilAsleep(waiter);
    const before = nanoseconds();
    event.set();
    while (stamps[i] === 0) pause();
    event.clear();
    round.add(1);
    samples.push((stamps[i] ?? 0) - before);
  }
  waiter.join();
  return latencyOf(samples);
}

/** From just before `lock.release()` to the next statement of the thread that waited for the lock. */
function wakeByLock(repetitions: number): Latency {
  const lock = new Lock();
  const round = new AtomicInt(-1);
  const stamps = sharedArray(Float64Array, repetitions);
  const waiter = new Thread({
    target: () => {
      for (let i = 0; i < repetitions; i++) {
        while (round.load() < i);
        lock.acquire();
        stamps[i] = Number(process.hrtime.bigint());
        lock.release();
      }
    },
  }).start();
  const samples: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    lock.acquire();
    round.add(1);
    untilAsleep(waiter);
    const before = nanoseconds();
    lock.release();
    while (stamps[i] === 0) pause();
    samples.push((stamps[i] ?? 0) - before);
  }
  waiter.join();
  return latencyOf(samples);
}

/** From the last statement of a body to the next statement of the thread that joined it. */
function wakeByJoin(repetitions: number): Latency {
  const samples: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    const ended = sharedArray(Float64Array, 1);
    const thread = new Thread({
      target: () => {
        const until = performance.now() + 1;
        while (performance.now() < until);
        ended[0] = Number(process.hrtime.bigint());
      },
    }).start();
    thread.join();
    samples.push(nanoseconds() - (ended[0] ?? 0));
  }
  return latencyOf(samples);
}

export async function wakeRows(effort: Effort, { python, rust }: Peers): Promise<Row[]> {
  const n = effort.times(300);
  const rounds = effort.smoke ? 1 : 5;
  const rows: Row[] = [];
  for (const [what, own, situation] of [
    ["lock", wakeByLock, "from release() to the thread that waited for the lock"],
    ["event", wakeByEvent, "from set() to the thread that waited for the event"],
    ["join", wakeByJoin, "from the end of a body to the thread that joined it"],
  ] as const) {
    const results = new Map<string, Latency[]>();
    const add = (name: string, latency: Latency): void => {
      results.set(name, [...(results.get(name) ?? []), latency]);
    };
    for (let round = 0; round < rounds; round++) {
      await awaitCalm(effort.patienceMs);
      add("heddle", own(n));
      await awaitCalm(effort.patienceMs);
      add("bare Atomics.wait/notify", await atomicWake(n));
      await awaitCalm(effort.patienceMs);
      if (python) add("CPython", python.run(`wake-${what}`, n) as unknown as Latency);
      if (rust) add("Rust", rust.run(`wake-${what}`, n) as unknown as Latency);
    }
    for (const part of ["p50", "p99"] as const) {
      const measures = [...results].map(([name, latencies]) => ({
        name,
        value: median(latencies.map((latency) => latency[part])) / 1000,
      }));
      rows.push({ name: `wake-up from ${what}, ${part}`, situation, unit: "µs", measures, targets: [] });
    }
  }
  return rows;
}
