// core/permits on the modelled word: no permit is lost or doubled, nobody sleeps beside one that is enough for it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Deadline } from "../../src/core/deadline.ts";
import {
  assertNobodyWaits,
  deadline,
  labelOf,
  park,
  prove,
  recover,
  resetIsolates,
  scratch,
  word,
} from "./core.ts";
import { note } from "./explore.ts";
import type { Model } from "./model.ts";

const { give, MAX_PERMITS, permitsOf, permitsWait, permitsWord, tryTake } = await import(
  "../../src/core/permits.ts"
);
const PERMITS = scratch(0);
const REASON = 5;
const never = (): Deadline => deadline.NEVER;
const in5ms = (): Deadline => deadline.deadlineOf(5);

/** As Semaphore.acquire does. */
function take(want: number, until: Deadline): boolean {
  return tryTake(PERMITS, want) || park.block(permitsWait(PERMITS, want, REASON), until) !== park.TIMED_OUT;
}
const taker =
  (want: number, until: () => Deadline = never) =>
  (): boolean => {
    const got = take(want, until());
    if (got) note(`${want}`);
    return got;
  };
const giver =
  (...counts: number[]) =>
  (): void => {
    for (const count of counts) give(PERMITS, count, MAX_PERMITS);
  };

function plan(
  name: string,
  initial: number,
  threads: Model<void>["threads"],
  more: Partial<Model<void>> = {},
): Model<void> {
  const count = Object.keys(threads).length;
  return {
    name,
    threads,
    label: (_, addr) => (addr === PERMITS ? "permits" : labelOf(addr)),
    setup: () => {
      resetIsolates(count);
      word.store(PERMITS, permitsWord(initial));
    },
    ...more,
    finish: (state, outcome) => {
      if (more.mayBlock === undefined) assertNobodyWaits(count);
      more.finish?.(state, outcome);
    },
  };
}
const left = (): number => permitsOf(word.load(PERMITS));
const sum = (notes: readonly string[]): number => notes.reduce((total, want) => total + Number(want), 0);

describe("model: permits", () => {
  it("gives each what it asks for when there is enough: one wants 1, one wants 2", () => {
    const finish: Model<void>["finish"] = (_, { values }) => {
      assert.deepEqual([values["A"], values["B"], left()], [true, true, 0]);
    };
    prove(plan("permits 1 + 2, three at once", 0, { A: taker(1), B: taker(2), giver: giver(3) }, { finish }));
    prove(plan("permits 1 + 2, in parts", 1, { A: taker(1), B: taker(2), giver: giver(1, 1) }, { finish }));
  });

  it("leaves nobody asleep when what remains is enough for the head of the line", () => {
    const finish: Model<void>["finish"] = (_, { blocked, notes }) => {
      assert.equal(left() + sum(notes), 2);
      assert.notEqual(blocked.length, 2, "2 permits are enough for whoever came first");
      if (blocked.length === 1) assert.ok(left() < 2, `${blocked.join()} sleeps beside ${left()} permits`);
      assert.ok(!(blocked.includes("B") && left() > 0), "B wants one, one is there");
    };
    const model = plan(
      "permits short",
      0,
      { A: taker(2), B: taker(1), giver: giver(2) },
      { mayBlock: ["A", "B"] },
    );
    prove({ ...model, finish });
  });

  it("passes on to the next what a waiter leaves at its deadline", () => {
    const finish: Model<void>["finish"] = (_, { values, blocked, notes }) => {
      assert.equal(left() + sum(notes), 1);
      assert.deepEqual(blocked, []);
      assert.deepEqual([values["A"], values["B"]], [false, true]);
    };
    prove(plan("permits deadline", 0, { A: taker(2, in5ms), B: taker(1), giver: giver(1) }, { finish }));
  });

  it("loses none when three take and give in turn", () => {
    const turn = (): void => {
      take(1, deadline.NEVER);
      give(PERMITS, 1, MAX_PERMITS);
    };
    const finish: Model<void>["finish"] = () => assert.equal(left(), 1);
    prove(plan("permits turns", 1, { A: turn, B: turn, C: turn }, { finish }));
  });

  it("serves the others when a waiter is killed at any step", () => {
    const finish: Model<void>["finish"] = (_, { dead, blocked, notes }) => {
      assert.ok(left() + sum(notes) <= 1, "doubled");
      if (dead === "giver") return;
      // What the dead one had taken died with it, N2; what it had not is for B.
      if (blocked.includes("B")) assert.equal(left(), 0, "B sleeps beside a permit");
    };
    const model = plan(
      "permits kill",
      0,
      { A: taker(1), B: taker(1), giver: giver(1) },
      { mayBlock: ["A", "B"], bounds: { timeJumps: 0 } },
    );
    prove({ ...model, finish, kill: { recover, victims: ["A"] } });
  });

  it("leaves nobody asleep beside what a giver gave that is killed at any step", () => {
    const finish: Model<void>["finish"] = (_, { dead, blocked, notes, values }) => {
      assert.ok(left() + sum(notes) <= 2, "doubled");
      if (dead === undefined) assert.deepEqual([values["A"], values["B"], left()], [true, true, 0]);
      assert.ok(blocked.length === 0 || left() === 0, `${blocked.join()} sleeps beside ${left()} permits`);
    };
    prove({
      ...plan(
        "permits giver killed",
        0,
        { A: taker(1), B: taker(1), giver: giver(1, 1) },
        { mayBlock: ["A", "B"], bounds: { timeJumps: 0 } },
      ),
      finish,
      kill: { recover, victims: ["giver"] },
    });
  });

  it("passes on when one of two takers with timeouts is killed, or the giver", () => {
    const finish: Model<void>["finish"] = (_, { dead, notes, blocked }) => {
      assert.deepEqual(blocked, []);
      assert.ok(left() + sum(notes) <= 1, "doubled");
      if (dead === undefined) assert.equal(left() + sum(notes), 1, "lost");
    };
    prove({
      ...plan(
        "permits kill with deadlines",
        0,
        { A: taker(1, in5ms), B: taker(1, in5ms), giver: giver(1) },
        { bounds: { timeJumps: 0, preemptions: 1 } },
      ),
      finish,
      kill: { recover },
    });
  });
});
