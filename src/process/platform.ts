/** What processes ask of Node beside starting them: descriptors, signals, cores. */
import { readSync } from "node:fs";
import { inspect } from "node:util";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { availableParallelism, constants } from "node:os";

/** The descriptor on which a child process speaks with its parent. */
export const CHANNEL_FD = 3;

export type Stream = Socket;

/** The stream over a descriptor. */
export function streamOver(fd: number): Stream {
  return new Socket({ fd, readable: true, writable: true });
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

/** The path of a file's URL. */
export function pathOf(url: URL): string {
  return fileURLToPath(url);
}

/** An error as Node prints an uncaught one. */
export function errorText(error: unknown): string {
  return inspect(error, { colors: false });
}

/** A signal's number. */
export function signalNumber(name: string): number {
  return (constants.signals as Readonly<Record<string, number>>)[name] ?? 0;
}

/** How many threads can run at the same time. */
export function cpuCount(): number {
  return availableParallelism();
}
