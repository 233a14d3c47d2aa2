/** Starting workers: the one place that knows their options. */
import { type MessagePort, SHARE_ENV, Worker } from "node:worker_threads";
import type { Inheritance } from "./inherit.ts";

/** Starts a carrier for the claimed isolate. */
export function startCarrier(inheritance: Inheritance, stackSizeMb: number): Worker {
  return start(new URL("../api/carrier.js", import.meta.url), inheritance, stackSizeMb, {});
}

/** Starts the supervisor; it starts a carrier for isolate `first` at once. */
export function startSupervisor(
  inheritance: Inheritance,
  first: number,
  stackSizeMb: number,
  mainPort: MessagePort,
): Worker {
  const extra = { first, stackSizeMb, mainPort };
  return start(new URL("./supervisor-entry.js", import.meta.url), inheritance, 0, extra, [mainPort]);
}

/** Starts the worker that runs a program's main thread, under `heddle run`. */
export function startProgram(
  inheritance: Inheritance,
  program: { url: string },
): Worker {
  return start(new URL("../api/program.js", import.meta.url), inheritance, 0, program);
}

function start(entry: URL, inheritance: Inheritance, stackSizeMb: number, extra: object, transferList: MessagePort[] = []): Worker {
  return new Worker(entry, {
    env: SHARE_ENV,
    trackUnmanagedFds: false, // threads of a process share its open files
    workerData: { heddle: inheritance, ...extra },
    transferList,
    ...(stackSizeMb > 0 ? { resourceLimits: { stackSizeMb } } : {}),
  });
}
