// sync/rwlock on the modelled word: readers share, writers are alone, nobody sleeps beside a lock that is free for it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertNobodyWaits, become, identOf, labelOf, prove } from "./core.ts";
import { recover, resetIsolates, scratch, self, word } from "./core.ts";
import type { Addr } from "../../src/core/word.ts";
import type { Model } from "./model.ts";

const { RWLock } = await import("../../src/sync/rwlock.ts");
const { swapHolds } = await import("../../src/core/rwlock.ts");
type RWLock = InstanceType<typeof RWLock>;
const READING = scratch(0);
const WRITING = scratch(1);
const DONE = scratch(2);

/** Holds one side, and looks whether it may. */
const holder =
  (side: "read" | "write", timeoutMs?: number) =>
  (lock: RWLock): string => {
    try {
      if (!(timeoutMs === undefined ? lock[side].acquire() : lock[side].acquire(timeoutMs)))
        return "timed out";
    } catch (error) {
      if ((error as { code?: string }).code !== "ERR_HEDDLE_ABANDONED_LOCK") throw error;
      if (!lock.recover()) return "abandoned";
      word.store(WRITING, 0);
      lock.write.release();
      return "repaired";
    }
    if (side === "read") {
      word.add(READING, 1);
      assert.equal(word.load(WRITING), 0, "a reader beside a writer");
      word.add(READING, -1);
    } else {
      assert.equal(word.add(WRITING, 1), 0, "two writers");
      word.add(WRITING, -1);
    }
    word.add(DONE, 1);
    lock[side].release();
    return "done";
  };

function plan(
  name: string,
  threads: Model<RWLock>["threads"],
  more: Partial<Model<RWLock>> = {},
): Model<RWLock> {
  const count = Object.keys(threads).length;
  const holds: ReadonlyMap<Addr, Addr>[] = [];
  return {
    name,
    threads,
    enter: (thread) => {
      become(thread);
      swapHolds(holds[thread] ?? new Map());
    },
    label: (_, addr) => (addr === READING ? "reading" : addr === WRITING ? "writing" : labelOf(addr)),
    setup: () => {
      resetIsolates(count);
      for (const addr of [READING, WRITING, DONE]) word.store(addr, 0);
      const lock = new RWLock();
      for (let thread = 0; thread < count; thread++) {
        // Each has read once before, so that it does not make its hold record now: that is the heap's model.
        self.adopt(identOf(thread), 0 as Addr, identOf(8));
        swapHolds(new Map());
        lock.read.with(() => {});
        holds[thread] = swapHolds(new Map());
      }
      become(-1);
      return lock;
    },
    bounds: { preemptions: more.kill === undefined ? 2 : 1, timeJumps: 0 },
    ...more,
    finish: (lock, outcome) => {
      assertNobodyWaits(count);
      const { readers, writer, abandoned } = lock.statistics();
      assert.deepEqual([readers, writer], [0, undefined]);
      if (abandoned) assert.equal(lock.recover(), true);
      else assert.equal(lock.write.tryAcquire(), true, "it can be had at the end");
      if (outcome.dead === undefined) {
        const done = Object.values(outcome.values).filter((how) => how === "done").length;
        assert.equal(word.load(DONE), done);
      }
    },
  };
}

describe("model: RWLock", () => {
  it("lets readers share and writers be alone: 2 readers, 1 writer", () => {
    prove(plan("RWLock rrw", { A: holder("read"), B: holder("read"), C: holder("write") }));
  });

  it("passes on what one leaves at its deadline: 1 reader, 2 writers", () => {
    prove(plan("RWLock rww", { A: holder("read"), B: holder("write", 5), C: holder("write") }));
  });

  it("is whole after a reader or a writer was killed at any step", () => {
    prove(plan("RWLock kill rw", { A: holder("read"), B: holder("write") }, { kill: { recover } }));
  });

  it("is whole after one of three was killed at any step", () => {
    prove(
      plan(
        "RWLock kill rrw",
        { A: holder("read"), B: holder("read", 5), C: holder("write") },
        { kill: { recover } },
      ),
    );
  });
});
