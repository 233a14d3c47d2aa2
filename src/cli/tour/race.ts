/** Chapter 5: interference. Two threads, one counter, no lock. */
import { AtomicInt, Thread } from "heddle";
import type { Chapter } from "./chapter.ts";
import { count, duration, fact, plural, say } from "./screen.ts";

const N = 1_000_000;
/** On a busy machine the two threads may by chance run one after the other: then they are made to race again. */
const MOST_RACES = 50;

interface Race {
  readonly found: number;
  readonly elapsedMs: number;
}

function race(): Race {
  const counter = new AtomicInt(0);
  const ready = new AtomicInt(0);
  const increment = (): void => {
    ready.add(1);
    while (ready.load() < 2); // both at the line
    for (let i = 0; i < N; i++) counter.store(counter.load() + 1); // not counter.add(1)
  };
  const startedAt = performance.now();
  const threads = [1, 2].map((i) => new Thread({ target: increment, name: `adder-${i}` }).start());
  for (const thread of threads) thread.join();
  return { found: counter.load(), elapsedMs: performance.now() - startedAt };
}

export const raceChapter: Chapter = {
  name: "race",
  title: "Interference: a shared counter without a lock",
  run() {
    say(
      "   Two threads add 1 to the same number, a million times each. Each addition reads, adds and writes:",
    );
    say("   the read and the write are each whole, but what the other thread wrote in between is lost.");
    let races = 1;
    let last = race();
    for (; last.found === 2 * N && races < MOST_RACES; races++) last = race();
    const { found, elapsedMs } = last;
    if (races > 1) fact("races without a loss", plural(races - 1, "race"));
    fact("expected", count(2 * N));
    fact("found", `${count(found)}, in ${duration(elapsedMs)}`);
    fact("updates lost", `${count(2 * N - found)} (${((1 - found / (2 * N)) * 100).toFixed(1)} %)`);
  },
};
