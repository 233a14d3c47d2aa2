/**
 * The loader of the library's code, which is compiled once in a process.
 *
 * To compile it takes two thirds as long as to start an empty worker. So it is a script,
 * not a module: V8 tells what it has made of a script, and the workers of the process
 * begin with that. It is told once, right after the first worker was created, which needs
 * it only when it has started. A worker for which it comes too late compiles by itself,
 * as does one for which V8 refuses it.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import { workerData } from "node:worker_threads";

/** What workers of this process are given. */
export interface Compiled {
  /** The length of what V8 made, 0 as long as it is not there; then the bytes. */
  readonly room: SharedArrayBuffer;
  /** Puts it there, once. */
  share(): void;
}

/** What the script has in place of a module's `import.meta.url` and `import()`. */
interface Host {
  readonly url: string;
  readonly import: (url: string) => Promise<object>;
  readonly compiled: Compiled;
}
type Library = (host: Host, exports: object, require: NodeJS.Require, module: { exports: object }) => void;

const LENGTH = 0;
const BYTES = 4;
/** Room for what V8 makes of a text: it was two thirds of its length. A page that is not used costs nothing. */
const roomFor = (length: number): number => BYTES + 2 ** 16 + length * 3;

/** Runs the script at `url` and returns what it exports; `importing` is the `import()` of a module. */
export function loadLibrary(url: string, importing: Host["import"]): object {
  const source = readFileSync(fileURLToPath(url), "latin1"); // the build leaves nothing but ASCII in it
  const given = (workerData as { code?: SharedArrayBuffer } | null)?.code;
  const room = given ?? new SharedArrayBuffer(roomFor(source.length));
  const cachedData = madeIn(room);
  const script = new Script(source, { filename: url, ...(cachedData && { cachedData }) });
  const run = script.runInThisContext() as Library;
  let shared = given !== undefined;
  const share = (): void => {
    if (shared) return;
    shared = true;
    putIn(room, script.createCachedData());
  };
  const module = { exports: {} };
  run({ url, import: importing, compiled: { room, share } }, module.exports, createRequire(url), module);
  return module.exports;
}

function madeIn(room: SharedArrayBuffer): Buffer | undefined {
  const length = Atomics.load(new Int32Array(room, 0, 1), LENGTH);
  return length === 0 ? undefined : Buffer.from(new Uint8Array(room, BYTES, length));
}

function putIn(room: SharedArrayBuffer, made: Buffer): void {
  if (made.length > room.byteLength - BYTES) return;
  new Uint8Array(room, BYTES).set(made);
  Atomics.store(new Int32Array(room, 0, 1), LENGTH, made.length);
}
