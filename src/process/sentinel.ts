/** What `wait()` knows of a process: ready when it has ended. */
import { shownAsText } from "../value/shown.ts";

/** Stands for the end of a process in `wait([…])`. */
export class Sentinel {
  readonly #id: string;
  readonly #name: string;

  constructor(id: string, name: string) {
    this.#id = id;
    this.#name = name;
  }

  /** The name under which the broker knows it. */
  static idOf(sentinel: Sentinel): string {
    return sentinel.#id;
  }

  /** `<Sentinel of 'Process-1'>` */
  toString(): string {
    return `<Sentinel of '${this.#name}'>`;
  }
}

shownAsText(Sentinel);
