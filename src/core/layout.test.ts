import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  asyncWaiterAt,
  blockingWaiterAt,
  FIRST_PAGE,
  HEADER_SIZE,
  ISOLATE_SIZE,
  isolateAt,
  LAYOUTS,
  MAX_ASYNC,
  MAX_ISOLATES,
  MAX_PAGES,
  MAX_THREADS,
  PAGE_SIZE,
  PAGE_TABLE,
  pageWordAt,
  threadSlotAt,
  WAITER_SIZE,
} from "./layout.ts";

describe("layout", () => {
  for (const { name, size, fields } of LAYOUTS) {
    it(`${name}: its fields are words that do not overlap and fit into ${size} bytes`, () => {
      const taken = new Set<number>();
      for (const field of fields) {
        assert.equal(field.offset % 4, 0, field.name);
        assert.ok(field.offset + field.size <= size, field.name);
        for (let at = field.offset; at < field.offset + field.size; at += 4) {
          assert.ok(!taken.has(at), `${field.name} overlaps another field`);
          taken.add(at);
        }
        assert.match(field.doc, /\S\.$/, `${field.name} is not documented`);
      }
    });
  }

  it("the fixed regions follow each other without a gap or an overlap", () => {
    assert.equal(threadSlotAt(0), HEADER_SIZE);
    assert.equal(threadSlotAt(MAX_THREADS), isolateAt(0));
    assert.equal(isolateAt(MAX_ISOLATES - 1) + ISOLATE_SIZE, blockingWaiterAt(0));
    assert.equal(blockingWaiterAt(MAX_ISOLATES - 1) + WAITER_SIZE, asyncWaiterAt(0));
    assert.equal(asyncWaiterAt(MAX_ASYNC - 1) + WAITER_SIZE, PAGE_TABLE);
    assert.ok(pageWordAt(MAX_PAGES) <= FIRST_PAGE * PAGE_SIZE, "the page table reaches into the first page");
    assert.ok(FIRST_PAGE * PAGE_SIZE - pageWordAt(MAX_PAGES) < PAGE_SIZE, "a page is wasted");
  });
});
