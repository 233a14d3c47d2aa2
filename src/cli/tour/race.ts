/** Chapter 5: interference. Two threads, one counter, no lock. */
import { AtomicInt, Event, sharedArray, Thread } from "heddle";
import type { Chapter } from "./chapter.ts";
import { count, duration, fact, say } from "./screen.ts";

const N = 1_000_000;

export const raceChapter: Chapter = {
  name: "race",
  title: "Interference: a shared counter without a lock",
  run() {
    say(
      "   Two threads add 1 to the same number, a million times each. Each addition reads, adds and writes;",
    );
    say("   what the other thread wrote in between is lost.");
    const counter = sharedArray(Int32Array, 1);
    const ready = new AtomicInt(0);
    const go = new Event({ name: "go" });
    const increment = (): void => {
      ready.add(1);
      go.wait();
      for (let i = 0; i < N; i++) counter[0] = (counter[0] as number) + 1;
    };
    const threads = [1, 2].map((i) => new Thread({ target: increment, name: `adder-${i}` }).start());
    while (ready.load() < 2) threads[0]?.join(1);
    const startedAt = performance.now();
    go.set();
    for (const thread of threads) thread.join();
    const elapsedMs = performance.now() - startedAt;
    const found = counter[0] as number;
    fact("expected", count(2 * N));
    fact("found", `${count(found)}, in ${duration(elapsedMs)}`);
    fact("updates lost", `${count(2 * N - found)} (${((1 - found / (2 * N)) * 100).toFixed(1)} %)`);
  },
};
