// A bare worker, for comparison: it does what `workerData.task` says, with nothing but Atomics.
import { parentPort, workerData } from "node:worker_threads";

interface Task {
  readonly task: "nothing" | "report" | "sleep" | "stamp" | "contend";
  readonly words: Int32Array;
  readonly stamps: Float64Array;
  readonly repetitions: number;
}

const { task, words, stamps, repetitions } = workerData as Task;

function nanoseconds(): number {
  return Number(process.hrtime.bigint());
}

/** The shortest mutex on one word that sleeps: free, held, held with sleepers. No owner, no deadline, no fairness. */
function acquire(): void {
  if (Atomics.compareExchange(words, 0, 0, 1) === 0) return;
  while (Atomics.exchange(words, 0, 2) !== 0) Atomics.wait(words, 0, 2);
}

function release(): void {
  if (Atomics.exchange(words, 0, 0) === 2) Atomics.notify(words, 0, 1);
}

switch (task) {
  case "nothing":
    break;
  case "report":
    parentPort?.postMessage(0);
    break;
  case "sleep":
    Atomics.add(words, 1, 1);
    Atomics.wait(words, 0, 0);
    break;
  case "stamp":
    // Sleeps on word 0 until it holds the next number; word 1 says that it is about to sleep.
    for (let i = 0; i < repetitions; i++) {
      Atomics.store(words, 1, i + 1);
      while (Atomics.load(words, 0) === i) Atomics.wait(words, 0, i);
      stamps[i] = nanoseconds();
    }
    break;
  case "contend": {
    const turn = Atomics.add(words, 1, 1);
    while (Atomics.load(words, 1) < 2);
    stamps[2 * turn] = nanoseconds();
    for (let i = 0; i < repetitions; i++) {
      acquire();
      words[2] = (words[2] ?? 0) + 1;
      release();
    }
    stamps[2 * turn + 1] = nanoseconds();
  }
}
