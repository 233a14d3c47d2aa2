// Resident memory for each bare worker while all of them sleep in Atomics.wait.
import { startBare } from "../bare.ts";

const count = Number(process.argv[2]);
const words = new Int32Array(new SharedArrayBuffer(8));
const nap = new Int32Array(new SharedArrayBuffer(4));

/** Waits until this many workers sleep; the event loop must run for a worker to start. */
async function untilAsleep(workers: number): Promise<void> {
  while (Atomics.load(words, 1) < workers) await new Promise((resolve) => setImmediate(resolve));
  Atomics.wait(nap, 0, 0, 50);
}

const first = startBare("sleep", { words });
await untilAsleep(1);
const base = process.memoryUsage.rss();
const rest = Array.from({ length: count }, () => startBare("sleep", { words }));
await untilAsleep(count + 1);
const each = (process.memoryUsage.rss() - base) / count;
process.stdout.write(`${JSON.stringify({ each })}\n`);
await Promise.all([first, ...rest].map((worker) => worker.terminate()));
