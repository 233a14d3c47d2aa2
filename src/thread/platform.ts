/** What the thread layer asks of Node beside workers: writing, its own thread id, error texts. */
import { createReadStream, readlinkSync, writeSync } from "node:fs";
import { type Readable, Writable } from "node:stream";
import { constants } from "node:os";
import { isatty } from "node:tty";
import { inspect, types } from "node:util";

/** The number of a signal that this platform knows and that can be listened to; undefined: there is none. */
export function signalNumber(name: string): number | undefined {
  if (name === "SIGKILL" || name === "SIGSTOP") return undefined;
  return (constants.signals as Readonly<Record<string, number>>)[name];
}

/** The kernel's id of the calling thread; 0 where the platform does not tell it. */
export function kernelThreadId(): number {
  try {
    return Number(/(\d+)$/.exec(readlinkSync("/proc/thread-self"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Writes some of the bytes; 0: the reader is not keeping up, try again. */
export function writeSome(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
    throw error;
  }
}

/** An error as Node prints an uncaught one: stack, cause, own properties. */
export function errorText(error: unknown): string {
  return inspect(error, { colors: false });
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return types.isPromise(value);
}

/** A stream whose every write is done when `write` returns. */
export function descriptorStream(fd: number, write: (bytes: Uint8Array) => void): Writable {
  const stream = new Writable({
    decodeStrings: true,
    write: (chunk: Uint8Array, _encoding, done) => {
      write(chunk);
      done();
    },
  });
  return Object.assign(stream, { fd, isTTY: isatty(fd), _type: isatty(fd) ? "tty" : "fs" });
}

let source: Readable | undefined;

/** Standard input, opened when it is first asked for. */
export function descriptorSource(): Readable {
  source ??= Object.assign(createReadStream("", { fd: 0, autoClose: false }), { isTTY: isatty(0) });
  return source;
}
