/** Chapter 2: thread against process. What each costs and what each shares, measured here and now. */
import { spawnSync } from "node:child_process";
import { Worker } from "node:worker_threads";
import { Event, sharedArray, spawn, Thread } from "heddle";
import type { Chapter } from "./chapter.ts";
import { bytes, duration, fact, say } from "./screen.ts";

const MANY = 8;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** How long each of some runs of a body takes, in milliseconds. */
function timed(runs: number, body: () => void): number[] {
  return Array.from({ length: runs }, () => {
    const startedAt = performance.now();
    body();
    return performance.now() - startedAt;
  });
}

function runProcess(): { ms: number; rss: number } {
  let rss = 0;
  const times = timed(3, () => {
    const child = spawnSync(process.execPath, ["-p", "process.memoryUsage.rss()"], { encoding: "utf8" });
    rss = Number(child.stdout);
  });
  return { ms: median(times), rss };
}

function startWorker(): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = new Worker("require('node:worker_threads').parentPort.on('message', () => {})", {
      eval: true,
    });
    worker.once("online", () => resolve(worker)).once("error", reject);
  });
}

async function runWorkers(): Promise<{ ms: number; rss: number }> {
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    const startedAt = performance.now();
    await (await startWorker()).terminate();
    times.push(performance.now() - startedAt);
  }
  const before = process.memoryUsage.rss();
  const workers = await Promise.all(Array.from({ length: MANY }, startWorker));
  const rss = (process.memoryUsage.rss() - before) / MANY;
  await Promise.all(workers.map((worker) => worker.terminate()));
  return { ms: median(times), rss };
}

function runThreads(): { firstMs: number; ms: number; rss: number } {
  const body = (): void => {};
  const [firstMs = Number.NaN] = timed(1, () => new Thread({ target: body }).start().join());
  const times = timed(2000, () => new Thread({ target: body }).start().join());
  const hold = new Event({ name: "enough seen" });
  const before = process.memoryUsage.rss();
  const threads = Array.from({ length: MANY }, () => new Thread({ target: () => hold.wait() }).start());
  while (threads.some((thread) => thread.state !== "blocked")) threads[0]?.join(1);
  const rss = (process.memoryUsage.rss() - before) / MANY;
  hold.set();
  for (const thread of threads) thread.join();
  return { firstMs, ms: median(times), rss };
}

function showSharing(): void {
  const values = sharedArray(Int32Array, [1, 2, 3]);
  spawn(() => {
    values[0] = 100;
  }).join();
  fact("after a thread wrote 100 into it", `the array is [${Array.from(values).join(", ")}]`);
  const program = "const v = JSON.parse(process.argv[1]); v[1] = 200; console.log(JSON.stringify(v))";
  const child = spawnSync(process.execPath, ["-e", program, JSON.stringify(Array.from(values))], {
    encoding: "utf8",
  });
  fact(
    "after a process wrote 200 into it",
    `the array is [${Array.from(values).join(", ")}]; the process's copy ${child.stdout.trim()}`,
  );
}

async function showFailure(): Promise<void> {
  const { setExcepthook } = await import("heddle");
  setExcepthook(() => {});
  const failing = spawn(() => {
    throw new RangeError("a thread failed");
  });
  failing.join();
  setExcepthook(null);
  fact("a thread that throws", `ends alone, with ${String(failing.exception)}; this program goes on`);
  const child = spawnSync(process.execPath, ["-e", "process.abort()"], { stdio: "ignore" });
  fact(
    "a process that crashes",
    `ends alone, by ${child.signal ?? `status ${child.status}`}; this program goes on`,
  );
}

export const costsChapter: Chapter = {
  name: "costs",
  title: "Thread against process",
  async run() {
    say(
      "   A process has memory of its own and costs much; a thread shares its process's memory and costs little.",
    );
    const threads = runThreads();
    const child = runProcess();
    const workers = await runWorkers();
    fact("process, start to end", `${duration(child.ms)}, ${bytes(child.rss)}`);
    fact(
      "bare Worker, start to end",
      `${duration(workers.ms)}, ${bytes(workers.rss)} each while ${MANY} are alive`,
    );
    fact("first Thread here, start to end", duration(threads.firstMs));
    fact(
      "Thread, start to end, then",
      `${duration(threads.ms)}, ${bytes(threads.rss)} each while ${MANY} are blocked`,
    );
    fact(
      "so one process costs as much as",
      `${Math.round(child.ms / threads.ms)} threads; one Worker ${Math.round(workers.ms / threads.ms)}`,
    );
    showSharing();
    await showFailure();
  },
};
