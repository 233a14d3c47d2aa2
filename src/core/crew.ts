/**
 * The crew: the workers of a pool, and who of them is to be woken.
 *
 * STATE of a worker:
 *
 *   | state     | meaning                                   | to                                        |
 *   | --------- | ----------------------------------------- | ----------------------------------------- |
 *   | FREE      | there is no such worker                   | STARTING by whoever needs one             |
 *   | STARTING  | its thread has been started               | SEARCHING by itself; FREE                 |
 *   | SEARCHING | awake, and about to look at the line      | BUSY, PARKED, FREE by itself              |
 *   | BUSY      | runs a task's code                        | SEARCHING, WAITING by itself              |
 *   | WAITING   | all tasks that it may run await something | SEARCHING by itself                       |
 *   | PARKED    | asleep, or about to be                    | SEARCHING by a waker, or by itself        |
 *
 *   STARTING also says, in its upper bits, which isolate starts the thread.
 *
 *   any state → FREE by the supervisor, when its thread has died.
 *
 * Invariants
 *   K1  A worker is PARKED before it looks at the line for the last time, and who
 *       submits appends before it looks for a PARKED one: one of the two sees the
 *       other. So no task is left beside a sleeping worker.
 *   K2  Nobody is woken while another worker is SEARCHING: that one will look at the
 *       line, and wakes the next if it leaves tasks there. So a burst of submits costs
 *       one wake-up, not one each.
 *   K3  Who wakes changes PARKED to SEARCHING first: each sleeper is woken once.
 *   K4  A worker is SEARCHING again before its task's end is told: who submits next
 *       finds it, instead of starting another.
 *   K5  Nothing is counted, everything is looked up: the death of a worker leaves no
 *       count wrong, only a state that the supervisor sets back.
 *   K6  SLACK may be 1 without need (one useless look at the crew), never 0 beside a PARKED
 *       or FREE worker, except while somebody is in rally(). Who died there left it at
 *       0: after each death it is 1 again, and then the line is looked at.
 *
 * Lineage: the spinning workers of Go's scheduler and Tokio's "searching".
 */
import { POOL, WORKER, WORKER_SIZE } from "./future-layout.ts";
import { allocate } from "./heap.ts";
import { field } from "./layout.ts";
import { kickAll } from "./line.ts";
import type { Wait } from "./park.ts";
import { REASON } from "./reason.ts";
import { self } from "./self.ts";
import { type Addr, compareExchange, load, or, store } from "./word.ts";
import { backlog } from "./work.ts";

export const CREW_STATE = { FREE: 0, STARTING: 1, SEARCHING: 2, BUSY: 3, PARKED: 4, WAITING: 5 } as const;
/** STATE of a pool. */
export const SHUT = 1;
export const BROKEN = 2;
/** Its executor was dropped: it ends when its work is done. */
export const ORPHANED = 4;
/** Its workers are being terminated. */
export const TERMINATED = 8;
/** OPTIONS of a pool. */
export const POOL_OPTION = { DAEMON: 1, CANCEL_ON_ERROR: 2 } as const;

/** RUN words beyond those that a worker may use: a task that waits for its own pool lets one more in. */
const SPARE_RUNS = 4;

/** Bytes of one worker's entry: whole cache lines, so that workers do not slow each other. */
function strideOf(runs: number): number {
  return Math.ceil((WORKER.RUN + (runs + SPARE_RUNS) * 4) / WORKER_SIZE) * WORKER_SIZE;
}

/** How many RUN words each worker of a pool has. */
export function runWords(pool: Addr): number {
  return load(field(pool, POOL.RUNS)) + SPARE_RUNS;
}

/** The block of a crew, everyone FREE. */
export function newCrew(size: number, runs: number): Addr {
  const crew = allocate(size * strideOf(runs));
  for (let offset = 0; offset < size * strideOf(runs); offset += 4) store((crew + offset) as Addr, 0);
  return crew;
}

export function workerAt(pool: Addr, index: number): Addr {
  const stride = strideOf(load(field(pool, POOL.RUNS)));
  return (load(field(pool, POOL.CREW)) + index * stride) as Addr;
}

/** Where worker number `index` names the tasks that it runs. */
export function runAt(worker: Addr, run: number): Addr {
  return (worker + WORKER.RUN + run * 4) as Addr;
}

export function eachWorker(pool: Addr, visit: (worker: Addr, index: number) => void): void {
  const size = load(field(pool, POOL.SIZE));
  const stride = strideOf(load(field(pool, POOL.RUNS)));
  const crew = load(field(pool, POOL.CREW));
  for (let i = 0; i < size; i++) visit((crew + i * stride) as Addr, i);
}

const STATE_BITS = 8;
const STATE_MASK = 255;

/** The state in a worker's word. */
export function crewStateOf(word: number): number {
  return word & STATE_MASK;
}
/** Of a STARTING worker: the isolate that starts it. */
export function starterOf(word: number): number {
  return word >>> STATE_BITS;
}

/**
 * Sees to it that somebody looks at the line, where there is a task. Returns the index of a worker that the
 * caller must start a thread for; -1: nobody need be started. K2
 */
export function rally(pool: Addr, woken: (worker: Addr) => void): number {
  const slack = field(pool, POOL.SLACK);
  if (load(slack) === 0) return -1;
  for (;;) {
    store(slack, 0); // before the look: who parks or ends after it sets it again
    const found = survey(pool);
    if (found.searching) {
      store(slack, 1);
      return -1;
    }
    if (found.parked !== 0) {
      store(slack, 1);
      if (!unpark(found.parked)) continue;
      woken(found.parked);
      return -1;
    }
    if (found.free < 0) return -1;
    store(slack, 1);
    if (found.starting >= backlog(load(field(pool, POOL.LINE)) as Addr)) return -1;
    const state = field(workerAt(pool, found.free), WORKER.STATE);
    const starting = (self.isolate << STATE_BITS) | CREW_STATE.STARTING;
    if (compareExchange(state, CREW_STATE.FREE, starting) === CREW_STATE.FREE) return found.free;
  }
}

/** Somebody has died, perhaps in {@link rally}: whoever submits next looks at the crew again. K6 */
export function restoreSlack(pool: Addr): void {
  store(field(pool, POOL.SLACK), 1);
}

/** What one look at a crew found. One object for all looks. */
const found = { searching: false, starting: 0, parked: 0 as Addr, free: -1 };

function survey(pool: Addr): typeof found {
  const size = load(field(pool, POOL.SIZE));
  const stride = strideOf(load(field(pool, POOL.RUNS)));
  let worker = load(field(pool, POOL.CREW)) as Addr;
  found.searching = false;
  found.starting = 0;
  found.parked = 0 as Addr;
  found.free = -1;
  for (let i = 0; i < size; i++, worker = (worker + stride) as Addr) {
    const state = crewStateOf(load(worker));
    if (state === CREW_STATE.SEARCHING) {
      found.searching = true;
      break;
    }
    if (state === CREW_STATE.STARTING) found.starting++;
    else if (state === CREW_STATE.PARKED && found.parked === 0) found.parked = worker;
    else if (state === CREW_STATE.FREE && found.free < 0) found.free = i;
  }
  return found;
}

/** PARKED → SEARCHING. False: it is awake already. K3 */
export function unpark(worker: Addr): boolean {
  return (
    compareExchange(field(worker, WORKER.STATE), CREW_STATE.PARKED, CREW_STATE.SEARCHING) ===
    CREW_STATE.PARKED
  );
}

/** Wakes a worker that was PARKED. */
export function ringWorker(worker: Addr): void {
  kickAll(field(worker, WORKER.STATE));
}

/** The wait of a PARKED worker. Its caller sets PARKED, and looks at the line when it has joined this line. K1 */
export function parkWait(worker: Addr): Wait<true> {
  const state = field(worker, WORKER.STATE);
  return {
    addr: state,
    reason: REASON.WORK,
    want: 0,
    uninterruptible: true,
    poll: () => (load(state) === CREW_STATE.PARKED ? undefined : true),
  };
}

/** Sets a bit of a pool's STATE. */
export function setPool(pool: Addr, bit: number): number {
  return or(field(pool, POOL.STATE), bit);
}

/** Has every worker ended? */
export function isDeserted(pool: Addr): boolean {
  let deserted = true;
  eachWorker(pool, (worker) => {
    if (load(field(worker, WORKER.STATE)) !== CREW_STATE.FREE) deserted = false;
  });
  return deserted;
}
