/** The records of futures: made, read and freed. */
import { cancel, finish, newFuture, notifyCancelled } from "../core/future.ts";
import { free } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { FUTURE } from "../core/future-layout.ts";
import { field } from "../core/layout.ts";
import { type Addr, load, store } from "../core/word.ts";
import { discard } from "../value/message.ts";
import { discardResult, messageOf, returned, thrown, valueOf, wasThrown } from "./outcome.ts";
import { Settled, type Source } from "./settled.ts";

/** The record of a future that belongs to no pool. */
export function createRecord(): Addr {
  const record = newFuture(0);
  store(field(record, FUTURE.KIND), KIND.FUTURE);
  return record;
}

/** A record for a future that ended before it was shared. */
export function recordOfSettled({ cancelled, failed, value }: Settled): Addr {
  const record = createRecord();
  if (cancelled) {
    cancel(record);
    notifyCancelled(record);
  } else {
    finish(record, failed ? thrown(value) : returned(value));
  }
  return record;
}

/** Reads what the record of a future that is DONE holds. */
export function readRecord(record: Addr, source: Source | undefined): Settled {
  const result = load(field(record, FUTURE.RESULT));
  let settled: Settled;
  try {
    settled = new Settled(wasThrown(result), valueOf(record, result));
  } catch (error) {
    settled = new Settled(true, error); // it cannot be read here
  }
  if (settled.failed) source?.failed(settled);
  return settled;
}

/** Frees a future's record with all that it holds. */
export function reclaimFuture(record: Addr): void {
  const result = load(field(record, FUTURE.RESULT));
  if (messageOf(result) !== 0) discardResult(result);
  const job = load(field(record, FUTURE.JOB)) as Addr;
  if (job !== 0) discard(job);
  free(record);
}
