/** `SimpleQueue`: an unbounded queue without tasks. The algorithm is in core/ring.ts. */
import { KIND } from "../core/kind.ts";
import { field } from "../core/layout.ts";
import { lengthOf } from "../core/line.ts";
import { QUEUE } from "../core/queue-layout.ts";
import { drain, offer, shrink, take } from "../core/ring.ts";
import { SLOT_BYTES } from "../core/slot.ts";
import type { Addr } from "../core/word.ts";
import { labelOf } from "../sync/holdable.ts";
import { shownAsText } from "../value/shown.ts";
import { QueueBase } from "./queue-base.ts";
import { createFrom, type QueueShape, registerQueue } from "./record.ts";
import type { Opened, Store } from "./store.ts";
import type { QueueWait } from "./waiting.ts";

/** Options of a {@link SimpleQueue}. */
export interface SimpleQueueOptions {
  /** Shown in errors, dumps and the text form. */
  name?: string;
}

/** A snapshot of a {@link SimpleQueue}. */
export interface SimpleQueueStatistics {
  readonly name: string | undefined;
  /** Items in it. */
  readonly size: number;
  readonly isShutdown: boolean;
  /** Threads and pending Async calls that wait for an item. */
  readonly waiting: number;
}

const RING: Store = { offer, take, drain, shrink };
const SHAPE: QueueShape = {
  kind: KIND.SIMPLE_QUEUE,
  type: "SimpleQueue",
  twoSided: true,
  entryBytes: SLOT_BYTES,
};

/**
 * A queue without bound and without `taskDone`: first in, first out. `put` never waits.
 *
 * @example
 * ```ts
 * import { SimpleQueue, spawn } from "heddle";
 * const letters = new SimpleQueue<string>();
 * spawn(() => letters.put("hello"));
 * console.log(letters.get()); // hello
 * ```
 */
export class SimpleQueue<T = unknown> extends QueueBase<T> {
  readonly #q: Addr;

  /** @throws TypeError for a bad option, or in a subclass (use a field instead). */
  constructor(options?: SimpleQueueOptions) {
    const opened = opening ?? make(new.target, options);
    opening = undefined;
    super(opened as Opened<T>);
    this.#q = opened.q;
  }

  /** Puts an item in; there is always room, so it never waits. `how` is only there for a Queue's caller. */
  override put(item: T, _how?: QueueWait, _timeoutMs?: number): void {
    super.put(item);
  }

  /** A snapshot of its state. */
  statistics(): SimpleQueueStatistics {
    return Object.freeze({
      name: this.name,
      size: this.qsize(),
      isShutdown: this.isShutdown,
      waiting: lengthOf(field(this.#q, QUEUE.GETTERS)),
    });
  }

  /** `<SimpleQueue 'letters' 3 items, 2 getting>` */
  override toString(): string {
    const { size, isShutdown, waiting } = this.statistics();
    return `<${labelOf(this)} ${size} items${waiting > 0 ? `, ${waiting} getting` : ""}${isShutdown ? ", shut down" : ""}>`;
  }
}

/** The record that the constructor is to open instead of making one. */
let opening: Opened | undefined;

function make(target: unknown, options: SimpleQueueOptions | undefined): Opened {
  if (target !== itself)
    throw new TypeError("Cannot subclass SimpleQueue: keep a SimpleQueue in a field instead");
  return { q: createFrom(SHAPE, undefined, options), store: RING, counted: false };
}

registerQueue(SHAPE, RING, (q) => {
  opening = { q, store: RING, counted: false };
  return new SimpleQueue();
});

/** The class under a name from outside: bundlers rename a class that names itself inside. */
const itself: typeof SimpleQueue = SimpleQueue;
shownAsText(SimpleQueue);
