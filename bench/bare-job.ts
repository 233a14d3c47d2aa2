// The real job on bare workers that are already running: the speed-up that the machine allows.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { FileTable } from "../src/cli/tour/files.ts";

export interface BareJob {
  /** Runs the job on some of the workers; the answer is in milliseconds. */
  run(workers: number): Promise<number>;
  end(): Promise<void>;
}

export function bareJob(table: FileTable, most: number): BareJob {
  const cursor = new Int32Array(new SharedArrayBuffer(4));
  const { text, starts, order, length } = table;
  const workers = Array.from(
    { length: most },
    () =>
      new Worker(new URL("./peers/job-worker.js", import.meta.url), {
        workerData: { table: { text, starts, order, length }, cursor },
      }),
  );
  return {
    async run(count) {
      cursor[0] = 0;
      const startedAt = performance.now();
      await Promise.all(
        workers.slice(0, count).map((worker) => {
          const answered = once(worker, "message");
          worker.postMessage(0);
          return answered;
        }),
      );
      return performance.now() - startedAt;
    },
    async end() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
