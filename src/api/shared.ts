/** `heddle/shared`: memory that threads share. */
import "./register.ts";

export * from "./shared-all.ts";
