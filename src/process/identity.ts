/** Who this process is among the processes of its program. */
import { HEADER } from "../core/layout.ts";
import { readText } from "../core/text.ts";
import { type Addr, add, load } from "../core/word.ts";

/** What a process is told of itself by the one that started it. */
export interface Identity {
  /** The name by which the program's processes know it. */
  readonly id: string;
  readonly name: string;
  readonly daemon: boolean;
  /** Its number among its parent's children, after its parent's own: `1:2`. */
  readonly numbers: string;
  readonly parent: { readonly id: string; readonly pid: number; readonly name: string };
  readonly argv: readonly string[];
  readonly prelude?: string | undefined;
}

let known: Identity | undefined;

/** What this process was told; undefined: it is the program's first one. */
export function identity(): Identity | undefined {
  const text = load(HEADER.PROCESS as Addr) as Addr;
  if (known === undefined && text !== 0) known = JSON.parse(readText(text)) as Identity;
  return known;
}

/** The name by which the program's processes know this one. */
export function processId(): string {
  return identity()?.id ?? "r";
}

/** A name for something new that processes share, or for a new process. */
export function newId(): string {
  return `${processId()}_${add(HEADER.NEXT_CALL as Addr, 1)}`;
}
