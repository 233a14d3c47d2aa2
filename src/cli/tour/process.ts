/** Chapter 1: a process, and what it is made of. */
import { readdirSync, statSync } from "node:fs";
import { currentThread, Event, enumerate, getIdent, getNativeId, sharedArray, Thread } from "heddle";
import type { Chapter } from "./chapter.ts";
import { bytes, fact, plural, say } from "./screen.ts";

/** How many threads the kernel counts in this process, where it tells. */
function kernelThreads(): number | undefined {
  try {
    return readdirSync("/proc/self/task").length;
  } catch {
    return undefined;
  }
}

function showProcess(): void {
  const memory = process.memoryUsage();
  fact("process", `number ${process.pid}, child of ${process.ppid}`);
  fact(
    "its program",
    `${process.execPath} (${bytes(statSync(process.execPath).size)}), Node ${process.versions.node}`,
  );
  fact("its data", `${bytes(memory.rss)} resident, ${bytes(memory.heapUsed)} of it in JavaScript objects`);
  fact("its state", `up for ${process.uptime().toFixed(2)} s, in ${process.cwd()}`);
}

function showThreads(): void {
  const before = kernelThreads();
  const meet = new Event({ name: "everyone is here" });
  const slots = sharedArray(Float64Array, 6);
  // A variable on each thread's own stack, and a slot in the memory that all of them see.
  const introduce = (slot: number): string => {
    const own = slot * 100;
    slots[slot] = own + getIdent();
    slots[slot + 3] = getNativeId();
    meet.wait();
    return `${currentThread().name}: own variable ${own}`;
  };
  const threads = [0, 1, 2].map((slot) =>
    new Thread({ target: introduce, args: [slot], name: `part-${slot}` }).start(),
  );
  while (threads.some((thread) => thread.state !== "blocked" && thread.isAlive())) threads[0]?.join(1);
  const during = kernelThreads();
  fact(
    "its threads, as heddle sees them",
    enumerate()
      .map((thread) => thread.name)
      .join(", "),
  );
  if (before !== undefined && during !== undefined) {
    fact("its threads, as the kernel sees them", `${before} before, ${during} now (with Node's own helpers)`);
    fact("their kernel numbers", threads.map((thread) => thread.nativeId ?? "not told").join(", "));
  }
  meet.set();
  for (const thread of threads) fact("on its own stack", thread.result());
  fact(
    "in the memory that all share",
    `${plural(3, "slot")} written by three threads, read here: ${Array.from(slots.slice(0, 3)).join(", ")}`,
  );
}

export const processChapter: Chapter = {
  name: "process",
  title: "A process and its parts",
  run() {
    say("   A process is a running program: its code, its data, its state. One or more threads run in it;");
    say("   each has its own stack and registers, and all of them share the process's memory.");
    showProcess();
    showThreads();
  },
};
