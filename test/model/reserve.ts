/**
 * The model's memory: a few heap pages, so that models can fill it, and words of the tests' own behind them.
 *
 * `core/memory` takes what it finds under its key, as it does in a carrier; so this runs before it.
 */
import { FIRST_PAGE, PAGE_SIZE } from "../../src/core/layout.ts";
import type { Addr } from "../../src/core/word.ts";

/** Heap pages of the modelled memory. */
export const HEAP_PAGES = 24;
const END = (FIRST_PAGE + HEAP_PAGES) * PAGE_SIZE;
/** Less than a page, so that the heap does not see it. */
const SCRATCH_BYTES = 4096;

(globalThis as Record<symbol, unknown>)[Symbol.for("heddle.memory")] = new SharedArrayBuffer(
  END + SCRATCH_BYTES,
);

/** Words for the tests' own use, that no source knows. */
export function scratch(index: number): Addr {
  return (END + index * 4) as Addr;
}
