// What a program holds at a moment: to show that nothing piles up.
import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { heapUse } from "../../src/core/heap.ts";
import { handleCount } from "../../src/value/handle.ts";

/** A count of what a process can leak; -1 where the platform does not tell. */
export interface Census {
  /** Blocks of shared memory in use. */
  readonly blocks: number;
  readonly usedBytes: number;
  /** Records that this thread has an object of. */
  readonly handles: number;
  /** Open descriptors. */
  readonly descriptors: number;
  /** Threads as the kernel counts them: Node's own, supervisor and carriers. */
  readonly kernelThreads: number;
  readonly residentBytes: number;
  /** Live objects of the calling thread. */
  readonly jsBytes: number;
}

let collect: (() => void) | undefined;

/** Collects garbage of the calling thread, within the job that is running. */
export function collectGarbageNow(): void {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}

/** Collects garbage of the calling thread and lets finalizers run. */
export async function collectGarbage(): Promise<void> {
  for (let turns = 0; turns < 4; turns++) {
    collectGarbageNow();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function entriesIn(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch {
    return -1;
  }
}

/** Counts, after garbage was collected. */
export async function census(): Promise<Census> {
  await collectGarbage();
  const { blocks, usedBytes } = heapUse();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    blocks,
    usedBytes,
    handles: handleCount(),
    descriptors: entriesIn("/proc/self/fd"),
    kernelThreads: entriesIn("/proc/self/task"),
    residentBytes: rss,
    jsBytes: heapUsed,
  };
}
