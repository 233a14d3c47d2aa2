// Starts and joins short threads by the thousand, and counts what is left of them.
import assert from "node:assert/strict";
import { activeCount, AtomicInt, Lock, spawn } from "../../src/api/index.ts";
import { until } from "./until.ts";
import { census, type Census, collectGarbage } from "./census.ts";

/** One round of short threads: values there and back, one lock, one counter, a body that throws, an async one. */
function round(index: number, lock: Lock, count: AtomicInt): void {
  const label = `thread ${index}`;
  const threads = [
    spawn((text: string) => text.length + label.length, `${index}`),
    spawn(() => lock.with(() => count.increment())),
    spawn(async () => {
      await Promise.resolve();
      return { label, list: [1, 2, index] };
    }),
    spawn(() => {
      count.increment();
    }),
  ];
  for (const thread of threads) assert.ok(thread.join(20_000), thread.name);
  assert.equal(threads[0]?.result(), `${index}`.length + label.length);
  assert.deepEqual(threads[2]?.result(), { label, list: [1, 2, index] });
}

const PER_ROUND = 4;

/** What is held after `warmUp` starts, and after `starts` more. */
async function startMany(warmUp: number, starts: number): Promise<{ before: Census; after: Census }> {
  const lock = new Lock();
  const count = new AtomicInt();
  const run = async (total: number): Promise<Census> => {
    for (let i = 0; i < total / PER_ROUND; i++) {
      round(i, lock, count);
      if (i % 64 === 0) await collectGarbage(); // or garbage decides how much is in use at most
    }
    return census();
  };
  const before = await run(warmUp);
  const after = await run(starts);
  assert.equal(activeCount(), 1);
  return { before, after };
}

/** Carriers that may be kept warm after, and were not yet before; the descriptors that each has. */
const WARM = 4;
const DESCRIPTORS_EACH = 12;

/** What has piled up between two counts, if anything; memory may have grown by `mib`. */
function pile(before: Census, after: Census, mib: number): string | undefined {
  const bound = mib * 2 ** 20;
  const most: Record<keyof Omit<Census, "usedBytes">, number> = {
    blocks: before.blocks + 16,
    handles: before.handles,
    kernelThreads: before.kernelThreads + WARM,
    descriptors: before.descriptors + WARM * DESCRIPTORS_EACH,
    jsBytes: before.jsBytes + bound / 16,
    residentBytes: before.residentBytes + bound,
  };
  const keys = Object.keys(most) as (keyof typeof most)[];
  return keys.find((key) => after[key] > most[key]);
}

/**
 * As {@link startMany}; what is left comes down to what was there, once carriers that are too many have ended and
 * finalizers have run.
 */
export async function assertStartsLeaveNothing(warmUp: number, starts: number, mib: number): Promise<void> {
  const { before, after } = await startMany(warmUp, starts);
  let left = after;
  const piledUp = (): string | undefined => pile(before, left, mib);
  await until(
    async () => {
      left = await census();
      return piledUp() === undefined;
    },
    {
      what: () => `${piledUp()} to come down: ${JSON.stringify({ before, after, left })}`,
      deadlineMs: 30_000,
    },
  );
}
