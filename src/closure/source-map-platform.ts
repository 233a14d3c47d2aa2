/** Reads source maps with Node's own decoder. */
import { readFileSync } from "node:fs";
import { findSourceMap, SourceMap, type SourceMapPayload } from "node:module";
import { pathOf, urlOf } from "../value/platform.ts";

/** A place in a source, counted from 0. */
export interface MappedPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Finds source places for places in a script. `reference` is what follows `sourceMappingURL=`; without it Node's own knowledge serves. */
export function decodeSourceMap(
  file: string,
  reference: string | undefined,
): ((line: number, column: number) => MappedPlace | undefined) | undefined {
  const map = reference === undefined ? findSourceMap(file) : read(file, reference);
  if (map === undefined) return undefined;
  return (line, column) => {
    const entry = map.findEntry(line, column) as Partial<ReturnType<SourceMap["findEntry"]>> & {
      originalSource?: string;
    };
    const { originalSource, originalLine, originalColumn } = entry as {
      originalSource?: string;
      originalLine: number;
      originalColumn: number;
    };
    if (originalSource === undefined) return undefined;
    return { file: sourceOf(originalSource, file), line: originalLine, column: originalColumn };
  };
}

function sourceOf(source: string, file: string): string {
  if (source.startsWith("/")) return source;
  return pathOf(/^[a-z]+:/i.test(source) ? source : new URL(source, urlOf(file)).href);
}

function read(file: string, reference: string): SourceMap | undefined {
  try {
    const inline = /^data:application\/json[^,]*?(;base64)?,/.exec(reference);
    const data = inline === null ? undefined : reference.slice(inline[0].length);
    const text =
      data === undefined
        ? readFileSync(pathOf(new URL(reference, urlOf(file)).href), "utf8")
        : inline?.[1] === undefined
          ? decodeURIComponent(data)
          : Buffer.from(data, "base64").toString("utf8");
    return new SourceMap(JSON.parse(text) as SourceMapPayload);
  } catch {
    // Compiled places are better than none.
    return undefined;
  }
}
