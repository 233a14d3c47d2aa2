// Queues: items from producers to consumers, beside the queues and channels of others.
import { Queue, sharedArray, spawn } from "heddle";
import { atMost, compete, type Effort, type Row, timesFaster } from "../harness.ts";
import { asked, type Peers } from "../peers.ts";

const MAXSIZE = 1024;

/** Sends `count` items through one queue, from and to so many threads; nanoseconds for each. */
function through(count: number, threads: number, item: (i: number) => unknown): number {
  const queue = new Queue({ maxsize: MAXSIZE });
  const share = Math.ceil(count / threads);
  const stamps = sharedArray(Float64Array, 2 * threads);
  const consumers = Array.from({ length: threads }, (_, index) =>
    spawn(() => {
      for (let i = 0; i < share; i++) queue.get();
      stamps[threads + index] = Number(process.hrtime.bigint());
    }),
  );
  const producers = Array.from({ length: threads }, (_, index) =>
    spawn(() => {
      stamps[index] = Number(process.hrtime.bigint());
      for (let i = 0; i < share; i++) queue.put(item(i));
    }),
  );
  for (const thread of [...producers, ...consumers]) thread.result();
  const [starts, ends] = [stamps.slice(0, threads), stamps.slice(threads)];
  return (Math.max(...ends) - Math.min(...starts)) / (share * threads);
}

const number = (i: number): number => i;
const object = (i: number): object => ({ id: i, name: "item", done: false });
const KILOBYTE = "x".repeat(1024);
const text = (): string => KILOBYTE;

export async function queueRows(effort: Effort, { python, rust, multithreading }: Peers): Promise<Row[]> {
  const rows: Row[] = [];
  const row = async (
    name: string,
    what: { task: string; threads: number; full: number; item: (i: number) => unknown },
  ): Promise<Row> => {
    const { task, threads, item } = what;
    const n = effort.times(what.full);
    through(Math.ceil(n / 10), threads, item);
    const measures = await compete(
      [
        { name: "heddle", run: () => through(n, threads, item) },
        ...asked(python, task, Math.ceil(n / 5)),
        ...asked(rust, task, n),
        ...(task === "queue" ? asked(multithreading, "channel", Math.ceil(n / 50)) : []),
      ],
      effort.rounds,
      effort.patienceMs,
    );
    const targets =
      task === "queue"
        ? [
            ...timesFaster(8, "CPython", measures, "at least 8 times faster than CPython's queue.Queue"),
            ...timesFaster(15, "multithreading", measures, "at least 15 times multithreading's channel"),
            ...atMost(8, "Rust", measures, "at most 8 times Rust's sync_channel"),
          ]
        : [];
    return { name, situation: `room for ${MAXSIZE} items; time for each`, unit: "ns", measures, targets };
  };
  const [numbers, objects, texts, crowd] = [
    { task: "queue", threads: 1, full: 2_000_000, item: number },
    { task: "queue-object", threads: 1, full: 500_000, item: object },
    { task: "queue-text", threads: 1, full: 500_000, item: text },
    { task: "queue-crowd", threads: 4, full: 1_000_000, item: number },
  ];
  rows.push(await row("queue, numbers, 1 producer and 1 consumer", numbers));
  rows.push(await row("queue, small objects, 1 and 1", objects));
  rows.push(await row("queue, strings of 1 KB, 1 and 1", texts));
  rows.push(await row("queue, numbers, 4 producers and 4 consumers", crowd));
  return rows;
}
