/** `LifoQueue`: last in, first out. The algorithm is in core/stack.ts. */
import { KIND } from "../core/kind.ts";
import { SLOT_BYTES } from "../core/slot.ts";
import { drainStack, pop, push, shrinkStack } from "../core/stack.ts";
import { shownAsText } from "../value/shown.ts";
import { Queue, type QueueOptions } from "./queue.ts";
import { createFrom, type QueueShape, registerQueue } from "./record.ts";
import type { Opened, Store } from "./store.ts";

const STACK: Store = { offer: push, take: pop, drain: drainStack, shrink: shrinkStack };
const SHAPE: QueueShape = {
  kind: KIND.LIFO_QUEUE,
  type: "LifoQueue",
  twoSided: false,
  entryBytes: SLOT_BYTES,
};

/**
 * A {@link Queue} whose newest item is got first.
 *
 * @example
 * ```ts
 * import { LifoQueue } from "heddle";
 * const plates = new LifoQueue<string>();
 * plates.put("first");
 * plates.put("last");
 * console.log(plates.get()); // last
 * ```
 */
export class LifoQueue<T = unknown> extends Queue<T> {
  /** @throws as {@link Queue}'s does. */
  constructor(maxsize?: number | QueueOptions, options?: Omit<QueueOptions, "maxsize">) {
    const opened = opening ?? make(new.target, maxsize, options);
    opening = undefined;
    super(opened as QueueOptions); // Queue's constructor knows this from options
  }
}

/** The record that the constructor is to open instead of making one. */
let opening: Opened | undefined;

function make(
  target: unknown,
  maxsize: number | QueueOptions | undefined,
  options: QueueOptions | undefined,
): Opened {
  if (target !== itself)
    throw new TypeError("Cannot subclass LifoQueue: keep a LifoQueue in a field instead");
  return { q: createFrom(SHAPE, maxsize, options), store: STACK, counted: true };
}

registerQueue(SHAPE, STACK, (q) => {
  opening = { q, store: STACK, counted: true };
  return new LifoQueue();
});

/** The class under a name from outside: bundlers rename a class that names itself inside. */
const itself: typeof LifoQueue = LifoQueue;
shownAsText(LifoQueue);
