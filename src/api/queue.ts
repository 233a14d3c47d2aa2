/** `heddle/queue`: Python's `queue` module. */
import "./register.ts";

export { AbandonedTaskError, Empty, Full, HeddleError, ShutDown } from "../errors.ts";
export type { Timeout } from "../core/deadline.ts";
export * from "./queue-all.ts";
