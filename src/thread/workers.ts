/** Starting workers: the one place that knows their options. */
import { type MessagePort, SHARE_ENV, Worker } from "node:worker_threads";
import type { Inheritance } from "./inherit.ts";

/** Starts a carrier for the claimed isolate. */
export function startCarrier(inheritance: Inheritance, stackSizeMb: number): Worker {
  return start(new URL("../api/carrier.js", import.meta.url), inheritance, stackSizeMb, {});
}

/** Starts the first carrier, from main; `lifeline` closes with it. */
export function startFirstCarrier(
  inheritance: Inheritance,
  stackSizeMb: number,
  lifeline: MessagePort,
): Worker {
  const entry = new URL("../api/carrier.js", import.meta.url);
  return start(entry, inheritance, stackSizeMb, { lifeline }, [lifeline]);
}

/** What the supervisor is told of the first carrier and of main, which started it. */
export interface First {
  readonly isolate: number;
  readonly lifeline: MessagePort;
  readonly owner: number;
  /** Main's port to the vault. */
  readonly vault: MessagePort;
}

/** Starts the supervisor of a program that heddle was imported into. */
export function startSupervisor(inheritance: Inheritance, first: First): Worker {
  const entry = new URL("./supervisor-entry.js", import.meta.url);
  return start(entry, inheritance, 0, { first }, [first.lifeline, first.vault]);
}

/** Starts the worker that runs a program's main thread, under `heddle run`. */
export function startProgram(inheritance: Inheritance, program: { url: string }): Worker {
  return start(new URL("../api/program.js", import.meta.url), inheritance, 0, program);
}

function start(
  entry: URL,
  inheritance: Inheritance,
  stackSizeMb: number,
  extra: object,
  transferList: MessagePort[] = [],
): Worker {
  return new Worker(entry, {
    env: SHARE_ENV,
    trackUnmanagedFds: false, // threads of a process share its open files
    workerData: { heddle: inheritance, ...extra },
    transferList,
    ...(stackSizeMb > 0 ? { resourceLimits: { stackSizeMb } } : {}),
  });
}
