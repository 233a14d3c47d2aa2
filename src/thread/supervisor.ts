/**
 * The supervisor: starts and ends carriers, and buries threads whose carrier died.
 *
 * It is an event loop that never blocks: the real main thread under `heddle run`,
 * a worker of its own otherwise. All state is in shared memory; the doorbell only
 * says that there is something to look at. So it owns no truth, and any thread may
 * be blocked, busy or dying while it works.
 */
import { type Worker, workerData } from "node:worker_threads";
import { field, HEADER, ISOLATE, isolateAt, THREAD } from "../core/layout.ts";
import { cores } from "../core/platform.ts";
import {
  claimIsolate,
  eachThread,
  FLAG,
  handToIdle,
  ISOLATE_STATE,
  kickIsolate,
  LOOK,
  PHASE,
  post,
  retire,
  startedBy,
} from "../core/registry.ts";
import { eachWaiter, rouse, ticks } from "../core/line.ts";
import { recover } from "../core/recovery.ts";
import { adopt } from "../core/self.ts";
import { writeText } from "../core/text.ts";
import { threadName } from "../core/who.ts";
import { type Addr, compareExchange, load, or, store, waitAsync } from "../core/word.ts";
import { releaseAllOf } from "../value/handle.ts";
import { reportDeath } from "./excepthook.ts";
import { allBlocked, deadlockReport } from "./deadlock.ts";
import { END } from "./interrupt.ts";
import { discardLeftovers } from "./leftovers.ts";
import type { Inheritance } from "./inherit.ts";
import { askToEndFirst } from "./launch.ts";
import { STDERR, writeWhole } from "./output.ts";
import { serveVault } from "./vault.ts";
import { type First, startCarrier } from "./workers.ts";

/** Carriers that are kept warm although nobody needs them now. */
const WARM = Math.max(4, cores * 2);
/** How often carriers beyond those are looked for, and threads that wait for one too long, in milliseconds. */
const SHRINK_EVERY_MS = 500;

/** How long a carrier has to end before it is told again, in milliseconds; twice as long each further time. */
const INSIST_AFTER_MS = 20;
const INSIST_AT_LEAST_EVERY_MS = 160;

/**
 * The end of a carrier, which is asked for until it has come: V8 (from Node 22 on) forgets a termination that arrives
 * while the inspector works for the thread, as it does when a body is captured.
 */
class Ending {
  /** Tells its worker, or the thread that started it. */
  readonly #tell: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: () => void) {
    this.#tell = tell;
  }

  terminate(): void {
    if (this.#timer === undefined) this.#insist(INSIST_AFTER_MS);
  }
  #insist(patienceMs: number): void {
    this.#tell();
    const next = Math.min(2 * patienceMs, INSIST_AT_LEAST_EVERY_MS);
    this.#timer = setTimeout(() => this.#insist(next), patienceMs);
  }

  /** It has come. */
  over(): void {
    clearTimeout(this.#timer);
  }
}
const carriers = new Map<number, Ending>();
/** What the layers above do for the dead, and when the doorbell rings. */
export const care: {
  /** A thread was ended from outside: its ident, its name, and why. */
  readonly died: ((ident: number, name: string, why: string) => void)[];
  /** An isolate has ended; its index is not yet another's. */
  readonly lost: ((isolate: number) => void)[];
  readonly look: (() => void)[];
} = { died: [], lost: [], look: [] };
/** Why a carrier is ending, as its 'error' event told. */
const reasons = new Map<number, string>();
let inheritance: Inheritance;

/** What else the supervisor does: process/ adds its part. */
export const duties: {
  /** When it begins. */
  begin: (inheritance: Inheritance) => void;
  /** Whenever the doorbell has rung. */
  look: () => void;
} = { begin: () => {}, look: () => {} };

/** Becomes the supervisor: before anybody is buried, who may be dead already when it starts. */
function become(data: Inheritance): void {
  inheritance = data;
  adopt(0, 0 as Addr, data.isolate);
  // Not a carrier on its way: as BOOTING it would be counted as one that comes.
  store(field(isolateAt(data.isolate), ISOLATE.STATE), ISOLATE_STATE.BUSY);
  store(HEADER.SUPERVISOR as Addr, data.isolate);
}

/** Starts supervising. */
export function supervise(data: Inheritance): void {
  become(data);
  duties.begin(data);
  setInterval(shrink, SHRINK_EVERY_MS); // also keeps the supervisor's event loop alive
  setInterval(endIfAllBlocked, SHRINK_EVERY_MS);
  setInterval(startLate, SHRINK_EVERY_MS);
  listen();
}

/** Looks, then sleeps until the doorbell rings. */
function listen(): void {
  const doorbell = HEADER.DOORBELL as Addr;
  const seen = load(doorbell);
  duties.look();
  look();
  const rung = waitAsync(doorbell, seen) ?? Promise.resolve();
  void rung.then(listen);
}

/** Does what the tables ask for: ends carriers whose thread was terminated, starts those that threads wait for. */
function look(): void {
  /** By stack size: threads that no idle carrier could be given, less the carriers on their way to the table. */
  const needed = new Map<number, number>();
  const count = (stackMb: number, by: number): void =>
    void needed.set(stackMb, (needed.get(stackMb) ?? 0) + by);
  eachThread((thread) => {
    const state = load(field(thread, THREAD.STATE));
    if (state === PHASE.DELAYED) schedule(thread);
    if (state === PHASE.RUNNABLE && !handToIdle(thread)) count(load(field(thread, THREAD.STACK_MB)), 1);
    if (state === PHASE.KILL) endThread(thread, "");
    else if ((state & PHASE.KILL) !== 0) carriers.get(load(field(thread, THREAD.ISOLATE)))?.terminate();
  });
  eachIsolate((isolate) => {
    const state = load(field(isolate, ISOLATE.STATE));
    const handed = state === ISOLATE_STATE.BUSY && load(field(isolate, ISOLATE.MAILBOX)) > LOOK;
    if (handed || state === ISOLATE_STATE.BOOTING || state === ISOLATE_STATE.FINISHING)
      count(load(field(isolate, ISOLATE.STACK_MB)), -1);
  });
  for (const more of care.look) more();
  for (const [stackMb, carriersNeeded] of needed) {
    for (let i = 0; i < carriersNeeded; i++) boot(stackMb);
  }
}

/** The ident of the thread that had waited longest for a carrier at the last look; 0: none waited. */
let waited = 0;
/** At how many looks before that it waited already. */
let looks = 0;

/**
 * A carrier that was expected may not come: what a body left behind blocks it between two threads. Then it counts as
 * BUSY from here on, and whoever still waits at the second look gets another one, and again after twice as long: on a
 * busy machine they all are on their way. The carrier that was expected finds the thread claimed.
 */
function startLate(): void {
  let oldest = 0 as Addr;
  eachThread((thread) => {
    if (load(field(thread, THREAD.STATE)) !== PHASE.RUNNABLE) return;
    if (oldest === 0 || identOf(thread) < identOf(oldest)) oldest = thread;
  });
  const ident = oldest === 0 ? 0 : identOf(oldest);
  looks = ident === waited ? looks + 1 : 0;
  if (ident !== 0 && looks > 0 && (looks & (looks - 1)) === 0) {
    eachIsolate((isolate) => {
      compareExchange(field(isolate, ISOLATE.STATE), ISOLATE_STATE.FINISHING, ISOLATE_STATE.BUSY);
    });
    if (!handToIdle(oldest)) boot(load(field(oldest, THREAD.STACK_MB)));
  }
  waited = ident;
}

function identOf(thread: Addr): number {
  return load(field(thread, THREAD.IDENT));
}

/** Idents of the Timers whose time is being waited for. */
const scheduled = new Set<number>();
const TICKS_PER_MS = 16;

/** Waits for a Timer's time, without a carrier. */
function schedule(thread: Addr): void {
  const ident = load(field(thread, THREAD.IDENT));
  if (scheduled.has(ident)) return;
  scheduled.add(ident);
  const passed = ((ticks() - load(field(thread, THREAD.STARTED))) | 0) / TICKS_PER_MS;
  const left = load(field(thread, THREAD.DELAY_MS)) - passed;
  setTimeout(
    () => {
      scheduled.delete(ident);
      if (load(field(thread, THREAD.IDENT)) !== ident) return; // cancelled, and its record is another's
      const state = field(thread, THREAD.STATE);
      if (compareExchange(state, PHASE.DELAYED, PHASE.RUNNABLE) !== PHASE.DELAYED) return;
      if (!handToIdle(thread)) look();
    },
    Math.max(0, Math.ceil(left)),
  );
}

function eachIsolate(visit: (isolate: Addr, index: number) => void): void {
  const high = load(HEADER.ISOLATES_HIGH as Addr);
  for (let i = 1; i < high; i++) visit(isolateAt(i), i);
}

/** Starts one carrier. */
export function boot(stackMb: number): void {
  let index = 0;
  try {
    index = claimIsolate(stackMb);
    watch(index, startCarrier({ ...inheritance, isolate: index }, stackMb));
  } catch (error) {
    if (index !== 0) store(field(isolateAt(index), ISOLATE.STATE), ISOLATE_STATE.FREE);
    failRunnable(`no carrier can be started: ${String(error)}`);
  }
}

/** The life of the supervisor's worker, in a program that heddle was imported into. */
export function superviseFirst(data: Inheritance): void {
  const { first } = workerData as { first: First };
  become(data);
  serveVault(first.vault);
  if (first.carrier !== undefined) watchFirst(first.carrier);
  supervise(data);
}

/** Watches the carrier that main started: its lifeline closes when it ends, whatever ends it. */
function watchFirst({ isolate, lifeline, owner }: NonNullable<First["carrier"]>): void {
  const ending = new Ending(() => askToEndFirst(owner));
  carriers.set(isolate, ending);
  serveVault(lifeline);
  const closed = (): void => {
    ending.over();
    carriers.delete(isolate);
    bury(isolate, "its carrier ended (out of memory, or a crash)");
  };
  // It may have closed while the supervisor was loading, unheard. serveVault() has given it a ref; a closed port takes none.
  if (!(lifeline as unknown as { hasRef(): boolean }).hasRef()) closed();
  else lifeline.on("close", closed);
}

function watch(index: number, worker: Worker): void {
  const ending = new Ending(() => void worker.terminate());
  worker.setMaxListeners(0); // each call adds one
  carriers.set(index, ending);
  serveVault(worker);
  worker.on("error", (error: Error & { code?: string }) => {
    const outOfMemory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
    reasons.set(index, outOfMemory ? "it ran out of memory" : `its carrier failed: ${String(error)}`);
  });
  worker.on("exit", (code) => {
    ending.over();
    carriers.delete(index);
    bury(index, reasons.get(index) ?? `its carrier exited with code ${code}`);
    reasons.delete(index);
  });
}

/** Cleans up after an isolate that has ended, and ends the thread that it ran. */
export function bury(index: number, reason: string): void {
  const isolate = isolateAt(index);
  const booting = load(field(isolate, ISOLATE.STATE)) === ISOLATE_STATE.BOOTING;
  store(field(isolate, ISOLATE.STATE), ISOLATE_STATE.DEAD);
  const thread = load(field(isolate, ISOLATE.THREAD)) as Addr;
  recover(index, thread === 0 ? 0 : load(field(thread, THREAD.IDENT)));
  if (load(HEADER.HOOK as Addr) === index) store(HEADER.HOOK as Addr, 0);
  if (thread !== 0) endThread(thread, reason);
  releaseAllOf(index);
  for (const lost of care.lost) lost(index);
  store(field(isolate, ISOLATE.STATE), ISOLATE_STATE.FREE);
  for (const started of startedBy(index)) endThread(started, reason);
  if (booting) failRunnable(reason);
  // One that was handed over and never taken: everyone who is parked without a thread looks again.
  eachIsolate((other, i) => {
    const idle =
      load(field(other, ISOLATE.STATE)) === ISOLATE_STATE.BUSY && load(field(other, ISOLATE.THREAD)) === 0;
    if (idle) post(i, LOOK);
  });
  // And one that was handed to the dead carrier itself.
  eachThread((waiting) => {
    if (load(field(waiting, THREAD.STATE)) === PHASE.RUNNABLE) handToIdle(waiting);
  });
  look();
}

function endThread(thread: Addr, reason: string): void {
  const phase = load(field(thread, THREAD.STATE));
  if (phase === PHASE.TERMINATED) return;
  const killed = (phase & PHASE.KILL) !== 0;
  const note = killed ? "it was terminated" : reason;
  store(field(thread, THREAD.NOTE), writeText(note));
  or(field(thread, THREAD.FLAGS), FLAG.FAILED);
  if (!killed) reportDeath(thread, note);
  retire(thread, phase);
  const ident = load(field(thread, THREAD.IDENT));
  for (const died of care.died) died(ident, threadName(thread), note);
  eachWaiter(rouse); // who waits for what only this thread would have done looks again
  discardLeftovers(thread);
}

/** No carrier can be had: the threads that wait for one end with that error. */
function failRunnable(reason: string): void {
  const waiting: Addr[] = [];
  eachThread((thread) => {
    if (load(field(thread, THREAD.STATE)) === PHASE.RUNNABLE) waiting.push(thread);
  });
  for (const thread of waiting) {
    const state = field(thread, THREAD.STATE);
    if (compareExchange(state, PHASE.RUNNABLE, PHASE.RUNNING) === PHASE.RUNNABLE) endThread(thread, reason);
  }
}

/** Ends some of the carriers that nobody needs. */
function shrink(): void {
  let spare = -WARM;
  eachIsolate((isolate) => {
    if (load(field(isolate, ISOLATE.STATE)) === ISOLATE_STATE.IDLE) spare++;
  });
  eachIsolate((isolate, index) => {
    if (spare <= 0 || !carriers.has(index)) return;
    const state = field(isolate, ISOLATE.STATE);
    if (compareExchange(state, ISOLATE_STATE.IDLE, ISOLATE_STATE.DEAD) !== ISOLATE_STATE.IDLE) return;
    spare--;
    carriers.get(index)?.terminate();
  });
}

/** Who was blocked for ever when it was last looked. */
let blockedBefore = "";

/** A program whose threads are all blocked for ever says so and ends, instead of hanging. */
function endIfAllBlocked(): void {
  const blocked = allBlocked();
  const certain = blocked !== "" && blocked === blockedBefore;
  blockedBefore = blocked;
  if (!certain) return;
  writeWhole(STDERR, deadlockReport());
  onAllBlocked();
}

/** How the supervisor ends the program: by asking main, or, where it is the real main thread, by itself. */
let onAllBlocked = (): void => {
  const main = load(field(load(HEADER.MAIN as Addr) as Addr, THREAD.ISOLATE));
  store(field(isolateAt(main), ISOLATE.END), END.PROGRAM);
  kickIsolate(main);
};
export function setOnAllBlocked(end: () => void): void {
  onAllBlocked = end;
}
