/** Launching: how a runnable thread comes to a carrier. */
import { MessageChannel } from "node:worker_threads";
import { HEADER } from "../core/layout.ts";
import { buffer } from "../core/memory.ts";
import { listen } from "../core/park-async.ts";
import { claimIsolate, handToIdle, ringSupervisor } from "../core/registry.ts";
import { type Addr, compareExchange, load } from "../core/word.ts";
import { awaitThreadsAtExit } from "./ending.ts";
import { serveRing } from "./interrupt.ts";
import { connectVault } from "./vault.ts";
import { startSupervisor } from "./workers.ts";

/** Makes sure that there is a supervisor. The first call, in main, starts it and a first carrier. */
export function ensureSupervisor(stackMb: number): void {
  if (load(HEADER.SUPERVISOR as Addr) !== 0) return;
  const supervisor = claimIsolate(0);
  if (compareExchange(HEADER.SUPERVISOR as Addr, 0, supervisor) !== 0) return;
  const first = claimIsolate(stackMb);
  const { port1, port2 } = new MessageChannel();
  const worker = startSupervisor({ memory: buffer, isolate: supervisor, argv: process.argv }, first, stackMb, port2);
  worker.unref();
  port1.unref();
  connectVault(port1);
  awaitThreadsAtExit();
  listen(serveRing);
}

/** Finds a carrier for a thread that has become runnable. */
export function launch(thread: Addr): void {
  if (!handToIdle(thread)) ringSupervisor();
}
