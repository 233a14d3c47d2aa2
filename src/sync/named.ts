/** What every named object with a shared record has: its name, its text, its place in `util.inspect`. */
import { allocateRecord, free, freeRecord } from "../core/heap.ts";
import { field } from "../core/layout.ts";
import { readText, writeText } from "../core/text.ts";
import { type Addr, load, store } from "../core/word.ts";

/** Makes a record of 64 bytes with one reference; the caller stores KIND last. */
export function newRecord(kind: number, nameAt: number, name: string | undefined): Addr {
  const record = allocateRecord();
  for (let offset = 4; offset < 64; offset += 4) store(field(record, offset), 0);
  store(field(record, 4), 1);
  if (name !== undefined) store(field(record, nameAt), writeText(name));
  store(record, kind);
  return record;
}

/** Frees a record with its name. */
export function freeNamed(record: Addr, nameAt: number): void {
  const name = load(field(record, nameAt)) as Addr;
  freeRecord(record);
  if (name !== 0) free(name);
}

/** The name of a record; undefined: it has none. */
export function nameOf(record: Addr, nameAt: number): string | undefined {
  const name = load(field(record, nameAt)) as Addr;
  return name === 0 ? undefined : readText(name);
}

/** Checks an options object: its keys are known ones. */
export function checkOptions(what: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return;
  if (options === null || typeof options !== "object") {
    throw new TypeError(
      `Cannot create ${what}: options must be an object, got ${options === null ? "null" : typeof options}`,
    );
  }
  checkKeys(`create ${what}`, options, known);
}

/** Refuses keys that an options object does not have. */
export function checkKeys(action: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    throw new TypeError(`Cannot ${action}: unknown option "${key}" (known: ${known.join(", ")})`);
  }
}

/** Checks a name option. */
export function checkName(what: string, name: unknown): string | undefined {
  if (name === undefined) return undefined;
  if (typeof name !== "string")
    throw new TypeError(`Cannot create ${what}: name must be a string, got ${typeof name}`);
  return name;
}
