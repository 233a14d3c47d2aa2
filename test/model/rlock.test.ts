// sync/rlock on the modelled word: depth and exclusion hold, whoever gives up or is killed.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertNobodyWaits,
  inRecords,
  labelOf,
  prove,
  recover,
  resetIsolates,
  scratch,
  word,
} from "./core.ts";
import type { Model } from "./model.ts";

const { RLock } = await import("../../src/sync/rlock.ts");
type RLock = InstanceType<typeof RLock>;
const { addressOf } = await import("../../src/value/handle.ts");
const COUNT = scratch(0);

/** Locks twice, works at both depths, unlocks twice; repairs an abandoned lock first. */
function body(timeoutMs?: number): (lock: RLock) => string {
  const attempt = (lock: RLock): string => {
    let how = "acquired";
    try {
      if (!(timeoutMs === undefined ? lock.acquire() : lock.acquire(timeoutMs))) return "timed out";
    } catch (error) {
      if ((error as { code?: string }).code !== "ERR_HEDDLE_ABANDONED_LOCK") throw error;
      if (!lock.recover()) return attempt(lock);
      how = "repaired";
    }
    word.store(COUNT, word.load(COUNT) + 1);
    assert.equal(lock.acquire(), true);
    word.store(COUNT, word.load(COUNT) + 1);
    lock.release();
    lock.release();
    return how;
  };
  return attempt;
}

function plan(
  name: string,
  threads: Model<RLock>["threads"],
  more: Partial<Model<RLock>> = {},
): Model<RLock> {
  const count = Object.keys(threads).length;
  return {
    name,
    threads,
    label: (_, addr) => (addr === COUNT ? "count" : labelOf(addr)),
    quiet: (lock, addr) => inRecords(addr, addressOf(lock)!),
    setup: () => {
      resetIsolates(count);
      word.store(COUNT, 0);
      return new RLock();
    },
    finish: (lock, { values, dead }) => {
      assertNobodyWaits(count);
      const done = 2 * Object.values(values).filter((how) => how === "acquired" || how === "repaired").length;
      const worked = word.load(COUNT);
      assert.ok(worked === done || (dead !== undefined && worked <= done + 2), `${worked} for ${done}`);
      assert.equal(lock.locked(), false);
      assert.equal(lock.statistics().depth, 0);
      if (lock.statistics().abandoned) assert.equal(lock.recover(), true);
      else assert.equal(lock.tryAcquire(), true);
      assert.equal(lock.statistics().depth, 1, "also after a deep holder died");
    },
    ...more,
  };
}

describe("model: RLock", () => {
  it("excludes at every depth: 3 threads, one with a timeout", () => {
    prove(plan("RLock 3", { A: body(), B: body(), C: body(5) }));
  });

  it("is abandoned by a thread killed at every step and depth, and recovered at depth 1", () => {
    const reached = new Set<unknown>();
    const model = plan(
      "RLock kill",
      { A: body(), B: body(5) },
      { kill: { recover }, bounds: { timeJumps: 0 } },
    );
    prove({
      ...model,
      finish: (lock, outcome) => {
        model.finish!(lock, outcome);
        for (const value of Object.values(outcome.values)) {
          if (value !== undefined) reached.add(value); // the dead have none
        }
      },
    });
    assert.deepEqual([...reached].sort(), ["acquired", "repaired", "timed out"]);
  });

  it("is abandoned by one of three threads, killed at every step", () => {
    prove(
      plan(
        "RLock kill 3",
        { A: body(), B: body(), C: body() },
        { kill: { recover }, bounds: { timeJumps: 0, preemptions: 1 } },
      ),
    );
  });
});
