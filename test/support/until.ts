// Waiting for a state in a test: never sleep and hope, ask until it is so, and say what did not come.

/** What is awaited and for how long, in milliseconds (10,000 when absent). */
export interface UntilOptions {
  readonly what: string | (() => string);
  readonly deadlineMs?: number;
}

const POLL_MS = 1;
const nap = new Int32Array(new SharedArrayBuffer(4));

function overdue(startedAt: number, { what, deadlineMs = 10_000 }: UntilOptions): boolean {
  if (performance.now() - startedAt < deadlineMs) return false;
  const text = typeof what === "string" ? what : what();
  throw new Error(`Cannot wait any longer for ${text}: it was not so within ${deadlineMs} ms`);
}

/**
 * Resolves with the first truthy value of `predicate`, asked about once a millisecond while the event loop
 * turns. Rejects when the deadline passes, or at once with whatever the predicate throws.
 */
export async function until<T>(predicate: () => T | Promise<T>, options: UntilOptions): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    const value = await predicate();
    if (value) return value;
    overdue(startedAt, options);
    // oxlint-disable-next-line no-restricted-globals -- the one place that may: it polls a state under a deadline
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** As {@link until}, blocking the calling thread: for bodies of threads, and to show that main may block. */
export function untilSync<T>(predicate: () => T, options: UntilOptions): T {
  const startedAt = performance.now();
  for (;;) {
    const value = predicate();
    if (value) return value;
    overdue(startedAt, options);
    Atomics.wait(nap, 0, 0, POLL_MS);
  }
}
