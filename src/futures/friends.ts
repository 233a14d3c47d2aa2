/** What the rest of futures/ does with a `Future` beyond its public methods. The class fills it in. */
import type { Addr } from "../core/word.ts";
import type { Future } from "./future.ts";
import type { Source } from "./settled.ts";

/** A future of any kind of value. */
export type AnyFuture = Future<unknown>;

export const friends = {} as {
  /** This isolate's future for a task that it submits to a pool. */
  open: (record: Addr, source: Source) => Future;
  /** The record of a future; 0: it is settled, and only this isolate has it. */
  recordOf: (future: AnyFuture) => Addr;
  /** Has `fn` called once the future is DONE. `loop`: by the event loop, if need be; else when this isolate looks. */
  watchDone: (future: AnyFuture, fn: () => void, loop: boolean) => void;
  /** Takes back what {@link watchDone} was given. */
  unwatch: (future: AnyFuture, fn: () => void) => void;
  /** Did it end by an error, or was it cancelled? Counts as no look at the error. */
  hasFailed: (future: AnyFuture) => boolean;
  /** Was it submitted by this isolate, so that its port hears of the end? */
  isOwn: (future: AnyFuture) => boolean;
};

/**
 * What a pool's worker does before it waits without a timeout for a future of its own pool, which nobody may be
 * left to run: it runs it itself (true), or throws DeadlockError.
 */
export const helping: {
  beforeBlock: (record: Addr) => boolean;
  beforeAwait: (record: Addr, future: AnyFuture) => void;
} = { beforeBlock: () => false, beforeAwait: () => {} };
