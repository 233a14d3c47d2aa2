// sync/condition on the modelled word: no notify is lost, nobody holds the lock who does not know it, whoever dies.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertNobodyWaits, labelOf, layout, prove, recover, resetIsolates, scratch, word } from "./core.ts";
import { inRecords } from "./core.ts";
import { note } from "./explore.ts";
import type { Model } from "./model.ts";

const { Condition } = await import("../../src/sync/condition.ts");
const { Lock } = await import("../../src/sync/lock.ts");
const { addressOf } = await import("../../src/value/handle.ts");
interface State {
  readonly lock: InstanceType<typeof Lock>;
  readonly condition: InstanceType<typeof Condition>;
}
const ITEMS = scratch(0);

/** Takes the lock, repairing it if need be. */
function acquire({ lock }: State): void {
  for (;;) {
    try {
      lock.acquire();
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "ERR_HEDDLE_ABANDONED_LOCK") throw error;
      if (lock.recover()) return;
    }
  }
}

/** Takes one item, waiting until there is one. */
const taker =
  (timeoutMs?: number) =>
  (state: State): boolean => {
    acquire(state);
    for (;;) {
      if (word.load(ITEMS) > 0) break;
      try {
        if (!state.condition.wait(timeoutMs)) break;
      } catch (error) {
        if ((error as { code?: string }).code !== "ERR_HEDDLE_ABANDONED_LOCK") throw error;
        acquire(state);
      }
    }
    const got = word.load(ITEMS) > 0;
    if (got) word.store(ITEMS, word.load(ITEMS) - 1);
    state.lock.release();
    return got;
  };

/** Puts so many items, one at a time, and notifies of each. */
const giver =
  (count: number, all = false) =>
  (state: State): void => {
    for (let i = 0; i < count; i++) {
      acquire(state);
      word.store(ITEMS, word.load(ITEMS) + 1);
      if (all) state.condition.notifyAll();
      else state.condition.notify();
      state.lock.release();
    }
  };

function plan(
  name: string,
  threads: Model<State>["threads"],
  more: Partial<Model<State>> = {},
): Model<State> {
  const count = Object.keys(threads).length;
  return {
    name,
    threads,
    label: (_, addr) => (addr === ITEMS ? "items" : labelOf(addr)),
    // The lock's record is under test; the condition's words do not change.
    quiet: ({ lock }, addr) => inRecords(addr, addressOf(lock)!),
    setup: () => {
      resetIsolates(count);
      for (let isolate = 1; isolate <= count; isolate++)
        word.store(layout.field(layout.isolateAt(isolate), layout.ISOLATE.OWES), 0);
      word.store(ITEMS, 0);
      const lock = new Lock();
      return { lock, condition: new Condition(lock) };
    },
    ...more,
    finish: (state, outcome) => {
      if (outcome.blocked.length === 0) assertNobodyWaits(count);
      assert.equal(state.lock.locked(), false);
      more.finish?.(state, outcome);
    },
  };
}

describe("model: Condition", () => {
  it("serves two takers with two notifies", () => {
    const finish: Model<State>["finish"] = (_, { values }) => {
      assert.deepEqual([values["A"], values["B"], word.load(ITEMS)], [true, true, 0]);
    };
    prove(plan("Condition 2 + giver", { A: taker(), B: taker(), giver: giver(2) }, { finish }));
  });

  it("passes a notify on that meets a waiter at its deadline", () => {
    const finish: Model<State>["finish"] = (_, { values, blocked }) => {
      const got = [values["A"], values["B"]].filter((value) => value === true).length;
      assert.equal(got + word.load(ITEMS), 1);
      assert.deepEqual(blocked, word.load(ITEMS) > 0 ? [] : blocked, "nobody sleeps beside an item");
    };
    prove(
      plan("Condition deadline", { A: taker(5), B: taker(), giver: giver(1) }, { finish, mayBlock: ["B"] }),
    );
  });

  it("wakes all with notifyAll", () => {
    const waits = (state: State): boolean => {
      acquire(state);
      note("in");
      const woken = state.condition.wait(5);
      state.lock.release();
      return woken;
    };
    const seen = new Set<string>();
    const finish: Model<State>["finish"] = (_, { values }) =>
      void seen.add([values["A"], values["B"]].join());
    prove(
      plan(
        "Condition all",
        { A: waits, B: waits, giver: giver(1, true) },
        { finish, bounds: { timeJumps: 0 } },
      ),
    );
    assert.ok(seen.has("true,true"));
  });

  for (const victims of [["A"], ["giver"]]) {
    it(`leaves nobody asleep beside an item when ${victims.join()} is killed at any step`, () => {
      const finish: Model<State>["finish"] = (_, { dead, blocked, values }) => {
        if (dead === "giver") {
          if (word.load(ITEMS) > 0) assert.deepEqual(blocked, []);
          return;
        }
        if (dead === "A")
          assert.ok(!blocked.includes("B") || word.load(ITEMS) === 0, "B sleeps beside an item");
        if (dead === undefined)
          assert.deepEqual([values["A"], values["B"]].filter(Boolean).length + word.load(ITEMS), 1);
      };
      prove(
        plan(
          `Condition kill ${victims.join()}`,
          { A: taker(), B: taker(), giver: giver(1) },
          {
            finish,
            mayBlock: ["A", "B"],
            kill: { recover, victims },
            bounds: { timeJumps: 0, preemptions: 1 },
          },
        ),
      );
    });
  }
});
