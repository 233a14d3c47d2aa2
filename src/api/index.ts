/** `heddle`: everything that works inside one process. */
import "./register.ts";

export * from "./all.ts";
