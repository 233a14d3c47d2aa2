/** Chapter 4: two threads print, and their lines interleave. */
import { AtomicInt, sharedArray, sleep, Thread } from "heddle";
import type { Chapter } from "./chapter.ts";
import { fact, say } from "./screen.ts";

const COUNT = 10;
const PAUSE_MS = 5;

export const lettersChapter: Chapter = {
  name: "letters",
  title: "Two threads at once: numbers and letters",
  run() {
    say("   One thread prints numbers, one prints letters, each with a short pause after every line.");
    const order = sharedArray(Int32Array, 2 * COUNT);
    const next = new AtomicInt(0);
    const present = new AtomicInt(0);
    const awaitBoth = (): void => {
      present.add(1);
      while (present.load() < 2) sleep(1);
    };
    const printNumbers = (): void => {
      awaitBoth();
      for (let i = 1; i <= COUNT; i++) {
        console.log(`      number ${i}`);
        order[next.add(1)] = 1;
        sleep(PAUSE_MS);
      }
    };
    const printLetters = (): void => {
      awaitBoth();
      for (let i = 0; i < COUNT; i++) {
        console.log(`      letter ${String.fromCharCode(65 + i)}`);
        order[next.add(1)] = 2;
        sleep(PAUSE_MS);
      }
    };
    const t1 = new Thread({ target: printNumbers, name: "numbers" }).start();
    const t2 = new Thread({ target: printLetters, name: "letters" }).start();
    t1.join();
    t2.join();
    const kinds = Array.from(order);
    const turns = kinds.filter((kind, i) => i > 0 && kind !== kinds[i - 1]).length;
    fact("lines", `${next.load()}, and the turn passed ${turns} times from one thread to the other`);
  },
};
