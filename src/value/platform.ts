/** What value/ asks of Node: text in bulk, the inner kinds of objects, garbage, and modules loaded by name. */
import { createRequire, builtinModules } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { types } from "node:util";
import vm from "node:vm";
import { buffer } from "../core/memory.ts";
import { importUrl } from "./import-url.ts";

/** The kinds of objects that JavaScript itself cannot tell apart. */
export const kinds: typeof types = types;

/** Bytes with Node's bulk text functions, which its types leave out. */
export interface TextBytes extends Uint8Array {
  latin1Slice(start: number, end: number): string;
  ucs2Slice(start: number, end: number): string;
  latin1Write(text: string, at: number): number;
  ucs2Write(text: string, at: number): number;
}

/** The number of this process. */
export const processNumber: number = process.pid;

const hex = "0123456789abcdef";

/** A file URL for a path or URL as the engine reports it; other names as they are. */
export function urlOf(name: string): string {
  if (!name.startsWith("/") && !/^[A-Za-z]:[\\/]/.test(name)) return name;
  const path = name
    .replace(/\\/g, "/")
    .replace(/[%?#\n\r\t]/g, (c) => `%${hex[c.charCodeAt(0) >> 4]}${hex[c.charCodeAt(0) & 15]}`);
  return path.startsWith("/") ? `file://${path}` : `file:///${path}`;
}

/** The path of a file URL; other names as they are. */
export function pathOf(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}

/** The whole of shared memory, for reading text out of it. */
export const sharedText: TextBytes = Buffer.from(buffer) as unknown as TextBytes;

/** Fresh private bytes. */
export function newBytes(length: number): TextBytes {
  return Buffer.allocUnsafeSlow(length) as unknown as TextBytes;
}

/** Memory that is about to be overwritten: filling it with zeros first would cost twice as much as that. */
export function newMemory(length: number): ArrayBuffer {
  return newBytes(length).buffer as ArrayBuffer;
}

/** Is it one of Node's Buffers? */
export function isBuffer(value: object): boolean {
  return Buffer.isBuffer(value);
}

/** A Buffer over bytes of its own. */
export function bufferOver(memory: ArrayBufferLike, offset: number, length: number): Uint8Array {
  return Buffer.from(memory as ArrayBuffer, offset, length);
}

/** An empty script, and a context with microtasks of its own. */
let job: { readonly script: vm.Script; readonly context: vm.Context } | undefined;

/**
 * Ends what the engine takes for one job, in the middle of it.
 *
 * What a WeakRef was made of, or gave out, is kept until the end of the job: in a thread that never returns to its event
 * loop, for ever. A job ends when microtasks were run. So those of a context are run that has none; nobody else's are.
 * It takes a microsecond, after the first time.
 */
export function endJob(): void {
  try {
    job ??= {
      script: new vm.Script("0"),
      context: vm.createContext({}, { microtaskMode: "afterEvaluate" }),
    };
    job.script.runInContext(job.context);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // with so little stack left it is for another time
  }
}

/**
 * Has the engine collect all garbage of this thread, some 50 ms. Node has no function for that; but the inspector lists
 * the objects of a kind, which the engine does after a collection.
 */
export function collectNow(): void {
  const { Session } = process.getBuiltinModule("node:inspector");
  const session = new Session();
  session.connect();
  try {
    session.post("Runtime.evaluate", { expression: "Object.create(null)" }, (_, { result }) => {
      session.post("Runtime.queryObjects", { prototypeObjectId: result.objectId as string });
    });
  } finally {
    session.disconnect();
  }
}

const builtins = new Set(builtinModules);

/** Is it a module of Node's own, with or without the `node:` prefix? */
export function isBuiltin(specifier: string): boolean {
  return specifier.startsWith("node:") || builtins.has(specifier);
}

/** One of Node's own modules. */
export function builtin(specifier: string): unknown {
  return process.getBuiltinModule(specifier);
}

/** The builtin modules that this isolate has loaded already, without their private parts. */
export function loadedBuiltins(): string[] {
  const loaded = new Set((process as unknown as { moduleLoadList?: string[] }).moduleLoadList);
  return builtinModules.filter((name) => !name.startsWith("_") && loaded.has(`NativeModule ${name}`));
}

/** The file that a script's name stands for: code without one counts as in the working directory, as Node has it. */
export function fileOf(name: string): string {
  return resolve(pathOf(name));
}

/** Requires a module as one at `url` would, an ES module included where this Node can. */
export function requireFrom(specifier: string, url: string): unknown {
  return createRequire(fileOf(url))(pathOf(specifier));
}

const importers = new Map<string, (specifier: string) => Promise<object>>();

/** Imports a module by the specifier that a module at `url` would use. */
export function importFrom(specifier: string, url: string): Promise<object> {
  if (isPlace(specifier)) return importUrl(new URL(specifier, url).href);
  let importer = importers.get(url);
  if (importer === undefined) {
    importer = vm.compileFunction("return import(specifier)", ["specifier"], {
      filename: url,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }) as (specifier: string) => Promise<object>;
    importers.set(url, importer);
  }
  // Node calls this loader experimental, in a warning that the program's author can do nothing about.
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return importer(specifier);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Is this specifier a place of its own, not a package's name? */
export function isPlace(specifier: string): boolean {
  return /^(\.{0,2}\/|\.{1,2}$|[a-z]+:)/i.test(specifier) && !specifier.startsWith("node:");
}
