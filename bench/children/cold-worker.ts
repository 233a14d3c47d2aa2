// The first worker of a program, from its making to its first message.
import { Worker } from "node:worker_threads";

const startedAt = performance.now();
const worker = new Worker(new URL("../peers/bare-worker.js", import.meta.url), {
  workerData: { task: "report" },
});
worker.once("message", () => {
  process.stdout.write(`${JSON.stringify({ ms: performance.now() - startedAt })}\n`);
});
