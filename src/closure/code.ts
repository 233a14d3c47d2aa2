/**
 * Code records: what a function is, apart from the values that it closes over.
 *
 * Each is written to shared memory once and never changes; its address is its
 * id in every isolate. The records form a list that only grows, so an isolate
 * finds what another has stored.
 *
 *   NEXT     the record stored before this one; 0: the first
 *   HASH     of url, place and names
 *   MESSAGE  the fields of {@link Code}, as a message
 *
 * Publication: the record is whole before the compare-exchange that links it.
 */
import { allocate } from "../core/heap.ts";
import { HEADER } from "../core/layout.ts";
import { type Addr, compareExchange, load as loadWord, store as storeWord } from "../core/word.ts";
import { load, store } from "../value/message.ts";
import type { FunctionKind } from "./scopes.ts";

export interface Code {
  readonly kind: FunctionKind;
  readonly name: string;
  /** Its text, ready to be compiled. */
  readonly text: string;
  /** The script as the engine names it, and the place of the text in it, from 0. */
  readonly url: string;
  readonly line: number;
  readonly column: number;
  readonly strict: boolean;
  /** Free variables, in the order of the captured values. */
  readonly names: readonly string[];
  /** Of a class: the variable that its `extends` reads; empty: none is to be set. */
  readonly heritage: string;
  /** Of a class: its definition reads free variables. */
  readonly early: boolean;
  /** Of a class: the name under which its module exports it; empty: none. */
  readonly exportedAs: string;
  /** Message with what the script says about its source map; 0: nothing. */
  readonly sourceMap: number;
}

const LIST = HEADER.CODE_LIST as Addr;
const NEXT = 0;
const HASH = 4;
const MESSAGE = 8;

const codes = new Map<Addr, Code>();
const byHash = new Map<number, Addr[]>();
let seen = 0 as Addr;

function at(record: Addr, field: number): Addr {
  return (record + field) as Addr;
}

/** The code of a record. */
export function codeAt(record: Addr): Code {
  let code = codes.get(record);
  if (code === undefined) {
    code = load(loadWord(at(record, MESSAGE)) as Addr) as Code;
    codes.set(record, code);
  }
  return code;
}

/** The record of some code: the one that any isolate has stored already, or a new one. */
export function recordOf(code: Code): Addr {
  const hash = hashOf(code);
  const known = find(code, hash);
  if (known !== undefined) return known;
  const record = allocate(12);
  storeWord(at(record, HASH), hash);
  storeWord(at(record, MESSAGE), store(code, "code"));
  codes.set(record, code);
  for (let head = loadWord(LIST); ; ) {
    storeWord(at(record, NEXT), head);
    const found = compareExchange(LIST, head, record);
    if (found === head) return record;
    head = found;
  }
}

function find(code: Code, hash: number): Addr | undefined {
  const head = loadWord(LIST) as Addr;
  for (let record = head; record !== seen; record = loadWord(at(record, NEXT)) as Addr) {
    const key = loadWord(at(record, HASH));
    const same = byHash.get(key);
    if (same === undefined) byHash.set(key, [record]);
    else same.push(record);
  }
  seen = head;
  return byHash.get(hash)?.find((record) => isSame(codeAt(record), code));
}

function isSame(a: Code, b: Code): boolean {
  return (
    a.text === b.text &&
    a.url === b.url &&
    a.line === b.line &&
    a.column === b.column &&
    a.name === b.name &&
    a.names.length === b.names.length &&
    a.names.every((name, index) => name === b.names[index])
  );
}

/** FNV-1a, 32 bits. */
function hashOf(code: Code): number {
  let hash = 0x811c9dc5;
  const key = `${code.url}:${code.line}:${code.column}:${code.name}:${code.names.join()}`;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash;
}

const exported = new Map<Addr, string>();

/** A code record as a text that can leave the process: a source map travels as its own text. */
export function exportCode(record: Addr): string {
  let text = exported.get(record);
  if (text === undefined) {
    const code = codeAt(record);
    const sourceMap = code.sourceMap === 0 ? 0 : load(code.sourceMap as Addr);
    text = JSON.stringify({ ...code, sourceMap });
    exported.set(record, text);
  }
  return text;
}

/** The record here of what {@link exportCode} gave in another process. */
export function importCode(text: string): Addr {
  const code = JSON.parse(text) as Omit<Code, "sourceMap"> & { readonly sourceMap: number | string };
  const { sourceMap } = code;
  if (typeof sourceMap === "number") return recordOf(code as Code);
  const known = find(code as Code, hashOf(code as Code));
  return known ?? recordOf({ ...code, sourceMap: store(sourceMap, "a source map") });
}
