// Many threads on few cores: who gets the lock how often, and how long the longest wait is.
import assert from "node:assert/strict";
import { AtomicInt, Event, Lock, sleep, spawn } from "../../src/api/index.ts";
import { PATIENCE_MS, results } from "./threads.ts";
import { untilSync } from "./until.ts";

/** How 16 threads shared a lock. */
export interface Shares {
  /** Turns of each thread. */
  readonly turns: readonly number[];
  /** The longest that any of them waited for one turn, in milliseconds. */
  readonly longestMs: number;
}

/** `count` threads take turns on one lock for `ms`; holding it costs `work` steps. */
export function shareLock(count: number, ms: number, work: number): Shares {
  const lock = new Lock({ name: "shared" });
  const inside = new AtomicInt();
  const ready = new AtomicInt();
  const stop = new AtomicInt();
  const threads = Array.from({ length: count }, () =>
    spawn(() => {
      let turns = 0;
      let longestMs = 0;
      for (let first = true; stop.load() === 0; first = false) {
        const asked = performance.now();
        lock.acquire();
        const waited = performance.now() - asked;
        if (waited > longestMs) longestMs = waited;
        if (inside.increment() !== 1) throw new Error("two threads are inside");
        for (let i = 0; i < work; i++) Math.imul(i, i);
        inside.decrement();
        lock.release();
        if (first) ready.increment();
        if (ready.load() === count) turns++; // before, there was no crowd
      }
      return [turns, longestMs] as const;
    }),
  );
  while (ready.load() < count) sleep(1);
  sleep(ms);
  stop.store(1);
  const shares = results(threads);
  return {
    turns: shares.map(([turns]) => turns),
    longestMs: Math.max(...shares.map(([, longest]) => longest)),
  };
}

/** Nobody starves: each had its turns, and no wait was out of all proportion. */
export function assertFair({ turns, longestMs }: Shares, boundMs: number): void {
  const text = `turns ${turns.join(" ")}; longest wait ${longestMs.toFixed(1)} ms`;
  const mean = turns.reduce((sum, n) => sum + n, 0) / turns.length;
  assert.ok(Math.min(...turns) >= mean / 4, `a thread starved: ${text}`);
  assert.ok(longestMs < boundMs, `a thread waited too long: ${text}`);
}

/** `count` threads block on one event at once, in both forms, and are let go at once, `rounds` times. */
export function blockAndRelease(count: number, rounds: number): void {
  const doors = Array.from({ length: rounds }, (_, i) => new Event({ name: `door ${i}` }));
  const threads = Array.from({ length: count }, (_, index) =>
    index % 4 === 3
      ? spawn(async () => {
          let opened = 0;
          for (const door of doors) if (await door.waitAsync(60_000)) opened++;
          return opened;
        })
      : spawn(() => doors.filter((door) => door.wait(60_000)).length),
  );
  for (const door of doors) {
    untilSync(() => door.statistics().waiting === count, {
      what: `${count} at the door`,
      deadlineMs: 60_000,
    });
    door.set();
  }
  for (const thread of threads) assert.ok(thread.join(PATIENCE_MS), `${thread.name} was not let go`);
  assert.deepEqual(results(threads), Array(count).fill(rounds));
}
