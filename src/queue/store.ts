/** How a kind of queue keeps its items: what tells the kinds apart. */
import type { Outcome } from "../core/sides.ts";
import type { Addr } from "../core/word.ts";

/** An item ready to be put: a tag and a word for the item (core/slot.ts), and, where the kind orders by keys, for its key. */
export interface Parcel {
  tag: number;
  value: number;
  keyTag: number;
  keyValue: number;
}

/** What the algorithms of one kind are called. */
export interface Store {
  /** Takes the parcel over when the outcome is DONE. */
  readonly offer: (q: Addr, tag: number, value: number, keyTag: number, keyValue: number) => Outcome;
  readonly take: (q: Addr, seat: Addr) => Outcome;
  /** Removes some item of a queue that nobody gets from any more; WAIT: there is none. */
  readonly drain: (q: Addr) => Outcome;
  /** Gives memory back; the queue is empty, and its consumer is about to wait. */
  readonly shrink: (q: Addr) => void;
}

/** What a queue is made of, or opened on. */
export interface Opened<T = unknown> {
  readonly q: Addr;
  readonly store: Store;
  /** Are consumers counted, for taskDone() and join()? */
  readonly counted: boolean;
  /** Makes the key of an item, into a parcel. */
  readonly packKey?: ((item: T, into: Parcel) => void) | undefined;
}
