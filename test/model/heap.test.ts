// core/heap and core/pages on the modelled word: no block handed out twice, none lost, sound after a death.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Addr } from "../../src/core/word.ts";
import {
  become,
  heap,
  identOf,
  labelOf,
  layout,
  pages,
  prove,
  resetIsolates,
  scratch,
  word,
} from "./core.ts";
import { note } from "./explore.ts";
import type { Model, Outcome } from "./model.ts";
import { HEAP_PAGES } from "./reserve.ts";

/** The largest small block: two to a page, so that pages fill and empty at once. */
const BIG = 32512;
/** Two pages. */
const RUN = 100_000;
const MAILBOX = scratch(0);

interface Start {
  /** Blocks that exist before the threads start. */
  readonly blocks: readonly Addr[];
  readonly used: number;
}

/** Allocates, and says so: nobody may have the block. */
function take(bytes: number): Addr {
  const block = heap.allocate(bytes);
  note(`+${block}`);
  return block;
}
function give(block: Addr): void {
  note(`-${block}`);
  heap.free(block);
}

/** The live blocks by what was noted; throws when one was handed out twice. */
function liveAfter(start: Start, notes: readonly string[]): Set<number> {
  const live = new Set<number>(start.blocks);
  for (const text of notes) {
    const block = Number(text.slice(1));
    if (text.startsWith("-")) live.delete(block);
    else {
      assert.ok(!live.has(block), `block ${block} was handed out while it was in use`);
      live.add(block);
    }
  }
  return live;
}

/** `freePages` pages are left to the threads; the setting-up isolate owns `blocks` blocks of the sizes given. */
function plan(
  name: string,
  freePages: number,
  sizes: readonly number[],
  threads: Model<Start>["threads"],
  more: Partial<Model<Start>> = {},
): Model<Start> {
  return {
    name,
    threads,
    label,
    setup: () => {
      resetIsolates(Object.keys(threads).length);
      const { FIRST_PAGE, HEADER } = layout;
      for (let page = FIRST_PAGE; page < FIRST_PAGE + HEAP_PAGES; page += 1)
        word.store(layout.pageWordAt(page), 0);
      for (const at of [HEADER.PAGES_HIGH, HEADER.PAGES_CLAIMED, HEADER.PAGES_ORPHANED, MAILBOX])
        word.store(at as Addr, 0);
      become(-1);
      const blocks = sizes.map((size) => heap.allocate(size));
      const taken = heap.heapUse().claimedBytes / layout.PAGE_SIZE;
      const filling = HEAP_PAGES - taken - freePages;
      if (filling > 0) heap.allocate(filling * layout.PAGE_SIZE);
      return { blocks, used: heap.heapUse().blocks };
    },
    ...more,
    finish: (start, outcome) => {
      const live = liveAfter(start, outcome.notes);
      const grown = live.size - start.blocks.length;
      const { blocks } = heap.heapUse();
      // The dead one may have had a block that it had not told of, or not freed one that it had.
      const lost = blocks - start.used - grown;
      assert.ok(
        outcome.dead === undefined ? lost === 0 : lost === 0 || lost === 1,
        `${lost} blocks were lost`,
      );
      assertPagesWhole();
      more.finish?.(start, outcome);
    },
  };
}

/** No page is left half-made: each is free, small, or part of a whole run. */
function assertPagesWhole(): void {
  const end = layout.FIRST_PAGE + HEAP_PAGES;
  for (let page = layout.FIRST_PAGE; page < end; page += 1) {
    const state = word.load(layout.pageWordAt(page));
    const kind = pages.kindOf(state);
    assert.notEqual(
      kind,
      pages.PAGE.CLAIMED,
      `page ${page} is claimed by isolate ${pages.lowOf(state)} for ever`,
    );
    assert.notEqual(kind, pages.PAGE.TAIL, `page ${page} belongs to no run`);
    if (kind !== pages.PAGE.HEAD) continue;
    for (const last = page + pages.lowOf(state) - 1; page < last; page += 1) {
      const tail = word.load(layout.pageWordAt(page + 1));
      assert.equal(pages.kindOf(tail), pages.PAGE.TAIL, `page ${page + 1} is missing from its run`);
    }
  }
}

/** Runs `body`; memory that is full for the moment is no failure. */
function unlessFull(body: () => void): () => void {
  return () => {
    try {
      body();
    } catch (error) {
      if ((error as Error).name !== "HeapExhaustedError") throw error;
    }
  };
}

function label(_: Start, addr: number): string | undefined {
  for (let page = layout.FIRST_PAGE; page < layout.FIRST_PAGE + HEAP_PAGES; page += 1) {
    const base = page * layout.PAGE_SIZE;
    if (addr === layout.pageWordAt(page)) return `page${page}`;
    if (addr === base) return `page${page}.FREED`;
    if (addr === base + 64) return `page${page}.BITMAP`;
  }
  return labelOf(addr);
}

/** What is left after everything must be usable: claims every page and gives it back. */
function refill(free: number): (start: Start, outcome: Outcome) => void {
  return () => {
    const got: Addr[] = [];
    for (let left = 2 * free + 4; left > 0; left -= 1) {
      try {
        got.push(heap.allocate(BIG));
      } catch {
        break;
      }
    }
    assert.equal(new Set(got).size, got.length);
    for (const block of got) heap.free(block);
    heap.heapUse();
  };
}

const recover = (_: Start, victim: number): void => pages.reclaimPages(identOf(victim));

function allocateTwo(): void {
  take(BIG);
  take(BIG);
}
function allocateAndFree(): void {
  give(take(BIG));
}

describe("model: heap", () => {
  it("hands out each block once: 3 threads", () => {
    prove(plan("heap allocate", 4, [], { A: allocateTwo, B: allocateAndFree, C: () => take(BIG) }));
  });

  it("frees from any thread while the owner allocates", () => {
    // The setting-up isolate owned the page; A takes it over, for its isolate is gone.
    const setupDies = plan(
      "heap free",
      2,
      [BIG, BIG],
      {
        A: allocateTwo,
        B: ({ blocks }) => give(blocks[0]!),
        C: ({ blocks }) => give(blocks[1]!),
      },
      { finish: refill(2) },
    );
    prove({
      ...setupDies,
      setup: () => {
        const start = setupDies.setup();
        pages.reclaimPages(9);
        return start;
      },
    });
  });

  it("passes a block from thread to thread", () => {
    const producer = (): void => {
      word.store(MAILBOX, take(BIG));
      word.notify(MAILBOX, 1);
      give(take(BIG));
    };
    const consumer = (): void => {
      word.wait(MAILBOX, 0, Infinity);
      const block = word.load(MAILBOX) as Addr;
      give(block);
      take(BIG);
    };
    prove(plan("heap pass", 4, [], { producer, consumer }));
  });

  it("claims runs of pages beside single ones: 3 threads", () => {
    const run = unlessFull(() => give(take(RUN)));
    prove(plan("heap run", 5, [], { A: run, B: run, C: () => take(BIG) }, { finish: refill(4) }));
  });

  it("lets a run that does not fit leave no trace", () => {
    const run = unlessFull(() => give(take(RUN)));
    const single = unlessFull(allocateAndFree);
    prove(plan("heap full", 3, [], { A: run, B: run, C: single }, { finish: refill(2) }));
  });

  it("is sound after a thread was killed at every step of an allocation", () => {
    const model = plan(
      "heap kill allocate",
      4,
      [],
      { A: allocateTwo, B: allocateAndFree, C: () => take(BIG) },
      { kill: { recover }, finish: refill(4) },
    );
    prove(model);
  });

  it("is sound after a thread was killed at every step of a run of pages", () => {
    const run = unlessFull(() => give(take(RUN)));
    prove(
      plan(
        "heap kill run",
        6,
        [],
        { A: run, B: run, C: () => take(BIG) },
        { kill: { recover }, finish: refill(4) },
      ),
    );
  });

  it("lets two threads race for the page of a dead one", () => {
    const model = plan(
      "heap adopt",
      3,
      [BIG],
      { A: () => take(BIG), B: () => take(BIG), C: ({ blocks }) => give(blocks[0]!) },
      { kill: { victims: ["A", "C"], recover }, finish: refill(3) },
    );
    prove({
      ...model,
      setup: () => {
        const start = model.setup();
        pages.reclaimPages(9);
        return start;
      },
    });
  });
});
