/**
 * Nested submits: a task that waits for another task of its own pool.
 *
 * With every worker waiting so, nobody would be left to run what they wait for. So a worker that is about to
 * block without a timeout for a task that has not begun runs that task itself, inside the waiting one. One that
 * awaits takes one more task than it otherwise may. Where neither is possible (the task is an async function, and
 * the waiting one blocks), the last worker that would block so gets a DeadlockError.
 */
import { CREW_STATE, crewStateOf, eachWorker } from "../core/crew.ts";
import { FUTURE, WORKER } from "../core/future-layout.ts";
import { claim, PENDING, phaseOf, tagOf } from "../core/future.ts";
import { field } from "../core/layout.ts";
import { self } from "../core/self.ts";
import { type Addr, load, store } from "../core/word.ts";
import { DeadlockError } from "../errors.ts";
import { callNeedsModules, isAsyncCall, poolOf } from "./call.ts";
import { type AnyFuture, friends, helping } from "./friends.ts";
import type { Worker } from "./worker.ts";

function phase(record: Addr): number {
  return phaseOf(load(field(record, FUTURE.STATE)));
}

/** From here on this thread works for a pool; undefined: no longer. */
export function installHelping(me: Worker | undefined): void {
  helping.beforeBlock = me === undefined ? () => false : (record) => beforeBlock(me, record);
  helping.beforeAwait = me === undefined ? () => {} : (record, future) => beforeAwait(me, record, future);
}

function beforeBlock(me: Worker, record: Addr): boolean {
  store(field(me.worker, WORKER.AWAITS), 0);
  if (record === 0 || poolOf(record) !== me.pool || phase(record) !== PENDING) return false;
  if (isAsyncCall(record) || callNeedsModules(record)) {
    refuseIfAlone(me, record);
    return false;
  }
  const helps = field(me.worker, WORKER.HELPS);
  const outer = load(helps);
  store(helps, record); // before the claim: if this thread dies, the task is found
  const tag = tagOf(load(field(record, FUTURE.STATE)));
  if (claim(record, tag, self.ident) !== "claimed") {
    store(helps, outer);
    return false;
  }
  store(field(record, FUTURE.NEXT), outer);
  void me.execute({ record, run: 0 as Addr });
  store(helps, outer);
  return true;
}

/** Throws when every worker of the pool blocks for a task that none of them can run. */
function refuseIfAlone(me: Worker, record: Addr): void {
  store(field(me.worker, WORKER.AWAITS), record);
  let alone = true;
  eachWorker(me.pool, (worker) => {
    const state = crewStateOf(load(worker));
    const awaits = load(field(worker, WORKER.AWAITS)) as Addr;
    const stuck = state === CREW_STATE.BUSY && awaits !== 0 && phase(awaits) === PENDING;
    if (!stuck) alone = false;
  });
  if (!alone) return;
  store(field(me.worker, WORKER.AWAITS), 0);
  throw new DeadlockError(
    "Cannot wait for future: every worker of its pool would block for an async task that none is left to run; await it instead",
  );
}

function beforeAwait(me: Worker, record: Addr, future: AnyFuture): void {
  if (record === 0 || poolOf(record) !== me.pool || phase(record) !== PENDING) return;
  me.extra++;
  me.nudge();
  friends.watchDone(future, () => me.extra--, false);
}
