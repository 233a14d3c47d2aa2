// Walks the heap as a whole: what a death in the middle of anything must leave sound.
import assert from "node:assert/strict";
import { heapUse } from "../../src/core/heap.ts";
import { FIRST_PAGE, HEADER, pageWordAt } from "../../src/core/layout.ts";
import { kindOf, lowOf, PAGE } from "../../src/core/pages.ts";
import { type Addr, load } from "../../src/core/word.ts";

/** Every page word makes sense; may be called while threads run. */
export function assertHeapSound(): void {
  const { usedBytes, claimedBytes, reservedBytes } = heapUse();
  assert.ok(usedBytes <= claimedBytes && claimedBytes <= reservedBytes, "more in use than there is");
}

/** While no thread runs: no page is half made, each run is whole, and the counts agree with the pages. */
export function assertHeapAtRest(): void {
  const high = load(HEADER.PAGES_HIGH as Addr);
  let claimed = 0;
  let orphaned = 0;
  for (let page = FIRST_PAGE; page < high; page++) {
    const word = load(pageWordAt(page));
    const kind = kindOf(word);
    assert.notEqual(kind, PAGE.CLAIMED, `page ${page} is claimed by isolate ${lowOf(word)} for ever`);
    assert.notEqual(kind, PAGE.TAIL, `page ${page} belongs to no run`);
    if (kind !== PAGE.FREE) claimed++;
    if (kind === PAGE.SMALL && lowOf(word) === 0) orphaned++;
    if (kind !== PAGE.HEAD) continue;
    for (const last = page + lowOf(word) - 1; page < last; page++, claimed++) {
      assert.equal(kindOf(load(pageWordAt(page + 1))), PAGE.TAIL, `page ${page + 1} is missing from its run`);
    }
  }
  assert.equal(claimed * 65536, heapUse().claimedBytes, "the walk and heapUse() disagree");
  assert.ok(load(HEADER.PAGES_ORPHANED as Addr) >= orphaned, "pages without an owner that nobody looks for");
}
