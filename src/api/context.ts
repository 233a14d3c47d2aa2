/** `getContext()`: all of `heddle/multiprocessing` with a start method of its own. */
import { InvalidStateError } from "../errors.ts";
import { checkMethod, type StartMethod } from "../process/context.ts";
import * as all from "./multiprocessing-all.ts";

/** All names of `heddle/multiprocessing`; its start method is fixed. */
export type Context = Omit<typeof all, "getStartMethod" | "setStartMethod"> & {
  getStartMethod(allowNone?: boolean): StartMethod;
  /** @throws InvalidStateError: it is fixed. */
  setStartMethod(method: StartMethod, force?: boolean): void;
};

/**
 * All names of `heddle/multiprocessing`, with a fixed start method.
 *
 * @throws RangeError for a method that there is not.
 *
 * @example
 * ```ts
 * import { getContext } from "heddle/multiprocessing";
 * const ctx = getContext("spawn");
 * const child = new ctx.Process({ target: () => console.log("hello") });
 * child.start();
 * child.join();
 * console.log(ctx.getStartMethod()); // spawn
 * ```
 */
export function getContext(method: StartMethod | null = "spawn"): Context {
  const fixed = checkMethod(method ?? "spawn");
  return {
    ...all,
    getStartMethod: () => fixed,
    setStartMethod() {
      throw new InvalidStateError("Cannot set start method: that of a context is fixed");
    },
  };
}
