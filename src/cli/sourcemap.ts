/**
 * Stacks that name the program's own TypeScript file and line.
 *
 * Nothing is read before the first stack is: a program that never throws pays for one assignment.
 */
import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { fileURLToPath } from "node:url";

export interface Position {
  readonly file: string;
  /** Counted from 1, as in a stack. */
  readonly line: number;
  /** Counted from 1, as in a stack. */
  readonly column: number;
}

/** Where other parts of heddle find the mapping, if a program runs compiled: they may not import this layer. */
const HOOK: symbol = Symbol.for("heddle.originalPosition");
const COMPILED: RegExp = /\.heddle\.[cm]js$/;
const maps: Map<string, SourceMap | undefined> = new Map<string, SourceMap | undefined>();

/**
 * Makes stacks in this thread speak of the sources of programs that `heddle run` compiled. A program that
 * sets `Error.prepareStackTrace` itself keeps its own way. Installing twice changes nothing.
 */
export function installStackMapping(): void {
  const home = globalThis as { [HOOK]?: typeof originalPosition };
  if (home[HOOK] !== undefined) return;
  home[HOOK] = originalPosition;
  Error.prepareStackTrace = formatStack;
}

/** The source's position for a position in a compiled file; any other position is its own. */
export function originalPosition(file: string, line: number, column: number): Position {
  const entry = mapOf(file)?.findEntry(line - 1, column - 1);
  if (entry === undefined || !("originalSource" in entry)) return { file, line, column };
  return {
    file: pathOf(entry.originalSource),
    line: entry.originalLine + 1,
    column: entry.originalColumn + 1,
  };
}

function formatStack(error: Error, sites: readonly NodeJS.CallSite[]): string {
  let text = headOf(error);
  for (const site of sites) text += `\n    at ${describe(site)}`;
  return text;
}

/** The first line of a stack, also for an error whose own `toString` fails. */
function headOf(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "<error>";
  }
}

function describe(site: NodeJS.CallSite): string {
  // oxlint-disable-next-line typescript/no-base-to-string -- a call site of V8 prints itself
  const text = site.toString();
  const file = site.getFileName() ?? site.getEvalOrigin();
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  if (file === undefined || file === null || line === null || column === null || !COMPILED.test(file))
    return text;
  const { file: source, line: sourceLine, column: sourceColumn } = originalPosition(file, line, column);
  return text.replace(`${file}:${line}:${column}`, `${source}:${sourceLine}:${sourceColumn}`);
}

function mapOf(file: string): SourceMap | undefined {
  if (!COMPILED.test(file)) return undefined;
  let map = maps.get(file);
  if (map === undefined && !maps.has(file)) {
    try {
      map = new SourceMap(JSON.parse(readFileSync(`${pathOf(file)}.map`, "utf8")) as SourceMapPayload);
    } catch {
      // The cache was emptied while the program ran: compiled positions are better than none.
    }
    maps.set(file, map);
  }
  return map;
}

function pathOf(place: string): string {
  return place.startsWith("file:") ? fileURLToPath(place) : place;
}
