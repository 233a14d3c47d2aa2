/** The program's main thread, under `heddle run`: a worker that speaks for "MainThread". */
import { type MessagePort, parentPort } from "node:worker_threads";
import { HEADER } from "../core/layout.ts";
import { listen } from "../core/park-async.ts";
import { becomeMain } from "../core/registry.ts";
import { type Addr, load, store } from "../core/word.ts";
import { InterruptedError } from "../errors.ts";
import { importUrl } from "../value/import-url.ts";
import { awaitThreadsAtExit, FINALIZING } from "./ending.ts";
import { type Inheritance, signals } from "./inherit.ts";
import { serveRing, takeInterruption } from "./interrupt.ts";
import { installOutput, STDERR, writeWhole } from "./output.ts";
import { descriptorSource, errorText } from "./platform.ts";
import { receiveSignals } from "./signals.ts";
import { connectVault } from "./vault.ts";

const INTERRUPTED_STATUS = 130;

/** Runs the module at `url` as the program. */
export async function runMain(inheritance: Inheritance, url: string): Promise<void> {
  becomeMain(inheritance.isolate);
  process.argv = [...inheritance.argv];
  installOutput();
  connectVault(parentPort as MessagePort);
  Object.defineProperty(process, "stdin", {
    configurable: true,
    enumerable: true,
    get: () => descriptorSource(),
  });
  awaitThreadsAtExit();
  installProgramExit();
  if (signals !== undefined) receiveSignals(signals);
  listen(onRing);
  if (inheritance.prelude !== undefined) await importUrl(inheritance.prelude);
  await importUrl(url);
}

const endWorker = process.exit.bind(process);

/** `process.exit()` in the main thread ends the process, as anywhere in Node: threads are not waited for. */
function installProgramExit(): void {
  process.exit = (code) => {
    store(HEADER.FINALIZING as Addr, FINALIZING.CALLED_EXIT);
    return endWorker(code);
  };
  process.on("uncaughtException", (error) => {
    if (process.listenerCount("uncaughtException") > 1) return; // the program has one of its own
    const interrupted = error instanceof InterruptedError && load(HEADER.INTERRUPTED as Addr) !== 0;
    writeWhole(STDERR, `${interrupted ? "" : "Uncaught exception in MainThread:\n"}${errorText(error)}\n`);
    endWorker(interrupted ? INTERRUPTED_STATUS : 1);
  });
}

/** Ctrl-C reached an event loop, not a blocking call: the program's own handler has it, or it ends the program. */
function onRing(): void {
  if (load(HEADER.INTERRUPTED as Addr) !== 0 && process.listenerCount("SIGINT") > 0) {
    if (takeInterruption() === undefined) return;
    store(HEADER.INTERRUPTED as Addr, 0);
    process.emit("SIGINT");
    return;
  }
  if (serveRing()) return;
  const error = takeInterruption();
  if (error !== undefined) throw error;
}
