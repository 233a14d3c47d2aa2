// core/barrier on the modelled word: all pass or all are told, whoever comes late, leaves or dies.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Deadline } from "../../src/core/deadline.ts";
import type { Addr } from "../../src/core/word.ts";
import {
  assertNobodyWaits,
  deadline,
  labelOf,
  layout,
  park,
  prove,
  resetIsolates,
  scratch,
  word,
} from "./core.ts";
import type { Model } from "./model.ts";

const { arrivedOf, barrierWait, breakBarrier, isBroken, openBarrier, pass, placeAfterAll, resetBarrier } =
  await import("../../src/core/barrier.ts");
const { BARRIER, field } = layout;
/** The words of a barrier's record, one after another. */
const RECORD = scratch(0);
const WORD = field(RECORD, BARRIER.WORD) as Addr;
const never = (): Deadline => deadline.NEVER;

/** As Barrier.wait does, without an action. */
function come(until: Deadline): string {
  const wait = barrierWait(RECORD);
  const outcome = park.block(wait, until);
  const passage = outcome === park.TIMED_OUT ? placeAfterAll(wait) : outcome;
  if (passage === undefined) return "timed out";
  if (passage === "broken") return "broken";
  if ("index" in passage) return `${passage.index}`;
  return pass(RECORD, passage.last) ? "last" : "broken";
}
const visitor =
  (rounds = 1, until: () => Deadline = never) =>
  (): string => {
    const outcomes: string[] = [];
    for (let round = 0; round < rounds; round++) outcomes.push(come(until()));
    return outcomes.join();
  };

function plan(
  name: string,
  parties: number,
  threads: Model<void>["threads"],
  more: Partial<Model<void>> = {},
): Model<void> {
  const count = Object.keys(threads).length;
  return {
    name,
    threads,
    label: (_, addr) => (addr === WORD ? "barrier" : labelOf(addr)),
    setup: () => {
      resetIsolates(count);
      for (const offset of Object.values(BARRIER)) word.store(field(RECORD, offset), 0);
      openBarrier(RECORD, parties);
    },
    ...more,
    finish: (state, outcome) => {
      if (more.mayBlock === undefined) assertNobodyWaits(count);
      more.finish?.(state, outcome);
    },
  };
}

describe("model: the barrier", () => {
  it("lets three pass together, each with a place of its own", () => {
    const finish: Model<void>["finish"] = (_, { values }) => {
      assert.deepEqual([values["A"], values["B"], values["C"]].map(String).sort(), ["0", "1", "last"]);
      assert.equal(arrivedOf(word.load(WORD)), 0);
    };
    prove(plan("barrier 3", 3, { A: visitor(), B: visitor(), C: visitor() }, { finish }));
  });

  it("lets two pass twice; the quick one of the first round does not overtake the slow one", () => {
    const finish: Model<void>["finish"] = (_, { values }) => {
      const rounds = [values["A"], values["B"]].map((value) => String(value).split(","));
      for (const round of [0, 1]) assert.deepEqual(rounds.map((each) => each[round]).sort(), ["0", "last"]);
    };
    prove(plan("barrier twice", 2, { A: visitor(2), B: visitor(2) }, { finish }));
  });

  it("breaks for all when one does not wait long enough, or lets all pass", () => {
    const finish: Model<void>["finish"] = (_, { values }) => {
      const passed = [values["A"], values["B"]].filter((value) => value === "0" || value === "last").length;
      assert.ok(passed === 0 || passed === 2, [values["A"], values["B"]].join());
      assert.equal(isBroken(word.load(WORD)), passed === 0);
    };
    const hasty = visitor(1, () => deadline.deadlineOf(5));
    prove(plan("barrier deadline", 2, { A: hasty, B: visitor() }, { finish }));
  });

  it("wakes all who wait when it is aborted", () => {
    const finish: Model<void>["finish"] = (_, { values }) => {
      assert.deepEqual([values["A"], values["B"]], ["broken", "broken"]);
    };
    prove(
      plan("barrier abort", 3, { A: visitor(), B: visitor(), abort: () => breakBarrier(RECORD) }, { finish }),
    );
  });

  it("is reset as a whole: all of a generation are told, or all pass", () => {
    const finish: Model<void>["finish"] = (_, { values, blocked }) => {
      const outcomes = [values["A"], values["B"]].map(String);
      const passed = outcomes.filter((value) => value === "0" || value === "last").length;
      // One that was told leaves the other to wait for a next one: it came after the reset.
      assert.ok(passed !== 1, outcomes.join());
      assert.ok(blocked.length < 2);
      assert.equal(isBroken(word.load(WORD)), false);
    };
    const reset = (): void => resetBarrier(RECORD);
    prove(plan("barrier reset", 2, { A: visitor(), B: visitor(), reset }, { finish, mayBlock: ["A", "B"] }));
  });
});
