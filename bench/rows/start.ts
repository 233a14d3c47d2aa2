// Starting threads: warm, again and again, and the very first one of a program.
import { Thread } from "heddle";
import { runChild } from "../child.ts";
import { atMost, compete, type Contestant, type Effort, median, type Row, timesFaster } from "../harness.ts";
import { workerStartToExit } from "../bare.ts";
import { asked, type Peers } from "../peers.ts";

/** Start and join some threads one after another; the median in nanoseconds. */
function startAndJoin(repetitions: number, bodyFor: (i: number) => () => unknown): number {
  const samples: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    const target = bodyFor(i);
    const startedAt = performance.now();
    new Thread({ target }).start().join();
    samples.push((performance.now() - startedAt) * 1e6);
  }
  return median(samples);
}

/** A small closure is started and joined while carriers are warm, as a program does that uses threads freely. */
export async function warmRows(effort: Effort, { python, rust }: Peers): Promise<Row[]> {
  const n = effort.times(2000);
  const captured = { answer: 42 };
  const same = (): number => captured.answer;
  startAndJoin(200, () => same);
  const contestants: Contestant[] = [
    { name: "heddle", run: () => startAndJoin(n, () => same) },
    {
      name: "heddle, a fresh closure each time",
      run: () => startAndJoin(n, (i) => () => i + captured.answer),
    },
    { name: "new Worker, start to exit", run: () => workerStartToExit(effort.smoke ? 1 : 5) },
    ...asked(python, "start", n),
    ...asked(rust, "start", n),
  ];
  const measures = (await compete(contestants, effort.rounds, effort.patienceMs)).map(({ name, value }) => ({
    name,
    value: value / 1000,
  }));
  const targets = [
    ...timesFaster(3, "CPython", measures, "at least 3 times faster than CPython"),
    ...atMost(1, "Rust", measures, "no slower than Rust"),
    ...timesFaster(300, "new Worker, start to exit", measures, "at least 300 times faster than new Worker"),
  ];
  return [
    {
      name: "start + join, warm",
      situation: "a small closure, carriers warm",
      unit: "µs",
      measures,
      targets,
    },
  ];
}

/** The first thread of a program: nothing is warm, not even the code that starts it. */
export async function coldRows(effort: Effort): Promise<Row[]> {
  const measure =
    (name: string, underRun = false) =>
    (): number =>
      runChild(name, [], underRun)["ms"] ?? Number.NaN;
  const measures = await compete(
    [
      { name: "heddle, under heddle run", run: measure("cold-thread", true) },
      { name: "heddle, imported", run: measure("cold-thread") },
      { name: "new Worker, start to first message", run: measure("cold-worker") },
    ],
    effort.smoke ? 2 : 15,
    effort.patienceMs,
  );
  const [run, imported, worker] = measures;
  if (run === undefined || imported === undefined || worker === undefined) return [];
  const peer = worker.name;
  return [
    {
      name: "first thread, under heddle run",
      situation: "start + join of a program's first thread",
      unit: "ms",
      measures: [run, worker],
      targets: atMost(1.3, peer, [run, worker], "at most 1.3 times a bare new Worker"),
    },
    {
      name: "first thread, imported",
      situation: "start + join of a program's first thread, heddle imported into plain Node",
      unit: "ms",
      measures: [imported, worker],
      targets: atMost(2.2, peer, [imported, worker], "at most 2.2 times a bare new Worker"),
    },
  ];
}
