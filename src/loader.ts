/**
 * The loader of the library's code, which is compiled once in a process.
 *
 * To compile it takes two thirds as long as to start an empty worker. So it is a script,
 * not a module: V8 tells what it has made of a script, and the workers of the process
 * begin with that. It is told once, right after the first worker was created, which needs
 * it only when it has started. Child processes are sent it, over the socket that they have
 * with their parent, before anything else. Who has nothing, or what V8 refuses, compiles by
 * itself.
 */
import { readFileSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import { workerData } from "node:worker_threads";

/** The descriptor on which a child process speaks with its parent. */
export const CHANNEL_FD = 3;
/** Where the entry of a child process says that it is one. */
const CHILD: unique symbol = Symbol.for("heddle.child");

/** What workers and children of this process are given. */
export interface Compiled {
  /** The length of what V8 made, 0 as long as it is not there; then the bytes. */
  readonly room: SharedArrayBuffer;
  /** Puts it there, once. */
  share(): void;
  /** What is there; empty as long as nothing is. */
  made(): Buffer;
}

/** What the script has in place of a module's `import.meta.url` and `import()`. */
interface Host {
  readonly url: string;
  readonly import: (url: string) => Promise<object>;
  readonly compiled: Compiled;
}
type Library = (host: Host, exports: object, require: NodeJS.Require, module: { exports: object }) => void;

const NOTHING: Buffer = Buffer.alloc(0);
const LENGTH = 0;
const BYTES = 4;
/** Room for what V8 makes of a text: it was two thirds of its length. A page that is not used costs nothing. */
const roomFor = (length: number): number => BYTES + 2 ** 16 + length * 3;

/** Runs the script at `url` and returns what it exports; `importing` is the `import()` of a module. */
export function loadLibrary(url: string, importing: Host["import"]): object {
  const source = readFileSync(fileURLToPath(url), "latin1"); // the build leaves nothing but ASCII in it
  const code = (workerData as { heddle?: { code?: unknown } } | null)?.heddle?.code;
  const given = code instanceof SharedArrayBuffer ? code : undefined; // it may be a worker of the program's own
  const room = given ?? new SharedArrayBuffer(roomFor(source.length));
  if (CHILD in globalThis) receiveInto(room);
  const cachedData = madeIn(room);
  const script = new Script(source, { filename: url, ...(cachedData && { cachedData }) });
  const run = script.runInThisContext() as Library;
  let shared = given !== undefined || cachedData !== undefined;
  const share = (): void => {
    if (shared) return;
    shared = true;
    putIn(room, script.createCachedData());
  };
  const made = (): Buffer => madeIn(room) ?? NOTHING;
  const module = { exports: {} };
  run(
    { url, import: importing, compiled: { room, share, made } },
    module.exports,
    createRequire(url),
    module,
  );
  return module.exports;
}

/** What a child reads first, from its channel: a length, and so many bytes. */
export function framed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(BYTES);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** In a child: what its parent has sent. One whose parent has gone meanwhile learns so when it asks for its job. */
function receiveInto(room: SharedArrayBuffer): void {
  const length = readExactly(CHANNEL_FD, BYTES)?.readUInt32LE() ?? 0;
  if (length > 0) putIn(room, readExactly(CHANNEL_FD, length) ?? NOTHING);
}

/** Reads exactly so many bytes, blocking; undefined: the other side has closed. */
export function readExactly(fd: number, count: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafeSlow(count);
  for (let at = 0; at < count; ) {
    const got = readSync(fd, bytes, at, count - at, null);
    if (got === 0) return undefined;
    at += got;
  }
  return bytes;
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
