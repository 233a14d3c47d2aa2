/**
 * Who the calling code is: the thread that this isolate runs now.
 *
 * One object per isolate, changed only by {@link adopt}: by main at load, by a
 * carrier between two bodies, by the model checker between two steps.
 */
import type { Addr } from "./word.ts";

export interface Identity {
  /** The thread's ident; 0: this isolate runs no thread (the supervisor). */
  ident: number;
  /** `ident << 3`, as a mutex word names its owner. */
  key: number;
  /** The thread's record. */
  thread: Addr;
  /** The isolate's index; each isolate has a waiter record of the same index. */
  isolate: number;
  /** Owner-checked locks that the thread holds: not 0 at its end means that some were abandoned. */
  held: number;
}

export const self: Identity = { ident: 0, key: 0, thread: 0 as Addr, isolate: 0, held: 0 };

/** From here on the calling isolate speaks for this thread. */
export function adopt(ident: number, thread: Addr, isolate: number): void {
  self.ident = ident;
  self.key = ident << 3;
  self.thread = thread;
  self.isolate = isolate;
  self.held = 0;
}
