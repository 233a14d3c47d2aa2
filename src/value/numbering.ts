/**
 * Numbers things in the order in which they are met, and finds the number again.
 *
 * Most messages hold a few objects: a short list is searched faster than a Map
 * can be cleared. Past {@link SHORT} things there is a Map as well.
 */
const SHORT = 12;

export class Numbering<T> {
  readonly #list: (T | undefined)[] = [];
  #index: Map<T, number> | undefined;
  /** How many there are: the next number. */
  length = 0;

  /** The number of a thing; -1: it was not met. */
  find(thing: T): number {
    if (this.#index !== undefined) return this.#index.get(thing) ?? -1;
    for (let i = 0; i < this.length; i++) if (this.#list[i] === thing) return i;
    return -1;
  }

  /** Gives a thing the next number. */
  add(thing: T): number {
    const number = this.length++;
    this.#list[number] = thing;
    if (this.#index !== undefined) {
      this.#index.set(thing, number);
    } else if (number === SHORT) {
      this.#index = new Map();
      for (let i = 0; i <= number; i++) this.#index.set(this.#list[i] as T, i);
    }
    return number;
  }

  /** Forgets the things from `length` on. */
  cut(length: number): void {
    for (let i = length; i < this.length; i++) {
      this.#index?.delete(this.#list[i] as T);
      this.#list[i] = undefined;
    }
    this.length = length;
  }

  /** Forgets everything. */
  reset(): void {
    if (this.#index === undefined) {
      for (let i = 0; i < this.length; i++) this.#list[i] = undefined;
    } else {
      this.#index = undefined;
      this.#list.length = 0;
    }
    this.length = 0;
  }
}
