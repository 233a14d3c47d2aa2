// sync/lock on the modelled word: the public class, and what the supervisor does to it, found among all records.
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
import { note } from "./explore.ts";
import type { Model } from "./model.ts";

const { Lock } = await import("../../src/sync/lock.ts");
type Lock = InstanceType<typeof Lock>;
const { field, LOCK } = await import("../../src/core/layout.ts");
const { addressOf } = await import("../../src/value/handle.ts");
const COUNT = scratch(0);

/** Locks, works, unlocks; repairs an abandoned lock first. How it went. */
function body(timeoutMs?: number): (lock: Lock) => string {
  const attempt = (lock: Lock): string => {
    let how = "acquired";
    try {
      const got = timeoutMs === undefined ? lock.acquire() : lock.acquire(timeoutMs);
      if (!got) return "timed out";
    } catch (error) {
      if ((error as { code?: string }).code !== "ERR_HEDDLE_ABANDONED_LOCK") throw error;
      note("abandoned");
      if (!lock.recover()) return attempt(lock);
      how = "repaired";
    }
    word.store(COUNT, word.load(COUNT) + 1);
    lock.release();
    return how;
  };
  return attempt;
}

function plan(
  name: string,
  options: ConstructorParameters<typeof Lock>[0],
  threads: Model<Lock>["threads"],
  more: Partial<Model<Lock>> = {},
): Model<Lock> {
  const count = Object.keys(threads).length;
  return {
    name,
    threads,
    label: (lock, addr) => {
      const record = addressOf(lock)!;
      const at = Object.entries(LOCK).find(([, offset]) => field(record, offset) === addr);
      return addr === COUNT ? "count" : at === undefined ? labelOf(addr) : `lock.${at[0]}`;
    },
    quiet: (lock, addr) => inRecords(addr, addressOf(lock)!),
    setup: () => {
      resetIsolates(count);
      word.store(COUNT, 0);
      return new Lock(options);
    },
    finish: (lock, { values, dead }) => {
      assertNobodyWaits(count);
      const done = Object.values(values).filter((how) => how === "acquired" || how === "repaired").length;
      const worked = word.load(COUNT);
      assert.ok(worked === done || (dead !== undefined && worked === done + 1), `${worked} for ${done}`);
      assert.equal(lock.locked(), false, "nobody holds it at the end");
      if (lock.statistics().abandoned && options?.onAbandon !== "acquire")
        assert.throws(() => lock.acquire(0));
      else assert.equal(lock.tryAcquire(), true, "it can be had at the end");
    },
    ...more,
  };
}

describe("model: Lock", () => {
  it("excludes, and wakes everyone: 3 threads, one with a timeout", () => {
    prove(plan("Lock 3", {}, { A: body(), B: body(), C: body(5) }));
  });

  it("excludes without owner check, too", () => {
    prove(plan("Lock unchecked", { ownerChecked: false }, { A: body(), B: body(), C: body() }));
  });

  it("is abandoned by a thread killed at every step, and recovered by another", () => {
    const reached = new Set<unknown>();
    const model = plan("Lock kill", {}, { A: body(), B: body() }, { kill: { recover } });
    prove({
      ...model,
      finish: (lock, outcome) => {
        model.finish!(lock, outcome);
        for (const value of Object.values(outcome.values)) reached.add(value);
      },
    });
    assert.ok(reached.has("repaired"), "some schedule repairs");
  });

  it("is abandoned by one of three threads, killed at every step", () => {
    prove(
      plan(
        "Lock kill 3",
        {},
        { A: body(), B: body(), C: body() },
        { kill: { recover }, bounds: { timeJumps: 0 } },
      ),
    );
  });

  it("is handed over by a thread killed at every step", () => {
    const model = plan(
      "Lock hand over",
      { onAbandon: "acquire" },
      { A: body(), B: body(5) },
      { kill: { recover } },
    );
    prove({
      ...model,
      finish: (lock, outcome) => {
        assert.deepEqual(outcome.notes, [], "nobody is told");
        model.finish!(lock, outcome);
      },
    });
  });
});
