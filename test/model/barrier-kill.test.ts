// sync/barrier on the modelled word, its record found by the supervisor: nobody waits for a dead thread.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertNobodyWaits, inRecords, labelOf, prove, recover, resetIsolates } from "./core.ts";
import type { Model } from "./model.ts";

const { Barrier } = await import("../../src/sync/barrier.ts");
type Barrier = InstanceType<typeof Barrier>;
const { addressOf } = await import("../../src/value/handle.ts");

/** Comes so often; how it went each time. */
const visitor =
  (rounds: number, timeoutMs?: number) =>
  (barrier: Barrier): string => {
    const outcomes: string[] = [];
    for (let round = 0; round < rounds; round++) {
      try {
        outcomes.push(String(barrier.wait(timeoutMs)));
      } catch (error) {
        if ((error as { code?: string }).code !== "ERR_HEDDLE_BROKEN_BARRIER") throw error;
        outcomes.push("broken");
      }
    }
    return outcomes.join();
  };

function plan(
  name: string,
  parties: number,
  threads: Model<Barrier>["threads"],
  more: Partial<Model<Barrier>> = {},
): Model<Barrier> {
  const count = Object.keys(threads).length;
  return {
    name,
    threads,
    label: (_, addr) => labelOf(addr),
    quiet: (barrier, addr) => inRecords(addr, addressOf(barrier)!),
    setup: () => {
      resetIsolates(count);
      return new Barrier(parties);
    },
    kill: { recover },
    bounds: { timeJumps: 0, preemptions: 1 },
    ...more,
    finish: (barrier, outcome) => {
      const { blocked, values } = outcome;
      if (blocked.length === 0) assertNobodyWaits(count);
      assert.equal(barrier.nWaiting, blocked.length, "the dead are not counted");
      if (blocked.length > 0) assert.equal(barrier.broken, false, "nobody sleeps at a broken barrier");
      assert.ok(blocked.length < parties, "nobody sleeps at a full barrier");
      more.finish?.(barrier, { ...outcome, values });
    },
  };
}

describe("model: Barrier, one killed at every step", () => {
  it("breaks for the others, who are told, or lets them pass: 3 parties", () => {
    const threads = { A: visitor(1), B: visitor(1), C: visitor(1) };
    const finish: Model<Barrier>["finish"] = (_, { dead, values, blocked }) => {
      const outcomes = Object.values(values).filter((value) => value !== undefined);
      const broken = outcomes.filter((value) => value === "broken").length;
      assert.ok(broken === 0 || broken === outcomes.length, `${outcomes.join()}: some passed, some did not`);
      if (dead === undefined) assert.deepEqual(blocked, []);
    };
    prove(plan("Barrier kill 3", 3, threads, { mayBlock: ["A", "B", "C"], finish }));
  });

  it("holds over two rounds of 2 parties", () => {
    const threads = { A: visitor(2), B: visitor(2) };
    const bounds = { timeJumps: 0, preemptions: 2 };
    prove(plan("Barrier kill twice", 2, threads, { mayBlock: ["A", "B"], bounds }));
  });

  it("holds with timeouts: nobody sleeps for ever", () => {
    const threads = { A: visitor(2, 5), B: visitor(2, 5), C: visitor(1, 5) };
    prove(plan("Barrier kill timeouts", 2, threads));
  });

  it("holds with three threads at a barrier for two, and a reset", () => {
    const threads = { A: visitor(1, 5), B: visitor(1, 5), reset: (barrier: Barrier) => barrier.reset() };
    prove(plan("Barrier kill reset", 2, threads));
  });
});
