/** What core asks of its platform: a clock that all threads of the process share. */

/** A monotonic reading in milliseconds with the same zero in every thread. Node: CLOCK_MONOTONIC. */
export function sharedClock(): number {
  const hrtime = (globalThis as { process?: { hrtime?: () => [number, number] } }).process?.hrtime;
  if (hrtime !== undefined) {
    const [seconds, nanoseconds] = hrtime();
    return seconds * 1e3 + nanoseconds / 1e6;
  }
  return performance.timeOrigin + performance.now();
}
