/**
 * The first thing that a worker of heddle's loads: leaves the process's memory
 * where core/memory.ts looks for it. It imports nothing of heddle's, so that it
 * has run when the rest loads.
 */
import { type MessagePort, workerData } from "node:worker_threads";

/** What every worker of heddle's is started with. */
export interface Inheritance {
  readonly memory: SharedArrayBuffer;
  /** The worker's own isolate index, claimed for it. */
  readonly isolate: number;
  readonly argv: readonly string[];
  /** Under `heddle run`: stacks are mapped back to the program's TypeScript by this module. */
  readonly prelude?: string | undefined;
}

/** Module URL of the program that this worker runs, under `heddle run`. */
export const programUrl: string | undefined = (workerData as { url?: string }).url;

/** The first carrier's port: the supervisor sees its end, and serves the vault through it. Kept, or it would close. */
export const lifeline: MessagePort | undefined = (workerData as { lifeline?: MessagePort }).lifeline;

export const inheritance: Inheritance = (workerData as { heddle: Inheritance }).heddle;

(globalThis as Record<symbol, unknown>)[Symbol.for("heddle.memory")] = inheritance.memory;
