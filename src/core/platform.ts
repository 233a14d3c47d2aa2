/** What core asks of its platform: a clock that all threads of the process share. */
import { availableParallelism } from "node:os";

/** A monotonic reading in milliseconds with the same zero in every thread. Node: CLOCK_MONOTONIC. */
export function sharedClock(): number {
  const hrtime = (globalThis as { process?: { hrtime?: () => [number, number] } }).process?.hrtime;
  if (hrtime !== undefined) {
    const [seconds, nanoseconds] = hrtime();
    return seconds * 1e3 + nanoseconds / 1e6;
  }
  return performance.timeOrigin + performance.now();
}

/** Threads that can run at the same time. */
export const cores: number = availableParallelism();

/**
 * Turns that a spin may take at most: about 10 µs where there are two cores or
 * more. On one core the holder cannot run while we spin, so there is none.
 */
export const spinLimit: number = cores > 1 ? 1000 : 0;

/** Does the processor keep the order of reads (x86)? Others may do a plain read after an Atomics.load that follows it. */
export const strongOrder: boolean = ["x64", "ia32"].includes(
  (globalThis as { process?: { arch?: string } }).process?.arch ?? "",
);
