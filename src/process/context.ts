/** Start methods: heddle has one, `spawn`. What Python programs ask and say about it is answered here. */
import { InvalidStateError } from "../errors.ts";

/** How a process is started. */
export type StartMethod = "spawn";

const METHODS: readonly StartMethod[] = ["spawn"];
let chosen = false;

/** Checks a start method. @throws RangeError for one that there is not, TypeError for what is no text. */
export function checkMethod(method: unknown): StartMethod {
  if (typeof method !== "string")
    throw new TypeError(`Cannot use start method: it must be a string, got ${typeof method}`);
  if (!METHODS.includes(method as StartMethod))
    throw new RangeError(`Cannot use start method "${method}": there is only ${METHODS.join(", ")}`);
  return method as StartMethod;
}

/** The start methods that there are, the default first. */
export function getAllStartMethods(): StartMethod[] {
  return [...METHODS];
}

/** The start method. `allowNone`: undefined as long as nobody has chosen it. */
export function getStartMethod(allowNone: boolean = false): StartMethod | undefined {
  return allowNone && !chosen ? undefined : "spawn";
}

/**
 * Chooses the start method, once.
 *
 * @throws RangeError for one that there is not; InvalidStateError the second time, unless `force` is true.
 */
export function setStartMethod(method: StartMethod, force: boolean = false): void {
  checkMethod(method);
  if (chosen && !force)
    throw new InvalidStateError("Cannot set start method: it was set already; force = true sets it again");
  chosen = true;
}
