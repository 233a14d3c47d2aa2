/** Everything that works inside one process. */
export * from "./futures-all.ts";
export * from "./queue-all.ts";
export * from "./shared-all.ts";
export * from "./threading-all.ts";
