/** The way from the root of a value to something inside it, in words: `handler → client → socket`. */

const LONGEST = 12;
/** A trail that grew past this is given back after the message. */
const KEEP = 1024;

/** Which object was met inside which, and under what name; by the number of the object. */
export class Trail {
  #parents: number[] = [];
  #labels: PropertyKey[] = [];
  #length = 0;

  reset(): void {
    if (this.#length > KEEP) {
      this.#parents = [];
      this.#labels = [];
    }
    this.#length = 0;
  }

  /** Forgets the objects from `length` on. */
  cut(length: number): void {
    this.#length = length;
  }

  /** The next object was met inside `parent` (-1: it is the root) as `label`. */
  push(parent: number, label: PropertyKey): void {
    this.#parents[this.#length] = parent;
    this.#labels[this.#length++] = label;
  }

  /** The path to what is met inside `parent` as `label`. */
  to(parent: number, label: PropertyKey): string {
    const steps = [stepOf(label)];
    for (let id = parent; id >= 0; id = this.#parents[id] as number) {
      steps.push(stepOf(this.#labels[id] as PropertyKey));
    }
    steps.reverse();
    if (steps.length > LONGEST) steps.splice(4, steps.length - LONGEST + 1, "…");
    return steps.filter((step) => step !== "").join(" → ");
  }
}

function stepOf(label: PropertyKey): string {
  if (typeof label === "symbol") return `[${String(label)}]`;
  if (typeof label === "number") return `[${label}]`;
  return label === "" || label.startsWith('get("') || /^[#\w$.()[\]… ]*$/u.test(label)
    ? label
    : JSON.stringify(label);
}
