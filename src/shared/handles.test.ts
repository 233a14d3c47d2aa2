// Handles across threads: one object a thread, one record for all, and memory that comes back.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  AtomicInt,
  Event,
  HeapExhaustedError,
  Lock,
  shared,
  sharedArray,
  spawn,
  Thread,
} from "../api/index.ts";
import { heapUse } from "../core/heap.ts";
import { addressOf, handleAt, handleCount } from "../value/handle.ts";
import { collectGarbage, collectGarbageNow } from "../../test/support/census.ts";
import { PATIENCE_MS, resultOf } from "../../test/support/threads.ts";
import { until, untilSync } from "../../test/support/until.ts";

const KINDS: readonly [string, () => object][] = [
  ["Lock", () => new Lock({ name: "loom" })],
  ["Event", () => new Event({ name: "bell" })],
  ["AtomicInt", () => new AtomicInt(5)],
  ["sharedArray", () => sharedArray(Int32Array, 100)],
  ["Thread", () => new Thread({ target: () => {}, name: "unstarted" })],
];

/** Resolves when no more than these are held, after garbage was collected. */
async function untilReclaimed(handles: number, blocks: number): Promise<void> {
  await until(
    async () => {
      await collectGarbage();
      return handleCount() <= handles && heapUse().blocks <= blocks;
    },
    { what: `${handles} handles and ${blocks} blocks to be left` },
  );
}

describe("handles", () => {
  for (const [name, make] of KINDS) {
    it(`${name}: the same record is the same object within a thread`, () => {
      const mine = make();
      const record = addressOf(mine);
      assert.ok(record !== undefined);
      assert.equal(handleAt(record), mine);
      const [there, back] = resultOf(
        spawn(() => [addressOf(mine) === record && handleAt(record) === mine, mine] as const),
      );
      assert.equal(there, true);
      assert.equal(back, mine);
    });

    it(`${name}: its memory comes back when nobody has it any more`, async () => {
      make();
      await collectGarbage();
      const handles = handleCount();
      const { blocks } = heapUse();
      for (let i = 0; i < 200; i++) make();
      assert.ok(heapUse().blocks >= blocks + 200);
      await untilReclaimed(handles, blocks + 8);
      assert.ok(handleCount() <= handles);
    });
  }

  it("an object lives as long as one thread has it", async () => {
    const keep = new Event();
    const ready = new Event();
    const thread = spawn(
      (lock: Lock) => {
        ready.set();
        keep.wait();
        return lock.name;
      },
      new Lock({ name: "kept" }),
    );
    assert.ok(ready.wait(PATIENCE_MS));
    await collectGarbage();
    keep.set();
    assert.equal(resultOf(thread), "kept");
  });

  it("what is only in a result that nobody has read lives in it", async () => {
    const thread = spawn(() => new Lock({ name: "in a result" }));
    assert.ok(thread.join(PATIENCE_MS));
    await collectGarbage();
    assert.equal(thread.result().name, "in a result");
  });

  it("a killed thread gives its references back", async () => {
    const never = new Event();
    const round = (): void => {
      const lock = new Lock({ name: "short-lived" });
      const thread = spawn(() => {
        lock.acquire();
        never.wait();
      });
      untilSync(() => lock.locked(), { what: "the lock to be held" });
      thread.terminate();
      assert.ok(thread.join(PATIENCE_MS));
    };
    round();
    await collectGarbage();
    const handles = handleCount();
    const { blocks } = heapUse();
    for (let i = 0; i < 8; i++) round();
    await untilReclaimed(handles, blocks + 12);
    assert.ok(handleCount() <= handles);
  });

  it("threads that end give their records back, with names, results and errors", async () => {
    const round = (): void => {
      const fine = spawn((text: string) => ({ text, list: [1, 2, 3] }), "x".repeat(500));
      const failed = new Thread({
        target: () => {
          throw new RangeError("expected");
        },
        name: "a long name ".repeat(10),
      });
      fine.join();
      fine.result();
      assert.equal(failed.state, "new");
    };
    for (let i = 0; i < 70; i++) round();
    await collectGarbage();
    const handles = handleCount();
    const { blocks } = heapUse();
    for (let i = 0; i < 200; i++) round();
    await untilReclaimed(handles, blocks + 16);
    assert.ok(handleCount() <= handles);
  });

  it("what a thread makes, reads and drops without ever returning to its event loop comes back", () => {
    const thread = spawn(() => {
      const list = shared<object[]>([]);
      const before = handleCount();
      let made = 0;
      const some = (): number => {
        for (let i = 0; i < 2_000; i++, made++) {
          list.push({ made });
          list.pop();
        }
        collectGarbageNow();
        return handleCount() - before;
      };
      untilSync(() => some() < made, { what: "some of them to be given back", deadlineMs: PATIENCE_MS });
      return made;
    });
    assert.ok(resultOf(thread) > 0);
  });

  it("memory is full only when it is not garbage of that thread's that fills it", () => {
    const { reservedBytes } = heapUse();
    const part = Math.floor(reservedBytes / 4);
    for (let i = 0; i < 10; i++) assert.equal(sharedArray(Uint8Array, part).length, part);
    const kept = Array.from({ length: 2 }, () => sharedArray(Uint8Array, part));
    assert.throws(() => sharedArray(Uint8Array, 3 * part), HeapExhaustedError);
    assert.equal(kept.length, 2);
  });
});
