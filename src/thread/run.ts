/**
 * `heddle run`: the real main thread supervises, and the program's main runs in a
 * worker. So signals, output and deaths are handled while everything else blocks.
 */
import type { Worker } from "node:worker_threads";
import { field, HEADER, ISOLATE, isolateAt, THREAD } from "../core/layout.ts";
import { buffer } from "../core/memory.ts";
import {
  anyNonDaemon,
  claimIsolate,
  eachThread,
  ISOLATE_STATE,
  kickIsolate,
  PHASE,
  retire,
} from "../core/registry.ts";
import { recover } from "../core/recovery.ts";
import { type Addr, load, store } from "../core/word.ts";
import { DEADLOCK_STATUS } from "./deadlock.ts";
import { dumpThreads } from "./dump.ts";
import { allEnded, FINALIZING } from "./ending.ts";
import { watchForHang } from "./hang.ts";
import type { Inheritance } from "./inherit.ts";
import { interruptThread } from "./interrupt.ts";
import { STDERR, writeWhole } from "./output.ts";
import { signalPort } from "./signals.ts";
import { boot, setOnAllBlocked, supervise } from "./supervisor.ts";
import { serveVault } from "./vault.ts";
import { startProgram } from "./workers.ts";

/** A program to run, compiled. */
export interface Program {
  /** Module URL of the program's entry. */
  readonly url: string;
  /** What the program sees as `process.argv`. */
  readonly argv: readonly string[];
  /** Print `dumpThreads()` when nothing has moved for so many milliseconds. */
  readonly dumpOnHangMs?: number;
  /** Module URL of what every thread of the program loads first. */
  readonly prelude?: string;
}

/** The exit status of a program that Ctrl-C ended, as a shell counts it: 128 + SIGINT. */
const INTERRUPTED_STATUS = 130;
/** How long the other threads have for their `finally` blocks after Ctrl-C has ended main, in milliseconds. */
const GRACE_MS = 50;

/** Runs a program to the end of its last non-daemon thread; resolves to its exit status. */
export async function runProgram(program: Program): Promise<number> {
  const { url, argv, prelude } = program;
  const own: Inheritance = { memory: buffer, isolate: claimIsolate(0), argv, prelude };
  const main = claimIsolate(0);
  const worker = startProgram({ ...own, isolate: main }, { url, signals: signalPort() });
  serveVault(worker);
  supervise(own);
  boot(0); // the first thread finds its carrier warm
  setOnAllBlocked(() => process.exit(DEADLOCK_STATUS));
  onInterrupt(main);
  if (program.dumpOnHangMs !== undefined) watchForHang(program.dumpOnHangMs);
  const status = await exitOf(worker);
  return finish(main, status);
}

function exitOf(worker: Worker): Promise<number> {
  return new Promise((resolve) => {
    let failed = false;
    worker.on("error", (error: Error) => {
      failed = true;
      writeWhole(STDERR, `Cannot go on in MainThread: ${String(error)}\n`);
    });
    worker.on("exit", (code) => resolve(failed && code === 0 ? 1 : code));
  });
}

/** Main's worker has ended: waits for the other threads as a Python program does, unless main called process.exit(). */
async function finish(isolate: number, status: number): Promise<number> {
  const main = load(HEADER.MAIN as Addr) as Addr;
  if (main === 0) return status; // it never came so far as to be a thread
  if (load(HEADER.FINALIZING as Addr) === FINALIZING.CALLED_EXIT || !anyNonDaemon()) return status;
  store(HEADER.FINALIZING as Addr, 0); // an error ended main: the threads go on, and may start others
  recover(isolate, load(field(main, THREAD.IDENT)));
  store(field(isolateAt(isolate), ISOLATE.STATE), ISOLATE_STATE.DEAD);
  retire(main, PHASE.RUNNING);
  if (status === INTERRUPTED_STATUS && load(HEADER.INTERRUPTED as Addr) !== 0) {
    eachThread((thread) => interruptThread(thread, undefined));
    await Promise.race([allEnded(), new Promise((resolve) => setTimeout(resolve, GRACE_MS))]);
  } else {
    await allEnded();
  }
  return status;
}

/** Ctrl-C: the first interrupts what main is blocked in; the second ends the process and says who was where. */
function onInterrupt(mainIsolate: number): void {
  process.on("SIGINT", () => {
    if (load(HEADER.INTERRUPTED as Addr) !== 0) {
      writeWhole(STDERR, `\n${dumpThreads()}`);
      process.exit(INTERRUPTED_STATUS);
    }
    store(HEADER.INTERRUPTED as Addr, 1);
    const main = load(HEADER.MAIN as Addr) as Addr;
    if (main === 0) process.exit(INTERRUPTED_STATUS);
    interruptThread(main, undefined);
    kickIsolate(mainIsolate);
  });
}
