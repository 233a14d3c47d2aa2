/**
 * Finds a function's script without asking the debugger for all of them.
 *
 * The debugger must be on before the engine names its scripts, and turning it on
 * collects the whole heap several times over: 16 ms in an idle process, up to 80
 * beside a worker that is starting. A function is nearly always written in a file
 * of the call stack that starts its thread, so those files are looked at first. A
 * file is believed when the function's exact text stands at the function's exact
 * place in it, and it has not changed since this thread started.
 */
import { compilersAtWork, mainFile, readUnchanged } from "./platform.ts";
import { Script } from "./script.ts";

/** Frames of the call stack that are looked at. */
const FRAMES = 50;
/** A frame's file: an ES module has a URL, a CommonJS file has a path. */
const FILE = /(?:\(|at )(file:\/\/[^\s()]+?|\/[^\s()]+?|[A-Z]:\\[^\s()]+?):\d+:\d+\)?$/;

const read = new Map<string, Script | undefined>();

/** The script in which a function with this text stands at this place; undefined: it must be asked for. */
export function scriptNear(text: string, line: number, column: number): Script | undefined {
  if (compilersAtWork()) return undefined;
  for (const file of filesNear()) {
    const script = scriptOf(file);
    if (script !== undefined && standsAt(script, text, line, column)) return script;
  }
  return undefined;
}

/** This file; in a bundle, the whole of heddle: large, and hardly ever where a body is written. A CommonJS bundle has no URL. */
const OWN = import.meta.url as string | undefined;

/** The files of the call stack, then the program's main file, and heddle's own last. */
function filesNear(): Set<string> {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const stack = new Error("here").stack ?? "";
  Error.stackTraceLimit = limit;
  const files = new Set<string>();
  for (const frame of stack.split("\n")) {
    const file = FILE.exec(frame)?.[1];
    if (file !== undefined && file !== OWN) files.add(file);
  }
  files.add(mainFile());
  return OWN === undefined ? files : files.add(OWN);
}

function scriptOf(file: string): Script | undefined {
  if (!read.has(file)) {
    const source = readUnchanged(file);
    const isModule = file.startsWith("file:");
    const parsed = {
      scriptId: "",
      url: file,
      startLine: 0,
      startColumn: 0,
      isModule,
      sourceMapURL: mapOf(source ?? ""),
    };
    read.set(file, source === undefined ? undefined : new Script(parsed, () => source));
  }
  return read.get(file);
}

function mapOf(source: string): string {
  return /\n\/\/[#@] sourceMappingURL=(\S+)\s*$/.exec(source)?.[1] ?? "";
}

function standsAt(script: Script, text: string, line: number, column: number): boolean {
  const offset = script.offsetAt(line, column);
  const start = script.source.lastIndexOf(text, offset);
  return start >= 0 && offset <= start + text.length;
}
