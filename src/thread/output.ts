/**
 * Standard output and error of a thread: written at once, in whole lines.
 *
 * A worker's own streams travel through its parent's event loop: late while the
 * parent is blocked, lost at exit. Here each write goes to the file descriptor,
 * under a mutex that all threads share, so that lines never mix.
 */
import { NEVER } from "../core/deadline.ts";
import { field, HEADER, ISOLATE, isolateAt } from "../core/layout.ts";
import { lockWait, tryLock, unlock } from "../core/mutex.ts";
import { block } from "../core/park.ts";
import { REASON } from "../core/reason.ts";
import { self } from "../core/self.ts";
import { type Addr, wait } from "../core/word.ts";
import { descriptorStream, writeSome } from "./platform.ts";

export const STDOUT = 1;
export const STDERR = 2;

/** Writes all of the text, not mixed with another thread's. */
export function writeWhole(fd: typeof STDOUT | typeof STDERR, data: string | Uint8Array): void {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const mutex = (fd === STDOUT ? HEADER.STDOUT : HEADER.STDERR) as Addr;
  const named = self.ident !== 0; // the supervisor runs no thread, and so cannot own a mutex
  if (named && tryLock(mutex) !== "acquired")
    block({ ...lockWait(mutex, REASON.OUTPUT), uninterruptible: true }, NEVER);
  try {
    for (let done = 0; done < bytes.length; ) {
      const written = writeSome(fd, bytes.subarray(done));
      if (written === 0) pause();
      done += written;
    }
  } finally {
    if (named) unlock(mutex);
  }
}

/** The reader of a pipe is slow: 1 ms later it may have made room. */
function pause(): void {
  wait(field(isolateAt(self.isolate), ISOLATE.PAUSE), 0, 1);
}

/** Puts this worker's `process.stdout` and `process.stderr`, and so `console`, on the real descriptors. */
export function installOutput(): void {
  for (const [name, fd] of [
    ["stdout", STDOUT],
    ["stderr", STDERR],
  ] as const) {
    const stream = descriptorStream(fd, (chunk) => writeWhole(fd, chunk));
    answerParent(process[name], stream);
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream });
  }
}

/** The parent may ask this worker's stream for data, under a symbol of Node's own: there never is any. */
function answerParent(original: object, stream: object): void {
  for (let p: object | null = original; p !== null; p = Object.getPrototypeOf(p) as object | null) {
    for (const symbol of Object.getOwnPropertySymbols(p)) {
      if (symbol.description === "kStdioWantsMoreDataCallback") {
        Object.defineProperty(stream, symbol, { value: () => {} });
      }
    }
  }
}
