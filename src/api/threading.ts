/** `heddle/threading`: Python's `threading` module. */
import "./register.ts";

export * from "./threading-all.ts";
