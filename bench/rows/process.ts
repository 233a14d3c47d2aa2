// Processes: starting them, pipes between them, pools and locks, beside bare fork() and CPython's multiprocessing.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Lock, Pipe, Process, ProcessPoolExecutor } from "heddle/multiprocessing";
import { compete, type Effort, median, type Row, timesFaster } from "../harness.ts";
import { asked, findPythonProcesses, ROOT } from "../peers.ts";

const FORK_CHILD = join(ROOT, "bench/peers/fork-child.mjs");
const same = (x: number): number => x;
const nothing = (): void => {};

function heddleStart(n: number): number {
  const samples: number[] = [];
  for (let i = 0; i < n; i++) {
    const startedAt = performance.now();
    new Process({ target: nothing }).start().join();
    samples.push(performance.now() - startedAt);
  }
  return median(samples);
}

async function forkStart(n: number): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < n; i++) {
    const startedAt = performance.now();
    await once(fork(FORK_CHILD, ["end"]), "exit");
    samples.push(performance.now() - startedAt);
  }
  return median(samples);
}

/** One message there and back, in microseconds, when as many have gone before: both sides' code is as fast as it gets. */
function heddlePipe(n: number, size: number): number {
  const [here, there] = Pipe();
  const echo = new Process({
    target: () => {
      for (;;) there.send(there.recv());
    },
  }).start();
  const value = new Uint8Array(size);
  const backAndForth = (): void => {
    for (let i = 0; i < n; i++) {
      here.send(value);
      here.recv();
    }
  };
  backAndForth();
  const startedAt = performance.now();
  backAndForth();
  const took = performance.now() - startedAt;
  echo.kill();
  echo.join();
  return (took / n) * 1000;
}

async function forkPipe(n: number, size: number, serialization: "json" | "advanced"): Promise<number> {
  const child = fork(FORK_CHILD, [], { serialization });
  const value: unknown = serialization === "json" ? "x".repeat(size) : new Uint8Array(size);
  const backAndForth = async (): Promise<void> => {
    for (let i = 0; i < n; i++) {
      child.send(value as string);
      await once(child, "message");
    }
  };
  await backAndForth();
  const startedAt = performance.now();
  await backAndForth();
  const took = performance.now() - startedAt;
  child.kill("SIGKILL");
  await once(child, "exit");
  return (took / n) * 1000;
}

function heddleTasks(n: number): number {
  using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
  pool.submit(same, 1).result();
  const startedAt = performance.now();
  const futures = Array.from({ length: n }, (_, i) => pool.submit(same, i));
  for (const future of futures) future.result();
  return ((performance.now() - startedAt) / n) * 1000;
}

function heddleLock(n: number): number {
  const lock = new Lock();
  const startedAt = performance.now();
  for (let i = 0; i < n; i++) {
    lock.acquire();
    lock.release();
  }
  return ((performance.now() - startedAt) / n) * 1000;
}

export async function processRows(effort: Effort): Promise<Row[]> {
  const python = findPythonProcesses();
  const rounds = Math.min(3, effort.rounds);
  const starts = effort.times(10);
  const start = await compete(
    [
      { name: "heddle", run: () => heddleStart(starts) },
      { name: "bare fork()", run: () => forkStart(starts) },
      ...asked(python, "spawn", starts, "ms", "CPython, spawn"),
      ...asked(python, "fork", starts, "ms", "CPython, fork"),
    ],
    rounds,
    effort.patienceMs,
  );
  const rows: Row[] = [
    { name: "process, start + join", situation: "an empty body", unit: "ms", measures: start, targets: [] },
  ];
  for (const [label, size, full] of [
    ["100 B", 100, 10_000],
    ["10 KB", 10_240, 5000],
    ["10 MB", 10_485_760, 10],
  ] as const) {
    const n = effort.times(full);
    const measures = await compete(
      [
        { name: "heddle", run: () => heddlePipe(n, size) },
        { name: "bare fork(), json", run: () => forkPipe(n, size, "json") },
        { name: "bare fork(), advanced", run: () => forkPipe(n, size, "advanced") },
        ...asked(python, `pipe${size}`, n, "us"),
      ],
      rounds,
      effort.patienceMs,
    );
    const targets = measures
      .slice(1)
      .flatMap(({ name }) => timesFaster(1, name, measures, `at least as fast as ${name}`));
    rows.push({
      name: `pipe, ${label}`,
      situation: "there and back, as many before it",
      unit: "µs",
      measures,
      targets,
    });
  }
  const tasks = effort.times(20_000);
  const pool = await compete(
    [
      { name: "heddle", run: () => heddleTasks(tasks) },
      ...asked(python, "tasks", Math.ceil(tasks / 4), "us"),
    ],
    rounds,
    effort.patienceMs,
  );
  rows.push({
    name: "process pool, tiny task",
    situation: "submitted at once, two workers",
    unit: "µs",
    measures: pool,
    targets: timesFaster(3, "CPython", pool, "at least 3 times CPython's throughput"),
  });
  const pairs = effort.times(2000);
  const lock = await compete(
    [{ name: "heddle", run: () => heddleLock(pairs) }, ...asked(python, "lock", pairs, "us")],
    rounds,
    effort.patienceMs,
  );
  rows.push({
    name: "lock between processes",
    situation: "acquire + release, nobody else",
    unit: "µs",
    measures: lock,
    targets: [],
  });
  return rows;
}
