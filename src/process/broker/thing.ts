/** What the broker holds: a lock, a queue, a pipe. One event loop runs all of them, so each step is whole. */
import type { Ask } from "./ask.ts";

/** The parameters of a thing, out of its name: `type:number:a:b`. */
export type Parameters = readonly string[];

export abstract class Thing {
  /** Who waits until something happens to it: `wait()`. */
  readonly watchers: Set<() => void> = new Set();

  /** Does what an ask wants, now or later. */
  abstract call(ask: Ask): void;

  /** A thread has ended, or, with thread 0, a whole process. */
  gone(_process: string, _thread: number): void {}

  /** May what `wait()` waits for be had at once? `text` is what the asker said of it. */
  isReady(_text: string): boolean {
    return false;
  }

  /** Something happened that `wait()` may wait for. */
  changed(): void {
    for (const watch of [...this.watchers]) watch();
  }

  /** Connections on their way inside of what it keeps. */
  refs(): readonly string[] {
    return [];
  }
}

/** Is this holder, a thread of a process, among those who have gone? */
export function isOf(holder: string, process: string, thread: number): boolean {
  return thread === 0 ? holder.startsWith(`${process}#`) : holder === `${process}#${thread}`;
}

/** A number among the parameters. */
export function numberAt(parameters: Parameters, index: number): number {
  return Number(parameters[index] ?? 0);
}
