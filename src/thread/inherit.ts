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
  readonly role?: "supervisor";
  /** Under `heddle run`: stacks are mapped back to the program's TypeScript by this module. */
  readonly prelude?: string | undefined;
}

interface Data {
  readonly heddle?: Inheritance;
  readonly url?: string;
  readonly lifeline?: MessagePort;
  readonly signals?: MessagePort;
}
/** Not heddle's when this thread is not a worker of heddle's. */
const data = (workerData ?? {}) as Data;

/** What this worker was started with. Only workers of heddle's ask for it. */
export const inheritance: Inheritance = data.heddle as Inheritance;

/** Module URL of the program that this worker runs, under `heddle run`. */
export const programUrl: string | undefined = data.url;

/** Where the program's worker hears of signals, under `heddle run`. */
export const signals: MessagePort | undefined = data.signals;

/** The first carrier's port: the supervisor sees its end, and serves the vault through it. Kept, or it would close. */
export const lifeline: MessagePort | undefined = data.lifeline;

const memory: unknown = data.heddle?.memory; // it may be a worker of the program's own
if (memory instanceof SharedArrayBuffer) {
  (globalThis as Record<symbol, unknown>)[Symbol.for("heddle.memory")] = memory;
}
