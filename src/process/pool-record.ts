/** The record of a process pool: its words. */
import { field } from "../core/layout.ts";
import { PROCESS_POOL } from "../core/process-layout.ts";
import { type Addr, store } from "../core/word.ts";
import { newRecord } from "../sync/named.ts";
import { processId } from "./identity.ts";

/** PROCESS_POOL.STATE: takes nothing more; lost a worker; nothing is left of it; its program has ended its workers. */
export const POOL_STATE = { SHUT: 1, BROKEN: 2, ENDED: 4, TERMINATED: 8 } as const;

/** The name by which its supervisor and its workers know a pool of this process. */
export function poolId(record: Addr): string {
  return `Pool:${processId()}:${record}`;
}

/** Makes the record of a pool of at most `max` processes. */
export function newPoolRecord(kind: number, name: string, max: number): Addr {
  const record = newRecord(kind, PROCESS_POOL.NAME, name);
  store(field(record, PROCESS_POOL.MAX), max);
  return record;
}
