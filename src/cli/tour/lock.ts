/** Chapter 6: the counter again, under a lock. */
import { AtomicInt, Event, Lock, sharedArray, Thread } from "heddle";
import type { Chapter } from "./chapter.ts";
import { count, duration, fact, say } from "./screen.ts";

const N = 1_000_000;

export const lockChapter: Chapter = {
  name: "lock",
  title: "The same under a lock",
  run() {
    say("   The same two threads and the same counter, but only who holds the lock may touch it.");
    const counter = sharedArray(Int32Array, 1);
    const lock = new Lock({ name: "counter" });
    const ready = new AtomicInt(0);
    const go = new Event({ name: "go" });
    const increment = (): void => {
      ready.add(1);
      go.wait();
      for (let i = 0; i < N; i++) {
        lock.acquire();
        try {
          counter[0] = (counter[0] as number) + 1;
        } finally {
          lock.release();
        }
      }
    };
    const threads = [1, 2].map((i) => new Thread({ target: increment, name: `adder-${i}` }).start());
    while (ready.load() < 2) threads[0]?.join(1);
    const startedAt = performance.now();
    go.set();
    for (const thread of threads) thread.join();
    const elapsedMs = performance.now() - startedAt;
    const found = counter[0] as number;
    fact("expected", count(2 * N));
    fact(
      "found",
      `${count(found)}, in ${duration(elapsedMs)}: ${duration(elapsedMs / (2 * N))} for each turn`,
    );
    if (found !== 2 * N)
      throw new Error(`Cannot trust the lock: ${count(2 * N - found)} updates were lost under it`);
  },
};
