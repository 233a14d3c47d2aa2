/**
 * Collection: finds containers that refer to each other and that no thread can reach.
 *
 * Counts alone reclaim everything else at once. A collection stops those who change
 * containers (core/gate.ts; readers and writers of numbers go on), marks what handles
 * and messages lead to, and takes the rest apart (census.ts).
 *
 * Invariants
 *   Y1  While everybody is stopped, no container is made, no link is made or taken, and
 *       no handle of a container comes or goes; REFS may grow or shrink, but only of
 *       containers that were marked by them or from a handle: who takes one more had one.
 *   Y2  Marks are this isolate's own. A collector that dies leaves containers that
 *       nobody can reach, partly empty, and counts as they should be.
 *   Y3  LINKS of what stays is counted anew: what was left too high by a death is right
 *       again. So links from what goes are gone before anything is taken apart.
 *   Y4  Nothing is freed before all that goes has been emptied: no place leads to
 *       memory that is used again.
 */
import { resume, isInside, named, stop } from "../core/gate.ts";
import { containerCount, heapHooks, trim } from "../core/heap.ts";
import { HEADER } from "../core/layout.ts";
import { self } from "../core/self.ts";
import { type Addr, add, load, store } from "../core/word.ts";
import { collectGarbageEverywhere } from "../value/garbage.ts";
import { release } from "../value/handle.ts";
import { Census } from "./census.ts";

/** The first collection begins when there are so many containers. */
const FIRST_AT = 100_000;

/**
 * Reclaims shared objects that only refer to each other, also through references of structs, and returns how many
 * there were. heddle does this by itself when there are twice as many objects as the last time, and before memory is full.
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
      store(HEADER.COLLECT_DUE as Addr, 0); // first: what is given back from here on is for the next one
      census.take();
      census.mark();
      census.correct();
      census.sweep();
      store(HEADER.COLLECT_AT as Addr, Math.max(FIRST_AT, census.live * 2));
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

/** Forgets how many this isolate made. For the model checker, which runs bodies many times. */
export function resetCollector(): void {
  made = 0;
}

/** Called outside the gate after containers were made: collects if it is time. */
export function collectIfDue(count: number): void {
  made += count;
  if (made < LOOK_EVERY && load(HEADER.COLLECT_DUE as Addr) === 0) return;
  made = 0;
  const at = load(HEADER.COLLECT_AT as Addr) || FIRST_AT;
  if (load(HEADER.COLLECT_DUE as Addr) !== 0 || containerCount() >= at) collect();
}

let collecting = false;

/** Gives back what can be before memory is said to be full: also what only garbage of threads refers to. False: not here. */
export function giveBack(): boolean {
  if (isInside() || collecting || load(HEADER.SUPERVISOR as Addr) === self.isolate) return false;
  collecting = true;
  try {
    collectGarbageEverywhere();
    collect();
    trim();
    return true;
  } finally {
    collecting = false;
  }
}
heapHooks.full = giveBack;
