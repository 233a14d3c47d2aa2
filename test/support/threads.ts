// What the tests of threads do again and again: start some, see that they wait, see them end. All under a deadline.
import { dumpThreads, spawn, type Thread } from "../../src/api/index.ts";
import { until, untilSync } from "./until.ts";

/** How long a test waits for a thread before it says that it hangs, in milliseconds. */
export const PATIENCE_MS = 20_000;

/** What can be asked who waits for it. */
export interface Waitable {
  statistics(): { readonly waiting: number };
  toString(): string;
}

/** As untilSync; when the deadline passes it tells what every thread was doing. */
function untilOrDump(predicate: () => boolean, what: string): void {
  try {
    untilSync(predicate, { what });
  } catch (error) {
    throw new Error(
      `${(error as Error).message}
${dumpThreads()}`,
      { cause: error },
    );
  }
}

/** Blocks until so many wait for it. */
export function untilWaiting(subject: Waitable, count: number): void {
  untilOrDump(() => subject.statistics().waiting === count, `${count} waiting for ${String(subject)}`);
}

/** As {@link untilWaiting}, while the event loop turns. */
export async function untilWaitingAsync(subject: Waitable, count: number): Promise<void> {
  await until(() => subject.statistics().waiting === count, {
    what: `${count} waiting for ${String(subject)}`,
  });
}

/** Blocks until a thread is in that state. */
export function untilState<A extends unknown[], R>(thread: Thread<A, R>, state: Thread["state"]): void {
  untilOrDump(() => thread.state === state, `${thread.name} to be ${state}`);
}

/** Starts `count` threads with the same body, which is told its number, from 0. */
export function crew<R>(count: number, body: (index: number) => R): Thread<[number], Awaited<R>>[] {
  return Array.from({ length: count }, (_, index) => spawn(body, index));
}

/** Joins them all and returns what they returned; throws who hangs, and on what. */
export function results<A extends unknown[], R>(threads: readonly Thread<A, R>[]): R[] {
  return threads.map((thread) => {
    if (!thread.join(PATIENCE_MS)) throw new Error(`Cannot join ${thread.name} in time:\n${dumpThreads()}`);
    return thread.result();
  });
}

/** Joins one and returns what it returned. */
export function resultOf<A extends unknown[], R>(thread: Thread<A, R>): R {
  return results([thread])[0] as R;
}
