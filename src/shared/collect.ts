/**
 * Collection: finds containers that refer to each other and that no thread can reach.
 *
 * Counts alone reclaim everything else at once. A collection stops those who change
 * containers (core/gate.ts; readers and writers of numbers go on), marks what handles
 * and messages lead to, and takes the rest apart.
 *
 * Invariants
 *   Y1  While everybody is stopped, no container is made, and no link is made or taken;
 *       REFS may grow or shrink, but only of containers that were marked by them or
 *       from them: who holds a reference had it before.
 *   Y2  Marks are this isolate's own. A collector that dies leaves containers that
 *       nobody can reach, partly empty, and counts as they should be.
 *   Y3  LINKS of what stays is counted anew: what was left too high by a death is right
 *       again. So links from what goes are gone before anything is taken apart.
 *   Y4  Nothing is freed before all that goes has been emptied: no place leads to
 *       memory that is used again.
 */
import { freeContainer } from "../core/container.ts";
import { resume, isInside, named, stop } from "../core/gate.ts";
import { containerCount, eachContainer, free, heapHooks, trim } from "../core/heap.ts";
import { CONTAINER } from "../core/container-layout.ts";
import { field, HEADER } from "../core/layout.ts";
import { KIND } from "../core/kind.ts";
import { self } from "../core/self.ts";
import { boxOf, low, open, swap, TAG, tag } from "../core/box.ts";
import { type Addr, add, load, readReal, store } from "../core/word.ts";
import { release } from "../value/handle.ts";
import { eachPlace, freeStorage } from "./owned.ts";

/** The first collection begins when there are so many containers. */
const FIRST_AT = 100_000;

/** Containers by number: marks and counts are arrays. */
class Census {
  readonly #all: Addr[] = [];
  readonly garbage: Addr[] = [];
  /** Other objects of heddle's that the garbage referred to. */
  readonly handles: Addr[] = [];
  live = 0;

  /** Where the numbers of a page begin, and so each container's number. */
  readonly #pages: number[] = [];
  #marks = new Uint8Array(0);
  #links = new Int32Array(0);

  take(): void {
    let page = -1;
    let first = 0;
    eachContainer((c) => {
      if (c >>> 16 !== page) {
        page = c >>> 16;
        this.#pages[page] = first;
        first += PER_PAGE;
      }
      this.#all.push(c);
    });
    this.#marks = new Uint8Array(first);
    this.#links = new Int32Array(first);
  }

  #numberOf(c: Addr): number {
    return (this.#pages[c >>> 16] as number) + ((c & 0xffff) >>> 5);
  }

  mark(): void {
    const reached: Addr[] = [];
    for (const c of this.#all) {
      if (load(c) === KIND.NONE || load(field(c, CONTAINER.REFS)) <= 0) continue;
      this.#marks[this.#numberOf(c)] = 1;
      reached.push(c);
    }
    const follow = (place: Addr): void => {
      open(readReal(place));
      if (tag() !== TAG.LINK) return;
      const child = low() as Addr;
      const number = this.#numberOf(child);
      this.#links[number] = (this.#links[number] as number) + 1;
      if (this.#marks[number] === 1) return;
      this.#marks[number] = 1;
      reached.push(child);
    };
    for (let c = reached.pop(); c !== undefined; c = reached.pop()) {
      this.live++;
      eachPlace(c, follow);
    }
  }

  /** Y3 */
  correct(): void {
    for (const c of this.#all) {
      const number = this.#numberOf(c);
      if (this.#marks[number] === 0) {
        this.garbage.push(c);
        continue;
      }
      const links = this.#links[number] as number;
      if (load(field(c, CONTAINER.LINKS)) !== links) store(field(c, CONTAINER.LINKS), links);
    }
  }

  /** Y4 */
  sweep(): void {
    for (const c of this.garbage) if (load(c) !== KIND.NONE) this.#empty(c);
    for (const c of this.garbage) freeContainer(c);
  }

  #empty(c: Addr): void {
    eachPlace(c, (place) => {
      open(swap(place, boxOf(TAG.ABSENT, 0)));
      const owned = low() as Addr;
      if (tag() === TAG.HANDLE) this.handles.push(owned);
      else if (tag() !== TAG.LINK) free(owned); // Y3: links of what goes are not counted any more
    });
    freeStorage(c);
  }
}
/** Numbers that a page of containers takes. */
const PER_PAGE = 2048;

/**
 * Reclaims shared objects that only refer to each other, and returns how many there were. heddle does this by
 * itself when there are twice as many objects as the last time, and before memory is full.
 *
 * @example
 * ```ts
 * import { collect, shared } from "heddle/shared";
 * const list = shared([{}] as object[]);
 * list[0] = { self: list[0] };
 * list.length = 0;
 * console.log(collect() >= 0); // true
 * ```
 */
export function collect(): number {
  if (isInside()) return 0;
  return named(() => {
    const census = new Census();
    stop();
    try {
      census.take();
      census.mark();
      census.correct();
      census.sweep();
      store(HEADER.COLLECT_AT as Addr, Math.max(FIRST_AT, census.live * 2));
      store(HEADER.COLLECT_DUE as Addr, 0);
      add(HEADER.COLLECTIONS as Addr, 1);
    } finally {
      resume();
    }
    for (const handle of census.handles) release(handle);
    return census.garbage.length;
  });
}

/** Containers that this isolate makes between two looks at how many there are. */
const LOOK_EVERY = 4096;
let made = 0;

/** Called outside the gate after containers were made: collects if it is time. */
export function collectIfDue(count: number): void {
  made += count;
  if (made < LOOK_EVERY && load(HEADER.COLLECT_DUE as Addr) === 0) return;
  made = 0;
  const at = load(HEADER.COLLECT_AT as Addr) || FIRST_AT;
  if (load(HEADER.COLLECT_DUE as Addr) !== 0 || containerCount() >= at) collect();
}

let collecting = false;
heapHooks.full = () => {
  if (isInside() || collecting || load(HEADER.SUPERVISOR as Addr) === self.isolate) return false;
  collecting = true;
  try {
    const some = collect() > 0;
    return trim() || some;
  } finally {
    collecting = false;
  }
};
