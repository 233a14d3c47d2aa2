/** Chapter 3: the life cycle of a thread, watched from another one. */
import { AtomicInt, Event, Thread } from "heddle";
import type { Chapter } from "./chapter.ts";
import { duration, fact, say } from "./screen.ts";

const PATIENCE_MS = 10_000;

interface Sighting {
  readonly state: string;
  /** On the watching thread's clock. */
  readonly atMs: number;
  readonly waitingOn: string | undefined;
}

export const lifeCycleChapter: Chapter = {
  name: "life-cycle",
  title: "The life cycle of a thread",
  run() {
    say("   New, runnable, running, blocked, terminated: one thread lives, another one watches it.");
    const busy = new AtomicInt(1);
    const signal = new Event({ name: "signal" });
    const watched = new Thread({
      name: "watched",
      target: () => {
        while (busy.load() === 1);
        signal.wait();
      },
    });
    const watching = new Event({ name: "watching" });
    /** Notes each state that the thread is seen in, and lets it go on once it was seen running, and blocked. */
    const watch = (): Sighting[] => {
      const sightings: Sighting[] = [];
      const deadline = performance.now() + PATIENCE_MS;
      for (let last = ""; last !== "terminated" && performance.now() < deadline; ) {
        const { state } = watched;
        if (state === last) continue;
        last = state;
        sightings.push({ state, atMs: performance.now(), waitingOn: watched.waitingOn });
        if (state === "new") watching.set();
        if (state === "running") busy.store(0);
        if (state === "blocked") signal.set();
      }
      return sightings;
    };
    const watcher = new Thread({ name: "watcher", target: watch }).start();
    watching.wait(PATIENCE_MS);
    watched.start();
    const sightings = watcher.result();
    watched.join();
    const [first] = sightings;
    for (const { state, atMs, waitingOn } of sightings) {
      const after = atMs === first?.atMs ? "at first" : `${duration(atMs - (first?.atMs ?? 0))} later`;
      fact(state, `${after}${state === "blocked" ? `, waiting for ${waitingOn}` : ""}`);
    }
    const states = ["new", "runnable", "running", "blocked", "terminated"];
    const missed = states.filter((state) => !sightings.some((sighting) => sighting.state === state));
    if (missed.length > 0) fact("gone before it could be seen", missed.join(", "));
  },
};
