/**
 * `process.exit()` in a thread: as Python's `sys.exit()`, it ends that thread only,
 * and its `finally` blocks run. So it is an exception, and a carrier survives it.
 */

/** What `process.exit()` throws in a thread. Not an Error: there is nothing to report. */
export class ThreadExit {
  readonly code: number | string | null | undefined;
  constructor(code: number | string | null | undefined) {
    this.code = code;
  }
}

const realExit = process.exit.bind(process);

/** Makes `process.exit()` end the running thread instead of the worker. */
export function installExit(): void {
  process.exit = (code) => {
    throw new ThreadExit(code);
  };
}

/** Ends this worker. */
export function leave(): never {
  return realExit(0);
}
