/**
 * The states that a search has been in: a hash table of 64-bit keys, each with the largest budget
 * (preemptions left) that it was entered with. A state met again with no more budget than before
 * leads to nothing new.
 */

const EMPTY = -1;

export class Seen {
  #keys = new Int32Array(2 << 12);
  #budgets: Int8Array = new Int8Array(1 << 12).fill(EMPTY);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Enters a state; true when it was known with at least this budget. */
  covered(high: number, low: number, budget: number): boolean {
    const slot = this.#find(high, low);
    const known = this.#budgets[slot]!;
    if (known >= budget) return true;
    this.#budgets[slot] = budget;
    if (known === EMPTY) {
      this.#keys[2 * slot] = high;
      this.#keys[2 * slot + 1] = low;
      this.#size += 1;
      if (this.#size * 2 > this.#budgets.length) this.#grow();
    }
    return false;
  }

  #find(high: number, low: number): number {
    const mask = this.#budgets.length - 1;
    let slot = (high ^ Math.imul(low, 0x9e3779b1)) & mask;
    while (this.#budgets[slot] !== EMPTY) {
      if (this.#keys[2 * slot] === high && this.#keys[2 * slot + 1] === low) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const keys = this.#keys;
    const budgets = this.#budgets;
    this.#keys = new Int32Array(keys.length * 2);
    this.#budgets = new Int8Array(budgets.length * 2).fill(EMPTY);
    for (let old = 0; old < budgets.length; old += 1) {
      if (budgets[old] === EMPTY) continue;
      const slot = this.#find(keys[2 * old]!, keys[2 * old + 1]!);
      this.#budgets[slot] = budgets[old]!;
      this.#keys[2 * slot] = keys[2 * old]!;
      this.#keys[2 * slot + 1] = keys[2 * old + 1]!;
    }
  }
}

/** Stirs `value` into `hash`: order matters, every bit counts. Two different `salt`s make 64 bits. */
export function mix(hash: number, value: number, salt: number): number {
  let h = Math.imul(hash ^ salt, 0x85ebca6b) ^ Math.imul(value ^ (value >>> 15), 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return h ^ (h >>> 15);
}
