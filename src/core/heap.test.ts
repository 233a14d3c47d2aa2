import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { HeapExhaustedError, spawn } from "../api/index.ts";
import { InternalError } from "../errors.ts";
import { assertHeapSound } from "../../test/support/heap-walk.ts";
import { Random } from "../../test/support/random.ts";
import { PATIENCE_MS, resultOf } from "../../test/support/threads.ts";
import { allocate, allocateRecord, capacityOf, eachRecord, free, freeRecord, heapUse, trim } from "./heap.ts";
import { HEADER, PAGE_SIZE } from "./layout.ts";
import { i32 } from "./memory.ts";
import { pageOf } from "./pages.ts";
import { self } from "./self.ts";
import { type Addr, load, store } from "./word.ts";

/** The largest block that shares its page with others. */
const LARGEST_SMALL = 32512;

describe("heap", () => {
  afterEach(assertHeapSound);

  it("allocate() gives 8-aligned blocks that hold what was asked and never overlap", () => {
    const random = new Random(7);
    const live = new Map<Addr, number>();
    for (let i = 0; i < 5000; i++) {
      if (live.size > 0 && random.below(3) === 0) {
        const a = random.pick([...live.keys()]);
        assert.equal(load(a), live.get(a), "a block was overwritten");
        live.delete(a);
        free(a);
      } else {
        const bytes = random.below(20) === 0 ? random.below(300_000) + 4 : random.below(2_000) + 4;
        const a = allocate(bytes);
        assert.equal(a % 8, 0);
        assert.ok(capacityOf(a) >= bytes, `${capacityOf(a)} bytes for ${bytes}`);
        i32.fill(i, a >> 2, (a + capacityOf(a)) >> 2);
        live.set(a, i);
      }
    }
    for (const [a, mark] of live) {
      assert.equal(load((a + capacityOf(a) - 4) as Addr), mark);
      free(a);
    }
  });

  it("allocate() wastes less than half of a block of 64 bytes or more", () => {
    for (let bytes = 64; bytes <= LARGEST_SMALL; bytes += 61) {
      const a = allocate(bytes);
      assert.ok(capacityOf(a) < bytes * 2, `${capacityOf(a)} bytes for ${bytes}`);
      free(a);
    }
  });

  it("free() gives every byte back, in any order", () => {
    const before = heapUse();
    const blocks = Array.from({ length: 3000 }, (_, i) => allocate((i * 37) % 5000));
    assert.equal(heapUse().blocks, before.blocks + 3000);
    const random = new Random(1);
    while (blocks.length > 0) free(random.take(blocks));
    assert.equal(heapUse().blocks, before.blocks);
    assert.equal(heapUse().usedBytes, before.usedBytes);
  });

  it("free() refuses what is no block in use, and changes nothing", () => {
    const a = allocate(100);
    const run = allocate(3 * PAGE_SIZE);
    const { blocks } = heapUse();
    assert.throws(() => free((a + 4) as Addr), InternalError);
    assert.throws(() => free((run + PAGE_SIZE) as Addr), InternalError);
    assert.throws(() => free((run + 8) as Addr), InternalError);
    assert.equal(heapUse().blocks, blocks);
    free(a);
    free(run);
    assert.throws(() => free(a), /^InternalError: Cannot free block \d+: it is not in use/);
    assert.throws(() => free(run), InternalError);
  });

  it("allocate() of more than half a page takes a run of pages, and free() gives them all back", () => {
    const { claimedBytes } = heapUse();
    const run = allocate(5 * PAGE_SIZE - 8);
    assert.equal(capacityOf(run), 5 * PAGE_SIZE);
    assert.equal(heapUse().claimedBytes, claimedBytes + 5 * PAGE_SIZE);
    free(run);
    assert.equal(heapUse().claimedBytes, claimedBytes);
  });

  it("allocate() throws HeapExhaustedError with the sizes when nothing fits, and goes on after a free", () => {
    const { reservedBytes } = heapUse();
    assert.throws(() => allocate(reservedBytes + 1), {
      name: "HeapExhaustedError",
      code: "ERR_HEDDLE_HEAP_EXHAUSTED",
      message: new RegExp(
        `^Cannot allocate ${reservedBytes + 1} bytes of shared memory: \\d+ of ${reservedBytes} bytes are in use$`,
      ),
    });
    const runs: Addr[] = [];
    for (const size of [reservedBytes / 2, 2 ** 24, PAGE_SIZE]) {
      try {
        for (;;) runs.push(allocate(size));
      } catch (error) {
        assert.ok(error instanceof HeapExhaustedError);
      }
    }
    const small: Addr[] = [];
    assert.throws(() => {
      for (;;) small.push(allocate(LARGEST_SMALL));
    }, HeapExhaustedError);
    assertHeapSound();
    free(runs.pop() as Addr);
    free(allocate(PAGE_SIZE));
    small.push(allocate(LARGEST_SMALL));
    for (const a of [...runs, ...small]) free(a);
    free(allocate(reservedBytes / 2));
  });

  it("trim() gives empty pages back, and those with a block stay", () => {
    const blocks = Array.from({ length: 10 }, () => allocate(LARGEST_SMALL));
    const kept = blocks.pop() as Addr;
    store(kept, 4711);
    blocks.forEach(free);
    const { claimedBytes } = heapUse();
    assert.equal(trim(), true);
    assert.ok(heapUse().claimedBytes <= claimedBytes - 4 * PAGE_SIZE);
    assert.equal(load(kept), 4711);
    free(kept);
  });

  it("free() in another thread makes room for the thread that allocated", () => {
    const blocks = Array.from({ length: 200 }, () => allocate(LARGEST_SMALL));
    const pages = new Set(blocks.map(pageOf));
    const freed = resultOf(
      spawn((list: number[]) => {
        for (const a of list) free(a as Addr);
        return list.length;
      }, blocks),
    );
    assert.equal(freed, blocks.length);
    const again = Array.from({ length: 200 }, () => allocate(LARGEST_SMALL));
    const elsewhere = again.filter((a) => !pages.has(pageOf(a)));
    assert.ok(elsewhere.length <= 4, `${elsewhere.length} blocks were not where others had been freed`);
    again.forEach(free);
  });

  it("allocate() and free() keep every block to one owner while threads pass them on", () => {
    const work = (from: number): number => {
      let wrong = 0;
      const mine: Addr[] = [];
      for (let i = 0; i < 20_000; i++) {
        if (mine.length > 50) {
          const a = mine.splice((i * 7) % mine.length, 1)[0] as Addr;
          if (load(a) !== from || load((a + 28) as Addr) !== i32[(a + 28) >> 2]) wrong++;
          free(a);
        }
        const a = allocate(32 + (i % 400));
        store(a, from);
        mine.push(a);
      }
      for (const a of mine) {
        if (load(a) !== from) wrong++;
        free(a);
      }
      return wrong;
    };
    const threads = [1, 2, 3, 4].map((from) => spawn(work, from));
    assert.deepEqual(threads.map(resultOf), [0, 0, 0, 0]);
  });

  it("allocate() of what does not fit keeps no page from the other threads meanwhile", () => {
    const refusals = allocateZeroed();
    const stop = (refusals + 4) as Addr;
    const greedy = spawn((counter: number) => {
      while (load((counter + 4) as Addr) === 0) {
        try {
          free(allocate(heapUse().reservedBytes));
        } catch {
          store(counter as Addr, load(counter as Addr) + 1);
        }
      }
    }, refusals);
    try {
      while (load(refusals) < 30) {
        const blocks = Array.from({ length: 200 }, () => allocate(PAGE_SIZE));
        blocks.forEach(free);
      }
    } finally {
      store(stop, 1);
    }
    resultOf(greedy);
    free(refusals);
  });

  it("a dead thread's pages are adopted: its blocks stay, the free ones are used", () => {
    const thread = spawn((report: number) => {
      const kept = allocate(LARGEST_SMALL);
      store(kept, 4711);
      store((report + 4) as Addr, kept);
      store(report as Addr, 1);
      for (;;);
    }, allocateZeroed());
    const report = lastReport;
    while (load(report) === 0);
    const kept = load((report + 4) as Addr) as Addr;
    thread.terminate();
    assert.ok(thread.join(PATIENCE_MS));
    trim(); // whatever pages of that size are ours and empty
    const orphans = load(HEADER.PAGES_ORPHANED as Addr);
    assert.ok(orphans > 0);
    const taken: Addr[] = [];
    while (taken.length < 20_000 && !taken.some((a) => pageOf(a) === pageOf(kept))) {
      taken.push(allocate(LARGEST_SMALL));
    }
    assert.equal(pageOf(taken.at(-1) as Addr), pageOf(kept), "the page was not adopted");
    assert.equal(load(HEADER.PAGES_ORPHANED as Addr) < orphans, true);
    assert.equal(load(kept), 4711);
    for (const a of [...taken, kept, report]) free(a);
  });

  it("eachRecord() visits exactly the records in use", () => {
    const before = new Set<Addr>();
    eachRecord((record) => before.add(record));
    const mine = Array.from({ length: 300 }, () => allocateRecord());
    mine.forEach((record) => store(record, 99));
    mine.splice(0, 100).forEach(freeRecord);
    const found = new Set<Addr>();
    eachRecord((record) => {
      if (!before.has(record)) found.add(record);
    });
    assert.deepEqual(
      [...found].sort((a, b) => a - b),
      mine.sort((a, b) => a - b),
    );
    mine.forEach(freeRecord);
  });

  it("allocate() in a carrier belongs to that carrier's pages", () => {
    const [isolate, page] = resultOf(
      spawn(() => {
        const a = allocate(64);
        free(a);
        return [self.isolate, pageOf(a)] as const;
      }),
    );
    assert.notEqual(isolate, self.isolate);
    assert.notEqual(page, pageOf(allocateZeroed()));
    free(lastReport);
  });
});

let lastReport = 0 as Addr;
/** A block of two zeros; it is also kept in `lastReport`. */
function allocateZeroed(): Addr {
  lastReport = allocate(8);
  store(lastReport, 0);
  store((lastReport + 4) as Addr, 0);
  return lastReport;
}
