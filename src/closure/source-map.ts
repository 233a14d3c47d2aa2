/**
 * Stacks of rebuilt functions that name the source which a compiler read.
 *
 * The engine knows a rebuilt function by the script that it was captured from;
 * where that script came out of a compiler (tsx, a bundler), its source map
 * leads on. Only threads need this: in the main thread the script itself is
 * loaded, and whoever compiled it has seen to its stacks.
 */
import { MEMORY_KEY } from "../core/memory.ts";
import type { Addr } from "../core/word.ts";
import { load } from "../value/message.ts";
import type { Code } from "./code.ts";
import { decodeSourceMap, type MappedPlace } from "./source-map-platform.ts";

/** Set where another part of heddle maps stacks already. */
const MAPPED = Symbol.for("heddle.originalPosition");

type Find = (line: number, column: number) => MappedPlace | undefined;

const references = new Map<string, Addr>();
const finders = new Map<string, Find | undefined>();
let installed = false;

/** Notes where the source map of a rebuilt function's script is. */
export function noteSourceMap(code: Code): void {
  if (code.sourceMap === 0 || references.has(code.url)) return;
  const home = globalThis as Record<symbol, unknown>;
  if (home[MEMORY_KEY] === undefined || home[MAPPED] !== undefined) return;
  references.set(code.url, code.sourceMap as Addr);
  if (installed) return;
  installed = true;
  // A program's own way of printing stacks is left alone; Node's is not: it knows only scripts that Node loaded.
  const present = Error.prepareStackTrace;
  if (present === undefined || present.name === "ErrorPrepareStackTrace")
    Error.prepareStackTrace = formatStack;
}

/** Where the source map of a script is, if a rebuilt function brought it here. */
export function sourceMapAt(url: string): Addr {
  return references.get(url) ?? (0 as Addr);
}

function formatStack(error: Error, sites: readonly NodeJS.CallSite[]): string {
  let head: string;
  try {
    head = Error.prototype.toString.call(error);
  } catch {
    head = "<error>";
  }
  return [head, ...sites.map((site) => `    at ${describe(site)}`)].join("\n");
}

function describe(site: NodeJS.CallSite): string {
  const text = String(site);
  const file = site.getFileName() ?? "";
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  if (line === null || column === null) return text;
  const place = finderOf(file)?.(line - 1, column - 1);
  return place === undefined
    ? text
    : text.replace(`${file}:${line}:${column}`, `${place.file}:${place.line + 1}:${place.column + 1}`);
}

function finderOf(file: string): Find | undefined {
  if (!finders.has(file)) {
    const reference = references.get(file);
    finders.set(
      file,
      decodeSourceMap(file, reference === undefined ? undefined : (load(reference) as string)),
    );
  }
  return finders.get(file);
}
