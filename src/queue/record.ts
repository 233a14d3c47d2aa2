/** The record of a queue, from its options to its end. */
import { free } from "../core/heap.ts";
import { field } from "../core/layout.ts";
import { QUEUE } from "../core/queue-layout.ts";
import { createQueue, freeQueue, OUTCOME } from "../core/sides.ts";
import { slot } from "../core/slot.ts";
import { freeSeats, setReleaseQueue } from "../core/tasks.ts";
import { writeText } from "../core/text.ts";
import { type Addr, load, store } from "../core/word.ts";
import { registerHandle, release } from "../value/handle.ts";
import { discard } from "../value/message.ts";
import { checkName, checkOptions } from "../sync/named.ts";
import { dropItem } from "./item.ts";
import type { Store } from "./store.ts";

/** What is to be made. */
export interface QueueShape {
  readonly kind: number;
  readonly type: string;
  /** Has it a lock for those who put and another one for those who get? */
  readonly twoSided: boolean;
  /** Bytes of one of its entries. */
  readonly entryBytes: number;
}

interface GivenOptions {
  name?: string;
  maxsize?: number;
}

/** Makes a record from what a constructor was given: a size, options, or both. */
export function createFrom(
  shape: QueueShape,
  maxsize: number | GivenOptions | undefined,
  options: GivenOptions | undefined,
  known: readonly string[] = [],
): Addr {
  const { type } = shape;
  const given = typeof maxsize === "object" ? maxsize : options;
  checkOptions(type, given, ["name", ...(typeof maxsize === "object" ? ["maxsize"] : []), ...known]);
  const name = checkName(type, given?.name);
  const size = (typeof maxsize === "object" ? maxsize.maxsize : maxsize) ?? 0;
  const bound = checkMaxsize("create", type, size);
  const q = createQueue(shape.kind, shape.twoSided, bound, shape.entryBytes);
  if (name !== undefined) store(field(q, QUEUE.NAME), writeText(name));
  return q;
}

const LARGEST = 2 ** 31 - 1;

/** Checks a bound on the number of items. */
export function checkMaxsize(verb: string, what: string, maxsize: unknown): number {
  if (typeof maxsize !== "number")
    throw new TypeError(
      `Cannot ${verb} ${what}: maxsize must be a number, got ${maxsize === null ? "null" : typeof maxsize}`,
    );
  if (maxsize === Infinity) return 0;
  if (!Number.isInteger(maxsize) || Math.abs(maxsize) > LARGEST)
    throw new RangeError(
      `Cannot ${verb} ${what}: maxsize must be a whole number up to ${LARGEST}, got ${maxsize}`,
    );
  return maxsize;
}

/** Throws away what is still in a queue that nobody gets from any more. */
export function throwAway(q: Addr, { drain }: Store): void {
  while (drain(q) === OUTCOME.DONE) dropItem(slot.tag, slot.value);
}

/** Makes a kind of queue known: how it is opened in another thread, and how it ends. */
export function registerQueue({ kind, type }: QueueShape, store: Store, create: (q: Addr) => object): void {
  registerHandle({ kind, name: type, create, reclaim: (q) => reclaim(q, store) });
}

function reclaim(q: Addr, items: Store): void {
  throwAway(q, items);
  freeSeats(q);
  for (const text of [QUEUE.NAME, QUEUE.DEAD]) {
    const block = load(field(q, text)) as Addr;
    if (block !== 0) free(block);
  }
  const key = load(field(q, QUEUE.KEY)) as Addr;
  if (key !== 0) discard(key);
  freeQueue(q);
}

setReleaseQueue(release);
