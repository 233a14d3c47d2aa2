/** `heddle/multiprocessing`: Python's `multiprocessing` module. */
import "./register-processes.ts";

export { type Context, getContext } from "./context.ts";
export * from "./multiprocessing-all.ts";
