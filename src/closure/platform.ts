/** What closure/ asks of Node: the inspector on its own thread, compilation with a place, and module loading. */
import { existsSync, readFileSync, statSync } from "node:fs";
import type { Session } from "node:inspector";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import { fileOf, pathOf, urlOf } from "../value/platform.ts";

/** A script as the engine announces it. */
export interface ParsedScript {
  readonly scriptId: string;
  readonly url: string;
  readonly startLine: number;
  readonly startColumn: number;
  readonly isModule?: boolean;
  readonly sourceMapURL?: string;
}

/** A call to the inspector that answers before it returns. */
export type Ask = (method: string, params?: object) => Record<string, unknown>;

/** Connects an inspector session to the calling thread. It stays connected: a question costs some 40 µs. */
export function connectInspector(onScript: (script: ParsedScript) => void): Ask {
  const inspector = process.getBuiltinModule("node:inspector");
  const session: Session = new inspector.Session();
  session.connect();
  session.on("Debugger.scriptParsed", (message) => onScript(message.params as unknown as ParsedScript));
  const ask: Ask = (method, params = {}) => {
    let failure: Error | null = null;
    let answer: unknown;
    session.post(method, params, (error: Error | null, result: unknown) => {
      failure = error;
      answer = result;
    });
    if (failure !== null) throw failure as Error;
    return answer as Record<string, unknown>;
  };
  return ask;
}

/** Has all scripts announced, those of now and those to come. Costs 16 to 80 ms, once. */
export function announceScripts(ask: Ask): void {
  ask("Debugger.enable", { maxScriptsCacheSize: 0 });
  // A `debugger` statement would stop this thread, and nobody could ask it to go on.
  ask("Debugger.setSkipAllPauses", { skip: true });
}

/** The text of a JavaScript file, if it is the one that this thread has loaded. */
export function readUnchanged(file: string): string | undefined {
  try {
    const path = pathOf(file);
    if (!/\.[cm]?js$/.test(path) || statSync(path).mtimeMs >= performance.timeOrigin) return undefined;
    const text = readFileSync(path, "utf8");
    return text.startsWith("\uFEFF") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** May modules be other than their files, because something compiles them as they are loaded? */
export function compilersAtWork(): boolean {
  const options = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" ");
  return /(?:^|\s)(?:--import|--require|-r|--loader|--experimental-loader)\b/.test(options);
}

const compiled = new Map<string, string>();

/** The name under which something was compiled here, by the URL that the inspector makes of it. */
export function compiledName(url: string): string | undefined {
  return compiled.get(url);
}

/** Compiles a function's body so that its stacks name this place of the program. */
export function compileAt(
  body: string,
  names: string[],
  filename: string,
  line: number,
  column: number,
): (...values: unknown[]) => unknown {
  compiled.set(urlOf(filename), filename);
  return vm.compileFunction(body, names, { filename, lineOffset: line, columnOffset: column }) as (
    ...values: unknown[]
  ) => unknown;
}

/** `require` as a CommonJS module in this file has it. */
export function requireFrom(file: string): NodeJS.Require {
  return createRequire(fileOf(file));
}

/** The URL of the program's own main module. */
export function mainFile(): string {
  const [, file] = process.argv;
  return file === undefined ? "" : pathToFileURL(file).href;
}

const SHARES_HOOKS = Number(process.versions.node.split(".")[0]) >= 22;
const importable = new Map<string, boolean>();

/**
 * Can a worker import this module? Before Node 22 a loader that the program was
 * started with (tsx) works in the main thread only: what it alone can load then
 * travels as source and values instead.
 */
export function threadsCanImport(url: string): boolean {
  if (SHARES_HOOKS || !url.startsWith("file:")) return true;
  let can = importable.get(url);
  if (can === undefined) {
    const path = pathOf(url.replace(/[?#].*$/, ""));
    can = /\.([cm]?js|json|node|wasm)$/.test(path) && existsSync(path);
    importable.set(url, can);
  }
  return can;
}

/** Loads a package that heddle itself depends on, at once. */
export function requireHere(name: string): unknown {
  return createRequire(import.meta.url)(name);
}

/** Calls back when the event loop turns, if it does; it does not keep the process alive. */
export function onNextTurn(callback: () => void): void {
  setImmediate(callback).unref();
}
