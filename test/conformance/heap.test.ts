// Conformance: the allocator behind everything that threads share (MP, in CPython that of multiprocessing).
import assert from "node:assert/strict";
import { test } from "node:test";
import { allocate, capacityOf, free, heapUse } from "../../src/core/heap.ts";
import type { Addr } from "../../src/core/word.ts";
import { Lock } from "../../src/sync/lock.ts";
import { collectGarbage } from "../support/census.ts";
import { Random } from "../support/random.ts";
import { until } from "../support/until.ts";

const random: Random = new Random();

test(`MP123 the heap: 5,000 random blocks never overlap, and all memory comes back (HEDDLE_SEED=${random.seed})`, () => {
  const before = heapUse();
  const live: Addr[] = [];
  const drop = (): void => {
    const at = Math.floor(random.next() * live.length);
    const block = live[at] as Addr;
    live[at] = live.at(-1) as Addr;
    live.pop();
    free(block);
  };
  for (let i = 0; i < 5000; i++) {
    live.push(allocate(Math.ceil(Math.exp(random.next() * 11))));
    if (random.next() < 0.5) drop();
    if (i % 500 !== 0) continue;
    const inOrder = live.toSorted((a, b) => a - b);
    for (const [at, block] of inOrder.entries()) {
      const next = inOrder[at + 1] ?? Infinity;
      assert.ok(block + capacityOf(block) <= next, `block ${block} reaches into block ${next}`);
    }
  }
  while (live.length > 0) drop();
  const after = heapUse();
  assert.deepEqual([after.blocks, after.usedBytes], [before.blocks, before.usedBytes]);
});

/** Makes locks and blocks, collects what earlier rounds have left meanwhile, and lets go of all. */
async function useSome(): Promise<void> {
  const held = Array.from({ length: 50 }, () => [new Lock(), allocate(100)] as const);
  await collectGarbage();
  for (const [lock, block] of held) {
    assert.equal(lock.locked(), false);
    free(block);
  }
}

test("MP124 the heap: what the garbage collector frees between allocations leaves it sound", async () => {
  await useSome(); // what stays: the list of this thread's handles
  await collectGarbage();
  const before = heapUse().blocks;
  for (let round = 0; round < 20; round++) await useSome();
  const left = (): number => heapUse().blocks - before;
  await until(async () => (await collectGarbage(), left() <= 3), {
    what: () => `${left()} blocks to be freed`,
  });
});
