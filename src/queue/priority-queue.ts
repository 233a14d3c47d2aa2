/** `PriorityQueue`: the smallest key first. The algorithm is in core/priority.ts. */
import { KIND } from "../core/kind.ts";
import { field } from "../core/layout.ts";
import { drainPriority, ENTRY_BYTES, equip, insert, removeFirst, shrinkPriority } from "../core/priority.ts";
import { QUEUE } from "../core/queue-layout.ts";
import { type Addr, load, store } from "../core/word.ts";
import { load as loadMessage, store as storeMessage } from "../value/message.ts";
import { shownAsText } from "../value/shown.ts";
import { packKey } from "./key.ts";
import { Queue, type QueueOptions } from "./queue.ts";
import { createFrom, type QueueShape, registerQueue } from "./record.ts";
import type { Opened, Parcel, Store } from "./store.ts";

/** Options of a {@link PriorityQueue}. */
export interface PriorityQueueOptions<T = unknown> extends QueueOptions {
  /** What orders an item; called by `put`, in its thread. Default: the item itself. */
  key?: (item: T) => unknown;
}

const HEAP: Store = { offer: insert, take: removeFirst, drain: drainPriority, shrink: shrinkPriority };
const SHAPE: QueueShape = {
  kind: KIND.PRIORITY_QUEUE,
  type: "PriorityQueue",
  twoSided: false,
  entryBytes: ENTRY_BYTES,
};

/**
 * A {@link Queue} whose smallest item is got first; of equal ones, the one that was put first.
 *
 * Items (or their keys) are numbers, strings, bigints, dates, or arrays of them, which compare as Python's tuples do:
 * the first elements that differ decide. In an array, whatever has no order (an object) decides nothing, so
 * `[priority, job]` needs no key. `put` throws TypeError for items that cannot be compared with those in the queue.
 *
 * @example
 * ```ts
 * import { PriorityQueue } from "heddle";
 * const jobs = new PriorityQueue<{ name: string; urgency: number }>({ key: (job) => -job.urgency });
 * jobs.put({ name: "sweep", urgency: 1 });
 * jobs.put({ name: "put out the fire", urgency: 9 });
 * console.log(jobs.get().name); // put out the fire
 * ```
 */
export class PriorityQueue<T = unknown> extends Queue<T> {
  /** @throws CaptureError when `key` cannot cross threads; and as {@link Queue}'s does. */
  constructor(
    maxsize?: number | PriorityQueueOptions<T>,
    options?: Omit<PriorityQueueOptions<T>, "maxsize">,
  ) {
    const opened = opening ?? make(new.target, maxsize, options);
    opening = undefined;
    super(opened as QueueOptions); // Queue's constructor knows this from options
  }
}

/** The record that the constructor is to open instead of making one. */
let opening: Opened | undefined;

function make<T>(
  target: unknown,
  maxsize: number | PriorityQueueOptions<T> | undefined,
  options: PriorityQueueOptions<T> | undefined,
): Opened {
  if (target !== itself)
    throw new TypeError("Cannot subclass PriorityQueue: keep a PriorityQueue in a field instead");
  const given = typeof maxsize === "object" && maxsize !== null ? maxsize : options;
  const key = given?.key as ((item: unknown) => unknown) | undefined;
  if (key !== undefined && typeof key !== "function")
    throw new TypeError(`Cannot create PriorityQueue: key must be a function, got ${typeof key}`);
  const message = key === undefined ? 0 : storeMessage(key, "key");
  const q = createFrom(SHAPE, maxsize, options, ["key"]);
  equip(q);
  store(field(q, QUEUE.KEY), message);
  return open(q, key);
}

/** `key`: the function itself, where it is at hand; elsewhere it is read from the record when it is first needed. */
function open(q: Addr, key?: (item: unknown) => unknown): Opened {
  const message = load(field(q, QUEUE.KEY)) as Addr;
  let keyOf = message === 0 ? (item: unknown): unknown => item : key;
  const packed = (item: unknown, into: Parcel): void => {
    keyOf ??= loadMessage(message) as (item: unknown) => unknown;
    packKey(keyOf(item), into);
  };
  return { q, store: HEAP, counted: true, packKey: packed };
}

registerQueue(SHAPE, HEAP, (q) => {
  opening = open(q);
  return new PriorityQueue();
});

/** The class under a name from outside: bundlers rename a class that names itself inside. */
const itself: typeof PriorityQueue = PriorityQueue;
shownAsText(PriorityQueue);
