/** Chapter 3: the life cycle of a thread, watched from another one. */
import { AtomicInt, Event, Thread } from "../../api/index.ts";
import type { Chapter } from "./chapter.ts";
import { duration, fact, say } from "./screen.ts";

const PATIENCE_MS = 10_000;

interface Sighting {
  readonly state: string;
  readonly atMs: number;
}

/** Looks at a thread until it is in a state, and notes each state on the way. */
function watch(thread: Thread, sightings: Sighting[], startedAt: number, until: string): void {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { state } = thread;
    if (sightings.at(-1)?.state !== state) sightings.push({ state, atMs: performance.now() - startedAt });
    if (state === until) return;
    if (performance.now() > deadline)
      throw new Error(`Cannot show the life cycle: the thread stays ${state}`);
  }
}

export const lifeCycleChapter: Chapter = {
  name: "life-cycle",
  title: "The life cycle of a thread",
  run() {
    say("   New, runnable, running, blocked, terminated: the main thread watches another one.");
    const busy = new AtomicInt(1);
    const signal = new Event({ name: "signal" });
    const thread = new Thread({
      name: "watched",
      target: () => {
        while (busy.load() === 1);
        signal.wait();
      },
    });
    const sightings: Sighting[] = [];
    const startedAt = performance.now();
    watch(thread, sightings, startedAt, "new");
    thread.start();
    watch(thread, sightings, startedAt, "running");
    busy.store(0);
    watch(thread, sightings, startedAt, "blocked");
    const { waitingOn } = thread;
    signal.set();
    watch(thread, sightings, startedAt, "terminated");
    thread.join();
    for (const { state, atMs } of sightings) {
      fact(
        state,
        `seen ${duration(atMs)} after it was made${state === "blocked" ? `, waiting for ${waitingOn}` : ""}`,
      );
    }
    const missed = ["new", "runnable", "running", "blocked", "terminated"].filter(
      (state) => !sightings.some((sighting) => sighting.state === state),
    );
    if (missed.length > 0) fact("gone before it could be seen", missed.join(", "));
  },
};
