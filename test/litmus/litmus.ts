/**
 * Litmus tests: two small bodies race on real threads, many times, and every outcome is counted and judged.
 *
 * Outcomes have one of three verdicts. *Accepted*: what a program order of some kind gives. *Interesting*:
 * allowed and surprising, the reason for a rule in docs/memory.md. *Forbidden*: heddle promises that it never
 * happens, on any machine. An outcome without a row in the table is forbidden.
 */
import { AtomicInt, type Lock, sharedArray, spawn, type Thread } from "../../src/api/index.ts";

export type Verdict = "accepted" | "interesting" | "forbidden";

/** Instances of a race in one batch; each has cells of its own. */
export const BATCH = 256;
/** Where instance `i` has its plain words, each on a cache line of its own. */
const LINE = 16;

/** What one batch races on: all zero at its start. */
export interface Cells {
  /** Words `xAt(i)` and `yAt(i)` belong to instance `i`. */
  readonly plain: Int32Array;
  readonly float: Float64Array;
  readonly x: readonly AtomicInt[];
  readonly y: readonly AtomicInt[];
  readonly lock: Lock;
}
export function xAt(i: number): number {
  return i * 2 * LINE;
}
export function yAt(i: number): number {
  return (i * 2 + 1) * LINE;
}

/** One side of the race, on instance `i`; returns what it saw. Runs in a thread of its own. */
export type Side = (cells: Cells, i: number) => number;

export interface Litmus {
  readonly name: string;
  readonly left: Side;
  readonly right: Side;
  /** Looks at the cells when both are done; its answer is the third number of an outcome. */
  readonly after?: Side;
  /** By what left, right and after returned: `"0 1"` or `"0 1 2"`. */
  readonly outcomes: Readonly<Record<string, Verdict>>;
}

export interface Tally {
  readonly rounds: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly forbidden: readonly string[];
}

/** How long one side waits for the other before each instance, in turns: long enough to meet, no longer. */
const PATIENCE = 300;
const STOP = -1;

/** Races both sides in batches, `rounds` instances in all, or for `atMostMs` where the machine is slow or busy. */
export function race(litmus: Litmus, lock: Lock, rounds: number, atMostMs: number): Tally {
  const { left, right, after } = litmus;
  const atomics = (): AtomicInt[] => Array.from({ length: BATCH }, () => new AtomicInt());
  const cells: Cells = {
    plain: sharedArray(Int32Array, BATCH * 2 * LINE),
    float: sharedArray(Float64Array, BATCH),
    x: atomics(),
    y: atomics(),
    lock,
  };
  /** How many batches were started, and how many instances either side has reached since the first. */
  const started = new AtomicInt();
  const leftAt = new AtomicInt();
  const rightAt = new AtomicInt();
  const sawLeft = sharedArray(Int32Array, BATCH);
  const sawRight = sharedArray(Int32Array, BATCH);

  /** Runs a side over one batch, side by side with the other as far as patience goes. */
  const run = (side: Side, batch: number, mine: AtomicInt, other: AtomicInt, saw: Int32Array): void => {
    const base = (batch - 1) * BATCH;
    let warm = 0;
    for (let i = 0; i < BATCH; i += 1) {
      // Both have the cells in their caches: then a write takes longer than a read after it.
      warm += cells.plain[xAt(i)]! + cells.plain[yAt(i)]!;
      mine.store(base + i);
      for (let turns = 0; turns < PATIENCE && other.load() < base + i; turns += 1);
      saw[i] = side(cells, i);
    }
    if (warm < 0) throw new Error("Cannot be: cells are never negative");
    mine.store(base + BATCH);
  };
  const follow = (): void => {
    for (let batch = 1; ; batch += 1) {
      let now = started.load();
      while (now < batch && now !== STOP) now = started.load();
      if (now === STOP) return;
      run(right, batch, rightAt, leftAt, sawRight);
    }
  };
  /** The left side starts the batches and keeps the tally. */
  const lead = (): [outcome: string, count: number][] => {
    const counts = new Map<string, number>();
    const until = performance.now() + atMostMs;
    try {
      for (let batch = 1; (batch - 1) * BATCH < rounds && performance.now() < until; batch += 1) {
        cells.plain.fill(0);
        cells.float.fill(0);
        for (const cell of [...cells.x, ...cells.y]) cell.store(0);
        started.store(batch);
        run(left, batch, leftAt, rightAt, sawLeft);
        while (rightAt.load() < batch * BATCH);
        for (let i = 0; i < BATCH; i += 1) {
          const outcome = `${sawLeft[i]} ${sawRight[i]}${after === undefined ? "" : ` ${after(cells, i)}`}`;
          counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
        }
      }
    } finally {
      started.store(STOP);
    }
    return [...counts];
  };

  const follower: Thread<[], void> = spawn(follow);
  const counts = new Map(spawn(lead).result());
  follower.join();
  return {
    rounds: [...counts.values()].reduce((sum, count) => sum + count, 0),
    counts,
    forbidden: [...counts.keys()].filter(
      (outcome) => (litmus.outcomes[outcome] ?? "forbidden") === "forbidden",
    ),
  };
}

/** One line an outcome: how often it was seen, and what is thought of it. */
export function table(litmus: Litmus, { rounds, counts }: Tally): string {
  const outcomes = [...new Set([...Object.keys(litmus.outcomes), ...counts.keys()])];
  const rows = outcomes.map((outcome) => {
    const verdict = litmus.outcomes[outcome] ?? "forbidden";
    return `  ${outcome.padEnd(8)} ${String(counts.get(outcome) ?? 0).padStart(8)}  ${verdict}`;
  });
  return [`${litmus.name}: ${rounds} rounds`, ...rows].join("\n");
}
