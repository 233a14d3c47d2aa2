// Measuring what crosses threads: contestants take turns within a round, so that a slow moment of the machine
// meets all of them, and the median over the rounds counts.

import { awaitCalm } from "./calm.ts";

/** What one contestant needed. */
export interface Measure {
  readonly name: string;
  readonly value: number;
}

/** A promise about a row: heddle's figure against another one. */
export interface Target {
  readonly text: string;
  /** heddle's figure divided by the other one, or the figure itself. */
  readonly observed: number;
  readonly limit: number;
  readonly passed: boolean;
}

export type Unit = "ns" | "µs" | "ms" | "MiB" | "times";

export interface Row {
  readonly name: string;
  /** The situation that the row stands for. */
  readonly situation: string;
  readonly unit: Unit;
  /** heddle's comes first; the others are shown as a ratio to it. */
  readonly measures: readonly Measure[];
  readonly targets: readonly Target[];
}

/** How thorough a run is. */
export interface Effort {
  readonly smoke: boolean;
  readonly rounds: number;
  /** How long a measurement may wait for a calm machine. */
  readonly patienceMs: number;
  /** Scales a number of repetitions. */
  times(full: number): number;
}

export interface Contestant {
  readonly name: string;
  run(): number | Promise<number>;
}

export function effortOf(smoke: boolean): Effort {
  return {
    smoke,
    rounds: smoke ? 1 : 7,
    patienceMs: smoke ? 200 : 20_000,
    times: (full) => (smoke ? Math.max(1, Math.ceil(full / 20)) : full),
  };
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) * part;
  const [low, high] = [sorted[Math.floor(middle)] ?? Number.NaN, sorted[Math.ceil(middle)] ?? Number.NaN];
  return low + (high - low) * (middle - Math.floor(middle));
}

/** Lets the contestants take turns, each round starting with another one, and answers their medians. */
export async function compete(
  contestants: readonly Contestant[],
  rounds: number,
  patienceMs = 0,
): Promise<Measure[]> {
  const values = contestants.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (round + turn) % contestants.length;
      if (patienceMs > 0) await awaitCalm(patienceMs);
      values[index]?.push((await contestants[index]?.run()) ?? Number.NaN);
    }
  }
  return contestants.map(({ name }, index) => ({ name, value: median(values[index] ?? []) }));
}

export function valueOf(measures: readonly Measure[], name: string): number | undefined {
  return measures.find((measure) => measure.name === name)?.value;
}

/** The promise that heddle's figure is at most `limit` times another contestant's. Nothing when that one is absent. */
export function atMost(limit: number, other: string, measures: readonly Measure[], text: string): Target[] {
  const [own, peer] = [measures[0]?.value, valueOf(measures, other)];
  if (own === undefined || peer === undefined) return [];
  const observed = own / peer;
  return [{ text, observed, limit, passed: observed <= limit }];
}

/** The promise that heddle is at least `limit` times faster than another contestant. */
export function timesFaster(
  limit: number,
  other: string,
  measures: readonly Measure[],
  text: string,
): Target[] {
  const [own, peer] = [measures[0]?.value, valueOf(measures, other)];
  if (own === undefined || peer === undefined) return [];
  const observed = peer / own;
  return [{ text, observed, limit, passed: observed >= limit }];
}
