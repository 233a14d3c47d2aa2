/** A script of this isolate: its text, its place, and what the analyser found in it. */
import { analyse, type Analysis } from "./analyse.ts";
import { pathOf } from "../value/platform.ts";
import { compiledName, type ParsedScript } from "./platform.ts";
import type { FunctionInfo } from "./scopes.ts";

const LINE_END = /\r\n|[\n\r\u2028\u2029]/g;

/** The name that stacks show: the inspector has made a URL of a CommonJS file's path. */
function nameOf({ url, isModule }: ParsedScript): string {
  return compiledName(url) ?? (isModule === true ? url : pathOf(url));
}

export class Script {
  readonly url: string;
  readonly isModule: boolean;
  /** Where its source map is, as the script says; empty: it has none. */
  readonly sourceMap: string;
  readonly #startLine: number;
  readonly #startColumn: number;
  readonly #read: () => string;
  #source: string | undefined;
  #lines: number[] | undefined;
  #analysis: Analysis | undefined;

  constructor(parsed: ParsedScript, read: () => string) {
    this.url = nameOf(parsed);
    this.isModule = parsed.isModule === true;
    this.sourceMap = parsed.sourceMapURL ?? "";
    this.#startLine = parsed.startLine;
    this.#startColumn = parsed.startColumn;
    this.#read = read;
  }

  get source(): string {
    this.#source ??= this.#read();
    return this.#source;
  }

  get analysis(): Analysis {
    this.#analysis ??= analyse(this.source, this.isModule);
    return this.#analysis;
  }

  /** The offset in the source of a place as the engine names it. */
  offsetAt(line: number, column: number): number {
    const row = line - this.#startLine;
    return (this.#lineStarts()[row] ?? 0) + (row === 0 ? column - this.#startColumn : column);
  }

  /** The place of an offset as the engine names it, counted from 0. */
  placeOf(offset: number): { readonly line: number; readonly column: number } {
    const starts = this.#lineStarts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    const column = offset - (starts[low] as number);
    return { line: low + this.#startLine, column: low === 0 ? column + this.#startColumn : column };
  }

  /** `file:line:column` of an offset, as an editor counts. */
  describe(offset: number): string {
    const place = this.placeOf(offset);
    const { file, line, column } = sourcePlace(this.url, place.line + 1, place.column + 1);
    return `${file.replace(/^file:\/\//, "")}:${line}:${column}`;
  }

  #lineStarts(): number[] {
    if (this.#lines === undefined) {
      this.#lines = [0];
      for (const match of this.source.matchAll(LINE_END)) this.#lines.push(match.index + match[0].length);
    }
    return this.#lines;
  }

  /** The function with this text around this offset, and where its text begins. */
  find(text: string, offset: number): { readonly info: FunctionInfo; readonly start: number } | undefined {
    const { functions } = this.analysis;
    let low = 0;
    let high = functions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((functions[middle] as FunctionInfo).start <= offset) low = middle + 1;
      else high = middle;
    }
    for (let i = low - 1; i >= 0; i--) {
      const info = functions[i] as FunctionInfo;
      // The text of a static method begins after the word `static`.
      const start = info.end - text.length;
      if (offset < info.end && start >= info.start && this.source.startsWith(text, start))
        return { info, start };
    }
    return undefined;
  }
}

type SourcePlace = (
  file: string,
  line: number,
  column: number,
) => { file: string; line: number; column: number };

/** Where `heddle run` leaves its way from a compiled place to the program's own. */
const MAPPED = Symbol.for("heddle.originalPosition");

function sourcePlace(file: string, line: number, column: number): ReturnType<SourcePlace> {
  const find = (globalThis as Record<symbol, unknown>)[MAPPED] as SourcePlace | undefined;
  return find?.(file, line, column) ?? { file, line, column };
}
