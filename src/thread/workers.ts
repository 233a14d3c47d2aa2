/** Starting workers: the one place that knows their options. */
import { type MessagePort, SHARE_ENV, Worker, workerData } from "node:worker_threads";
import { compiled } from "./compiled.ts";
import type { Inheritance } from "./inherit.ts";
import { inlineWorker } from "./inline-worker.ts";

/** Starts a carrier for the claimed isolate. */
export function startCarrier(inheritance: Inheritance, stackSizeMb: number): Worker {
  const { role: _, ...carrier } = inheritance;
  return start(entry("carrier"), carrier, stackSizeMb, {});
}

/** Starts the first carrier, from main; `lifeline` closes with it. */
export function startFirstCarrier(
  inheritance: Inheritance,
  stackSizeMb: number,
  lifeline: MessagePort,
): Worker {
  return start(entry("carrier"), inheritance, stackSizeMb, { lifeline }, [lifeline]);
}

/** What the supervisor is told of main, and of the first carrier if main has started it. */
export interface First {
  /** Main's port to the vault. */
  readonly vault: MessagePort;
  readonly carrier?: { readonly isolate: number; readonly lifeline: MessagePort; readonly owner: number };
}

/** Starts the supervisor of a program that heddle was imported into. */
export function startSupervisor(inheritance: Inheritance, first: First): Worker {
  // The worker's text cannot contain itself: the supervisor, which starts all others, is given it.
  const extra = { first, heddleWorker: workerText() };
  const ports = first.carrier === undefined ? [first.vault] : [first.carrier.lifeline, first.vault];
  return start(entry("supervisor"), { ...inheritance, role: "supervisor" }, 0, extra, ports);
}

/** Starts the worker that runs a program's main thread, under `heddle run`. */
export function startProgram(
  inheritance: Inheritance,
  program: { url: string; signals: MessagePort },
): Worker {
  return start(new URL("../api/program.js", import.meta.url), inheritance, 0, program, [program.signals]);
}

/** Where a child process of a bundled program keeps the text: it was sent to it. */
export const TEXT_KEY = "heddle.text";

/** In a bundled program: the text that its workers and its child processes run. Elsewhere they are files. */
export function workerText(): string | undefined {
  const given = (workerData as { heddleWorker?: string } | null)?.heddleWorker;
  return inlineWorker ?? given ?? (globalThis as Record<symbol, string | undefined>)[Symbol.for(TEXT_KEY)];
}

/** Where a worker's code is: a file beside this one, or, in a bundled program, a text in it. */
function entry(name: "carrier" | "supervisor"): URL | string {
  const text = workerText();
  if (text !== undefined) return text;
  return new URL(`../api/${name}.js`, import.meta.url);
}

/**
 * The largest nursery of a worker, as V8 had it up to Node 22. At its memory limit a worker is given 16 MiB more in which
 * to end; where the nursery is larger, one collection may need more than that, and V8 then ends the process.
 */
const YOUNG_MB = 48;

function start(
  entry: URL | string,
  inheritance: Inheritance,
  stackSizeMb: number,
  extra: object,
  transferList: MessagePort[] = [],
): Worker {
  const worker = new Worker(entry, {
    eval: typeof entry === "string",
    env: SHARE_ENV,
    trackUnmanagedFds: false, // threads of a process share its open files
    workerData: { heddle: { ...inheritance, code: compiled?.room }, ...extra },
    transferList,
    // `node --input-type=module -e …` speaks of the program's text, and Node would refuse a worker's file for it.
    ...(process.execArgv.some((flag) => flag.startsWith("--input-type")) ? { execArgv: [] } : {}),
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, ...(stackSizeMb > 0 && { stackSizeMb }) },
  });
  compiled?.share(); // while it starts
  return worker;
}
