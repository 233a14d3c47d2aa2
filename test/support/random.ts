// Chance that can be repeated: a test prints its seed, and HEDDLE_SEED gives it again.

/** A small generator of good quality (mulberry32), the same sequence for the same seed. */
export class Random {
  readonly seed: number;
  #state: number;

  /** A seed from the environment or, when there is none, from the clock. */
  constructor(seed: number = Number(process.env["HEDDLE_SEED"] ?? Date.now() % 2 ** 31)) {
    this.seed = seed;
    this.#state = seed | 0;
  }

  /** The next number, at least 0 and below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    const more = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((more ^ (more >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, at least 0 and below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** One of them. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** Takes one of them out. */
  take<T>(list: T[]): T {
    return list.splice(this.below(list.length), 1)[0] as T;
  }
}
