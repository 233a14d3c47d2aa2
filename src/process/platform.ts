/** What processes ask of Node beside starting them: descriptors, signals, cores. */
import {
  closeSync,
  constants as fsConstants,
  existsSync,
  ftruncateSync,
  openSync,
  readSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { inspect } from "node:util";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { availableParallelism, constants, tmpdir } from "node:os";
import { kernelThreadId } from "../thread/platform.ts";

export { CHANNEL_FD, readExactly } from "../loader.ts";

export type Stream = Socket;

/** The stream over a descriptor. */
export function streamOver(fd: number): Stream {
  const { Socket } = process.getBuiltinModule("node:net"); // not for threads that never need it
  return new Socket({ fd, readable: true, writable: true });
}

/** The path of a file's URL. */
export function pathOf(url: URL): string {
  return fileURLToPath(url);
}

/** An error as Node prints an uncaught one. */
export function errorText(error: unknown): string {
  return inspect(error, { colors: false });
}

/** Warns the program's author. */
export function warn(text: string): void {
  process.emitWarning(text, "HeddleWarning");
}

/** Lets the event loop turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A signal's number. */
export function signalNumber(name: string): number {
  return (constants.signals as Readonly<Record<string, number>>)[name] ?? 0;
}

/** How many threads can run at the same time. */
export function cpuCount(): number {
  return availableParallelism();
}

/** From now on the calling thread's sleeps end when they are due, and not up to 50 µs later, where the platform can. */
export function sleepPrecisely(): void {
  try {
    writeFileSync(`/proc/${kernelThreadId()}/timerslack_ns`, "1");
  } catch {
    // They last longer.
  }
}

/** An open file. */
export type File = number;

/** Linux's number for a file that has no name and goes with its last descriptor. */
const O_TMPFILE = 0o20200000;
const MEMORY_DIRECTORY = "/dev/shm";

/** Makes a file without a name, in memory where there is such a place; undefined: the platform cannot. */
export function namelessFile(): File | undefined {
  if (process.platform !== "linux") return undefined;
  for (const directory of [MEMORY_DIRECTORY, tmpdir()]) {
    try {
      if (existsSync(directory)) return openSync(directory, O_TMPFILE | fsConstants.O_RDWR, 0o600);
    } catch {
      // Not there.
    }
  }
  return undefined;
}

/** Opens a file that another process, or this one, has open; undefined: this process may not. */
export function fileOf(pid: number, fd: number): File | undefined {
  try {
    return openSync(`/proc/${pid}/fd/${fd}`, fsConstants.O_RDWR | fsConstants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/** Reads at a place of a file; returns how many bytes there were. */
export function readAt(
  file: File,
  target: Uint8Array,
  offset: number,
  count: number,
  position: number,
): number {
  return readSync(file, target, offset, count, position);
}

/** Writes at a place of a file; returns how many bytes it took. */
export function writeAt(
  file: File,
  bytes: Uint8Array,
  offset: number,
  count: number,
  position: number,
): number {
  return writeSync(file, bytes, offset, count, position);
}

/** Writes the first `count` bytes at a place of a file. */
export function writeAllAt(file: File, bytes: Uint8Array, count: number, position: number): void {
  for (let done = 0; done < count; ) done += writeSync(file, bytes, done, count - done, position + done);
}

/** Makes a file this long; what lay behind is gone. */
export function truncate(file: File, length: number): void {
  ftruncateSync(file, length);
}

export function closeFile(file: File): void {
  closeSync(file);
}

/** Four random numbers: nothing else has the same. */
export function newNonce(): number[] {
  return [...crypto.getRandomValues(new Uint32Array(4))];
}
