/** Process records: their words, and how one is made. */
import { KIND } from "../core/kind.ts";
import { field, HEADER } from "../core/layout.ts";
import { PROCESS } from "../core/process-layout.ts";
import { writeText } from "../core/text.ts";
import { type Addr, add, or, store } from "../core/word.ts";
import { newRecord } from "../sync/named.ts";
import { identity, newId } from "./identity.ts";

/** PROCESS.STATE: one bit each, as joiners wait for one. */
export const PROCESS_STATE = { NEW: 1, STARTING: 2, STARTED: 4, ENDED: 8 } as const;

/** PROCESS.FLAGS. */
export const DAEMON: number = 1;

/** Makes a record with one reference. */
export function newProcessRecord(options: {
  readonly name?: string | undefined;
  readonly daemon?: boolean | null | undefined;
}): Addr {
  const number = add(HEADER.NEXT_PROCESS as Addr, 1) + 1;
  const path = [identity()?.numbers ?? [], number].flat().join(":");
  const name = options.name ? String(options.name) : `Process-${path}`;
  const record = newRecord(KIND.PROCESS, PROCESS.NAME, name);
  store(field(record, PROCESS.ID), writeText(newId()));
  store(field(record, PROCESS.NUMBER), number);
  if (options.daemon ?? identity()?.daemon ?? false) or(field(record, PROCESS.FLAGS), DAEMON);
  store(field(record, PROCESS.STATE), PROCESS_STATE.NEW);
  return record;
}
