/** `heddle/futures`: Python's `concurrent.futures`, and the thread pool of its `multiprocessing`. */
import "./register.ts";

export type { Timeout } from "../core/deadline.ts";
export * from "../errors.ts";
export * from "./futures-all.ts";
