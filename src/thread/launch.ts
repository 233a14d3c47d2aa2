/**
 * Launching: how a runnable thread comes to a carrier.
 *
 * The supervisor starts and ends carriers. Only a program's very first one is
 * started by main itself, so that the first thread does not wait for two workers,
 * one inside the other; the supervisor follows once that thread is on its way. Only
 * the thread that started a worker can end it. So terminate() of a thread on that
 * carrier is done by main: at once when main calls it, else at main's next
 * blocking call or turn of its event loop.
 */
import { MessageChannel, type Worker } from "node:worker_threads";
import { field, HEADER, ISOLATE, isolateAt, THREAD } from "../core/layout.ts";
import { buffer } from "../core/memory.ts";
import { listen } from "../core/park-async.ts";
import {
  anyFinishing,
  claimIsolate,
  handToIdle,
  ISOLATE_STATE,
  kickIsolate,
  nextRunnable,
  PHASE,
  ringSupervisor,
} from "../core/registry.ts";
import { self } from "../core/self.ts";
import { type Addr, compareExchange, load, store } from "../core/word.ts";
import { awaitThreadsAtExit } from "./ending.ts";
import { END, endProgram, serveRing, services } from "./interrupt.ts";
import { connectVault } from "./vault.ts";
import { startFirstCarrier, startSupervisor } from "./workers.ts";

/** The first carrier, in main: what the supervisor has to know of it. */
interface FirstCarrier {
  readonly worker: Worker;
  readonly isolate: number;
  /** Closes when the worker ends, whatever ended it. */
  readonly lifeline: MessageChannel["port1"];
}
let first: FirstCarrier | undefined;

/** In a child process of a program under `heddle run`: what every thread of it loads first. */
let prelude: string | undefined;
export function setPrelude(url: string | undefined): void {
  prelude = url;
}
/** Before a body is captured: the first call, in main, starts a carrier, which boots meanwhile. */
export function warmUp(stackMb: number): void {
  if (first !== undefined || !reserveSupervisor()) return;
  const isolate = claimIsolate(stackMb);
  const { port1, port2 } = new MessageChannel();
  const worker = startFirstCarrier({ memory: buffer, isolate, argv: process.argv, prelude }, stackMb, port2);
  worker.unref();
  worker.on("error", () => {}); // the supervisor buries it
  first = { worker, isolate, lifeline: port1 };
  worker.setMaxListeners(0); // each call of terminate() adds one, and it may take several: see Ending in supervisor.ts
  const end = (): void => void worker.terminate();
  services.end = () => endFirst(end);
  services.endNow = (ended) => {
    if (ended === isolate) end();
  };
  attendToOthers();
}

let attending = false;

/** In main: from now on it does what others ask of it, and waits for them at its end. */
function attendToOthers(): void {
  if (attending) return;
  attending = true;
  awaitThreadsAtExit();
  listen(serveRing);
}

/** The index of the supervisor that this thread has still to start; 0: none. */
let reserved = 0;

/**
 * From here on nobody else starts the supervisor: the first thread, which may run and start others before main does it,
 * would take the supervisor along when it ends. False: another thread has.
 */
function reserveSupervisor(): boolean {
  const word = HEADER.SUPERVISOR as Addr;
  if (load(word) !== 0) return reserved !== 0;
  reserved = claimIsolate(0);
  if (compareExchange(word, 0, reserved) === 0) return true;
  store(field(isolateAt(reserved), ISOLATE.STATE), ISOLATE_STATE.FREE);
  reserved = 0;
  return false;
}

/** Starts the supervisor, unless it is somebody's already. */
export function ensureSupervisor(): void {
  if (reserveSupervisor()) superviseFrom(reserved);
}

/** Finds a carrier for a thread that has become runnable. */
export function launch(thread: Addr): void {
  const delayed = load(field(thread, THREAD.STATE)) === PHASE.DELAYED;
  const stackMb = load(field(thread, THREAD.STACK_MB));
  const expected = !delayed && anyFinishing(stackMb) && nextRunnable(stackMb) === thread; // handover.ts, O4
  if (delayed || (!expected && !handToIdle(thread))) ringSupervisor();
  ensureSupervisor();
}

function superviseFrom(supervisor: number): void {
  reserved = 0;
  attendToOthers();
  const { port1, port2 } = new MessageChannel();
  const carrier = first && { isolate: first.isolate, lifeline: first.lifeline, owner: self.isolate };
  const inheritance = { memory: buffer, isolate: supervisor, argv: process.argv, prelude };
  let worker: Worker;
  try {
    worker = startSupervisor(inheritance, { vault: port2, ...(carrier && { carrier }) });
  } catch (error) {
    port1.close();
    store(field(isolateAt(supervisor), ISOLATE.STATE), ISOLATE_STATE.FREE);
    store(HEADER.SUPERVISOR as Addr, 0); // the next one who needs it tries again
    throw error;
  }
  worker.unref();
  port1.unref();
  connectVault(port1);
}

/** Asks main to end the first carrier. */
export function askToEndFirst(owner: number): void {
  store(field(isolateAt(owner), ISOLATE.END), END.CARRIER);
  kickIsolate(owner);
}

/** In main, when it parks or its event loop turns: nobody else would see that all are blocked, were start() not to succeed. */
function endFirst(end: () => void): void {
  if (reserved !== 0) ensureSupervisor();
  endProgram();
  const asked = compareExchange(field(isolateAt(self.isolate), ISOLATE.END), END.CARRIER, 0) === END.CARRIER;
  if (asked) end();
}
