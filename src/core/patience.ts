/**
 * Patience: how long a thread spins before it sleeps, learned from what came of it.
 *
 * A spin that saw what it waited for sets the measure. One that did not is judged by the sleep that followed: after a
 * short sleep a longer spin would have been better, after a long one none.
 */
import { relax } from "./word.ts";

/**
 * A sleep this short, in milliseconds, was mostly wake-ups: its own, and that of the thread that it waited for, each up to
 * 0.15 ms on a busy machine.
 */
const SHORT_SLEEP_MS = 0.5;
/** A spin that is not worth it is still tried so far. */
const FEWEST = 16;
/**
 * On a machine whose cores are all busy a spin keeps the very thread that it waits for from running. So after as many
 * failures in a row it is given up, for so many times.
 */
const MOST_FAILURES = 6;
const GIVEN_UP = 60;

export class Patience {
  readonly #longest: number;
  #turns: number;
  #failures = 0;

  /** `longest`: the most turns; 0 where spinning cannot help. */
  constructor(longest: number) {
    this.#longest = longest;
    this.#turns = longest >> 2;
  }

  /** Looks at least once, and spins until `ready`, as long as seems worth it. False: it was not ready. */
  spin(ready: () => boolean): boolean {
    const tired = this.#failures >= MOST_FAILURES;
    const limit = tired ? Math.min(this.#longest, FEWEST) : Math.min(this.#longest, this.#turns * 2 + FEWEST);
    for (let turns = 0; turns <= limit; turns++) {
      if (ready()) {
        this.#turns += (turns - this.#turns) >> 3;
        this.#failures = 0;
        return true;
      }
      relax();
    }
    this.#failures = this.#failures < MOST_FAILURES + GIVEN_UP ? this.#failures + 1 : 0;
    return false;
  }

  /** The spin failed, and the sleep after it took so long. */
  slept(tookMs: number): void {
    if (tookMs < SHORT_SLEEP_MS) this.#turns += (this.#longest - this.#turns) >> 1;
    else this.#turns -= this.#turns >> 2;
  }
}
