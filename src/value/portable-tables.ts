/** What a message for another process needs beside its bytes: code, names, and numbers that all processes agree on. */
import type { Addr } from "../core/word.ts";
import { InternalError } from "../errors.ts";
import { newOrigin } from "./origin.ts";
import { processNumber } from "./platform.ts";

/** Collects, while a message is encoded, the code records and the shared things that it mentions. */
export class PortableTables {
  readonly codes: Addr[] = [];
  /** Names of what processes share, as often as they occur. */
  readonly refs: string[] = [];

  numberOf(code: Addr): number {
    const known = this.codes.indexOf(code);
    return known >= 0 ? known : this.codes.push(code) - 1;
  }
}

/**
 * Origins among processes: process (22 bits) | isolate (11) | number (20). Local ones are
 * isolate << 28 | number, all below 2 ** 40.
 */
const FIRST_FOREIGN = 2 ** 41;
const PER_PROCESS = 2 ** 31;
const PER_ISOLATE = 2 ** 20;
const LOCAL_PER_ISOLATE = 2 ** 28;
const MAX_ISOLATE = 2 ** 11;
/** Keeps the smallest process numbers out of the range of local origins. */
const PROCESS_OFFSET = 1024;
/** An origin whose number does not fit: the receiver takes it for a new thing. */
const UNKNOWN = -1;

const own = processNumber + PROCESS_OFFSET;

/** The origin by which all processes know what this one knows by `origin`. */
export function worldwide(origin: number): number {
  if (origin >= FIRST_FOREIGN) return origin;
  const isolate = Math.floor(origin / LOCAL_PER_ISOLATE);
  const number = origin % LOCAL_PER_ISOLATE;
  if (isolate >= MAX_ISOLATE || number >= PER_ISOLATE) return UNKNOWN;
  return own * PER_PROCESS + isolate * PER_ISOLATE + number;
}

/** The origin here of what {@link worldwide} gave in some process. */
export function localOrigin(origin: number): number {
  if (origin === UNKNOWN) return newOrigin();
  if (Math.floor(origin / PER_PROCESS) !== own) return origin;
  const rest = origin % PER_PROCESS;
  return Math.floor(rest / PER_ISOLATE) * LOCAL_PER_ISOLATE + (rest % PER_ISOLATE);
}

let opener: ((name: string, extra: Uint8Array) => object) | undefined;

/** Tells how a name of something that processes share becomes its object here. */
export function registerRemote(open: (name: string, extra: Uint8Array) => object): void {
  opener = open;
}

export function openRemote(name: string, extra: Uint8Array): object {
  if (opener === undefined) throw new InternalError(`Cannot open ${name}: processes are not loaded`);
  return opener(name, extra);
}
