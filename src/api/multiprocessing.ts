/** `heddle/multiprocessing`: Python's `multiprocessing` module. */
import "./register-processes.ts";

export * from "./multiprocessing-all.ts";
