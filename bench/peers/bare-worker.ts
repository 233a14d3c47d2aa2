// A bare worker, for comparison: it does what `workerData.task` says, with nothing but Atomics.
import { parentPort, workerData } from "node:worker_threads";

interface Task {
  readonly task: "nothing" | "report" | "sleep" | "stamp";
  readonly words: Int32Array;
  readonly stamps: Float64Array;
  readonly repetitions: number;
}

const { task, words, stamps, repetitions } = workerData as Task;

function nanoseconds(): number {
  return Number(process.hrtime.bigint());
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
}
