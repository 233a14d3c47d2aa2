/** `heapStatistics`: what the shared memory holds. */
import { containerCount, heapUse } from "../core/heap.ts";
import { HEADER } from "../core/layout.ts";
import { type Addr, load } from "../core/word.ts";
import { handleCount } from "../value/handle.ts";

/** A snapshot of the shared memory. */
export interface HeapStatistics {
  /** The most that there can be, in bytes. */
  readonly reservedBytes: number;
  /** In pages that are used at least in part. */
  readonly claimedBytes: number;
  /** In blocks that are in use. */
  readonly usedBytes: number;
  readonly blocks: number;
  /** Objects, arrays, Maps and Sets that `shared()` made and that were not reclaimed yet. */
  readonly objects: number;
  /** Shared things that this thread has an object for. */
  readonly handles: number;
  /** How often unreachable cycles were looked for. */
  readonly collections: number;
}

/**
 * What the shared memory holds now. It walks over all pages: some microseconds for each MB in use.
 *
 * @example
 * ```ts
 * import { heapStatistics } from "heddle/shared";
 * const { usedBytes, reservedBytes } = heapStatistics();
 * console.log(usedBytes < reservedBytes); // true
 * ```
 */
export function heapStatistics(): HeapStatistics {
  return Object.freeze({
    ...heapUse(),
    objects: containerCount(),
    handles: handleCount(),
    collections: load(HEADER.COLLECTIONS as Addr),
  });
}
