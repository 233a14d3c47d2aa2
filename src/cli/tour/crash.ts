/** Chapter 8: processes. Own memory, own fate: what crashes, and what goes on. */
import { sharedArray, spawn } from "heddle";
import { Process, Queue } from "heddle/multiprocessing";
import type { Chapter } from "./chapter.ts";
import { duration, fact, say } from "./screen.ts";

function showMemory(): void {
  const plain = { count: 0 };
  const cell = sharedArray(Int32Array, 1);
  new Process({ target: () => void (plain.count = 1) }).start().join();
  spawn(() => void (cell[0] = 1)).join();
  fact("written by a process", `the parent still sees ${plain.count}: the process changed its own copy`);
  fact("written by a thread", `the others see ${cell[0]}: threads share memory`);
}

const CRASHES: readonly [what: string, body: () => unknown][] = [
  ["SIGSEGV", () => process.kill(process.pid, "SIGSEGV")],
  ["SIGKILL", () => process.kill(process.pid, "SIGKILL")],
  ["process.exit(3)", () => process.exit(3)],
];

function showCrashes(): void {
  for (const [what, body] of CRASHES) {
    const [question, answer] = [new Queue<number>(), new Queue<number>()];
    const survivor = new Process({ target: () => answer.put(question.get() * 2) }).start();
    const crashing = new Process({ target: body }).start();
    crashing.join();
    question.put(21);
    fact(
      `a process ends by ${what}`,
      `its parent sees exit code ${crashing.exitcode}; another answers ${answer.get()}`,
    );
    survivor.join();
  }
  const left = spawn(() => process.exit(3));
  left.join();
  fact("a thread calls process.exit(3)", "that thread ends, and this line is still printed");
}

function showCost(): void {
  const empty = (): void => {};
  const time = (run: () => void): number => {
    const startedAt = performance.now();
    run();
    return performance.now() - startedAt;
  };
  const thread = time(() => void spawn(empty).join());
  const child = time(() => void new Process({ target: empty }).start().join());
  fact("to start and join", `a thread took ${duration(thread)}, a process ${duration(child)}`);
}

export const crashChapter: Chapter = {
  name: "crash",
  title: "Processes: own memory, own fate",
  run() {
    say("   A process has its own memory, needs a channel to speak with others, costs more to create,");
    say("   and takes nobody with it when it crashes.");
    showMemory();
    showCrashes();
    showCost();
  },
};
