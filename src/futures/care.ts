/** What the supervisor does for pools: it fails the tasks of dead workers, replaces these, and watches limits. */
import {
  CREW_STATE,
  crewStateOf,
  eachWorker,
  restoreSlack,
  runAt,
  runWords,
  starterOf,
  TERMINATED,
} from "../core/crew.ts";
import { FUTURE, WORKER } from "../core/future-layout.ts";
import { CANCELLED, complete, DONE, finish, phaseOf, RUNNING, TAG_MASK, tagOf } from "../core/future.ts";
import { eachRecord } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { field, THREAD } from "../core/layout.ts";
import { ticks } from "../core/line.ts";
import { abandon } from "../core/mutex.ts";
import { PHASE, ringSupervisor } from "../core/registry.ts";
import { backlog, putWord } from "../core/work.ts";
import { type Addr, compareExchange, load, store } from "../core/word.ts";
import { ThreadTerminatedError, TimeoutError } from "../errors.ts";
import { care } from "../thread/supervisor.ts";
import { limitOf } from "./call.ts";
import { thrown } from "./outcome.ts";
import { lineOf, poolState, releasePool, summon, vacate } from "./pool.ts";
import { askRescan, deliver, emptyPort } from "./port.ts";
import { failWaiting, passCancelled } from "./worker.ts";

function pools(): Addr[] {
  const found: Addr[] = [];
  eachRecord((record) => {
    if (load(record) === KIND.POOL) found.push(record);
  });
  return found;
}

/** A thread was ended from outside. */
function died(ident: number, name: string, why: string): void {
  for (const pool of pools()) {
    abandon(putWord(lineOf(pool)), ident, true);
    eachWorker(pool, (worker) => {
      if (crewStateOf(load(worker)) === CREW_STATE.FREE) return;
      const thread = load(field(worker, WORKER.THREAD)) as Addr;
      if (thread !== 0 && load(field(thread, THREAD.IDENT)) === ident) bury(pool, worker, ident, name, why);
    });
  }
}

/** A worker is dead: its tasks fail, its place is free, and another takes it if there is work. */
function bury(pool: Addr, worker: Addr, ident: number, name: string, why: string): void {
  const error = (): number =>
    thrown(
      new ThreadTerminatedError(`Cannot get the result of task: ${name}, which ran it, has ended (${why})`),
    );
  for (let i = 0; i < runWords(pool); i++) {
    const run = runAt(worker, i);
    const record = load(run) as Addr;
    store(run, 0);
    if (record !== 0) close(record, ident, error);
  }
  const helps = field(worker, WORKER.HELPS);
  let record = load(helps) as Addr;
  store(helps, 0);
  store(field(worker, WORKER.AWAITS), 0);
  while (record !== 0) {
    const outer = load(field(record, FUTURE.NEXT)) as Addr;
    if (!close(record, ident, error)) break;
    record = outer;
  }
  vacate(pool, worker);
  if ((poolState(pool) & TERMINATED) !== 0) failWaiting(pool);
  else if (backlog(lineOf(pool)) > 0) summon(pool);
  releasePool(pool);
}

/** Ends a task that a dead worker ran, or was about to. False: it did not run it. */
function close(record: Addr, ident: number, error: () => number): boolean {
  const word = load(field(record, FUTURE.STATE));
  if (phaseOf(word) === CANCELLED) {
    passCancelled(record);
  } else if ((word & DONE) !== 0) {
    const port = load(field(record, FUTURE.PORT));
    deliver(record);
    askRescan(port);
    return true;
  }
  if (phaseOf(word) !== RUNNING || tagOf(word) !== (ident & TAG_MASK)) return false;
  if (load(field(record, FUTURE.RESULT)) === 0) finish(record, error());
  else complete(record);
  deliver(record);
  return true;
}

/** An isolate has ended: the workers that it was about to start, and what it has not settled. */
function lost(isolate: number): void {
  emptyPort(isolate);
  for (const pool of pools()) {
    eachWorker(pool, (worker) => {
      const word = load(worker);
      if (crewStateOf(word) !== CREW_STATE.STARTING || starterOf(word) !== isolate) return;
      const thread = load(field(worker, WORKER.THREAD)) as Addr;
      const started = thread !== 0 && load(field(thread, THREAD.STATE)) > PHASE.NEW;
      if (!started) vacate(pool, worker);
    });
    restoreSlack(pool);
    if (backlog(lineOf(pool)) > 0) summon(pool);
  }
}

let timer: ReturnType<typeof setTimeout> | undefined;
const TICKS_PER_MS = 16;

/** Looks for tasks that have run for longer than they may. */
function watchLimits(): void {
  let next = Infinity;
  for (const pool of pools()) {
    eachWorker(pool, (worker) => {
      if (crewStateOf(load(worker)) === CREW_STATE.FREE) return;
      for (let i = 0; i < runWords(pool); i++) {
        const left = leftOf(load(runAt(worker, i)) as Addr);
        if (left > 0) next = Math.min(next, left);
        else expire(worker, load(runAt(worker, i)) as Addr);
      }
    });
  }
  clearTimeout(timer);
  timer = next === Infinity ? undefined : setTimeout(watchLimits, Math.ceil(next));
}

/** Milliseconds that a running task has left; Infinity: it has no limit. */
function leftOf(record: Addr): number {
  if (record === 0 || limitOf(record) === 0) return Infinity;
  if (phaseOf(load(field(record, FUTURE.STATE))) !== RUNNING) return Infinity;
  const started = load(field(record, FUTURE.STARTED));
  return started === 0 ? Infinity : limitOf(record) - ((ticks() - started) | 0) / TICKS_PER_MS;
}

/** A task has run too long: its future ends, and its thread, too, if it is in the task's code. */
function expire(worker: Addr, record: Addr): void {
  const limit = limitOf(record);
  const port = load(field(record, FUTURE.PORT));
  const error = new TimeoutError(`Cannot go on with task: it has run for more than ${limit} ms`);
  if (!finish(record, thrown(error))) return;
  askRescan(port);
  if (crewStateOf(load(worker)) !== CREW_STATE.BUSY) return;
  const thread = load(field(worker, WORKER.THREAD)) as Addr;
  const state = field(thread, THREAD.STATE);
  if (compareExchange(state, PHASE.RUNNING, PHASE.RUNNING | PHASE.KILL) === PHASE.RUNNING) ringSupervisor();
}

care.died.push(died);
care.lost.push(lost);
care.look.push(() => {
  if (limited()) watchLimits();
});

/** Is there any pool at all? Looking is not worth it otherwise. */
function limited(): boolean {
  return pools().length > 0;
}
