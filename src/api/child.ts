/** The main thread of a child process. */
import "./index.ts";
import "./multiprocessing.ts";

const { runChild } = await import("../process/child.ts");
await runChild();
