// core/ring and core/queue-wait on the modelled word: first in, first out, nothing lost, nobody asleep beside an item.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Addr } from "../../src/core/word.ts";
import { deadline, prove, recover } from "./core.ts";
import type { Model } from "./model.ts";
import { FIFO, get, gotten, makeQueue, plan, put, rest, waits } from "./queue-model.ts";

interface State {
  readonly q: Addr;
}
/** Three threads and a death make too many schedules for two preemptions. */
const ONE = { preemptions: 1 } as const;
const queue =
  (maxsize: number, log: number, ...items: number[]) =>
  (): State => ({ q: makeQueue(FIFO, maxsize, log, items) });
const putter =
  (...items: number[]) =>
  ({ q }: State): boolean[] =>
    items.map((item) => put(FIFO, q, item));
const getter =
  (count: number) =>
  ({ q }: State): (number | undefined)[] =>
    Array.from({ length: count }, () => get(FIFO, q));

/** What was put by each is got in that order, all of it. */
function inOrder(got: readonly number[], ...producers: readonly number[][]): void {
  assert.deepEqual(
    [...got].sort((a, b) => a - b),
    producers.flat().sort((a, b) => a - b),
  );
  for (const items of producers)
    assert.deepEqual(
      got.filter((item) => items.includes(item)),
      items,
    );
}

describe("model: the ring", () => {
  it("passes items in order through one place", () => {
    const finish: Model<State>["finish"] = (_, { notes }) => inOrder(gotten(notes), [1, 2, 3]);
    prove(plan("ring 1 to 1", queue(1, 1), { putter: putter(1, 2, 3), getter: getter(3) }, { finish }));
  });

  it("passes items of two producers to one consumer", () => {
    const finish: Model<State>["finish"] = (_, { notes }) => inOrder(gotten(notes), [1], [11]);
    const threads = { A: putter(1), B: putter(11), getter: getter(2) };
    prove(plan("ring 2 to 1", queue(1, 1), threads, { finish }));
  });

  it("passes items of one producer to two consumers", () => {
    const finish: Model<State>["finish"] = (_, { values, notes }) => {
      inOrder(gotten(notes).sort(), [1, 2]);
      assert.deepEqual([values["A"], values["B"]].flat().sort(), [1, 2]);
    };
    prove(plan("ring 1 to 2", queue(0, 1), { putter: putter(1, 2), A: getter(1), B: getter(1) }, { finish }));
  });

  it("grows while items are put and got", () => {
    const finish: Model<State>["finish"] = (_, { notes }) => inOrder(gotten(notes), [1, 2, 3, 4]);
    const threads = { putter: putter(3, 4), getter: getter(4) };
    prove(plan("ring grows", queue(0, 1, 1, 2), threads, { finish }));
  });

  it("serves another one when a waiter's deadline passes", () => {
    const finish: Model<State>["finish"] = ({ q }, { values, notes }) => {
      const left = rest(FIFO, q);
      assert.equal(gotten(notes).length + left.length, 1);
      assert.equal(values["B"], 1, "B was served, or the item is still in");
      assert.equal(values["A"], undefined);
    };
    const hasty = ({ q }: State): number | undefined => get(FIFO, q, 0 as Addr, deadline.deadlineOf(5));
    const patient = ({ q }: State): number | undefined => get(FIFO, q);
    // A may be served: then B sleeps, and that is right.
    const either: Model<State>["finish"] = (state, outcome) => {
      if (outcome.values["A"] === 1) assert.deepEqual(outcome.blocked, ["B"]);
      else finish(state, outcome);
    };
    const threads = { A: hasty, B: patient, putter: putter(1) };
    prove(
      plan("ring deadline", queue(0, 1), threads, {
        finish: either,
        mayBlock: ["B"],
        bounds: { timeJumps: 1 },
      }),
    );
  });
});

describe("model: the ring, shut down", () => {
  it("lets everybody go; what was put is got", () => {
    const finish: Model<State>["finish"] = ({ q }, { values, notes }) => {
      const accepted = (values["putter"] as boolean[]).filter(Boolean).length;
      assert.equal(gotten(notes).length, Math.min(accepted, 2));
      assert.deepEqual(rest(FIFO, q), []);
    };
    const shut = ({ q }: State): void => waits.shut(q, false);
    const threads = { putter: putter(1, 2), getter: getter(2), shut };
    prove(plan("ring shut", queue(1, 1), threads, { finish }));
  });

  it("lets everybody go at once", () => {
    const finish: Model<State>["finish"] = ({ q }, { values }) => {
      assert.deepEqual([values["putter"], rest(FIFO, q)], [[false], []]);
      assert.ok([1, undefined].includes((values["getter"] as [number])[0]));
    };
    const shut = ({ q }: State): void => waits.shut(q, true);
    const late: Model<State>["finish"] = (state, outcome) => {
      if ((outcome.values["putter"] as [boolean])[0]) return;
      finish(state, outcome);
    };
    const threads = { putter: putter(2), getter: getter(1), shut };
    prove(plan("ring shut at once", queue(1, 1, 1), threads, { finish: late }));
  });
});

describe("model: the ring, with a death at any step", () => {
  it("a dead producer takes at most its own item with it", () => {
    const finish: Model<State>["finish"] = ({ q }, { notes, blocked, dead }) => {
      const items = [...gotten(notes), ...rest(FIFO, q)];
      assert.ok(items.includes(11), "the other producer's item");
      assert.deepEqual(new Set(items).size, items.length, "doubled");
      if (dead === undefined) assert.deepEqual(blocked, []);
      if (blocked.includes("getter")) assert.equal(items.length, 1, "asleep beside an item");
    };
    const threads = { A: putter(1), B: putter(11), getter: getter(2) };
    const model = plan("ring kill putter", queue(1, 1), threads, {
      finish,
      mayBlock: ["getter"],
      bounds: ONE,
    });
    prove({ ...model, kill: { recover, victims: ["A"] } });
  });

  it("a dead consumer takes at most the item with it that it was getting", () => {
    const finish: Model<State>["finish"] = ({ q }, { notes, blocked, dead }) => {
      const items = [...gotten(notes), ...rest(FIFO, q)];
      assert.ok(items.length >= 1 && new Set(items).size === items.length, items.join());
      if (dead === undefined) assert.deepEqual([blocked, items.length], [[], 2]);
      if (blocked.includes("B")) assert.deepEqual(rest(FIFO, q), [], "asleep beside an item");
      assert.ok(!blocked.includes("B") || dead !== undefined);
    };
    const threads = { A: getter(1), B: getter(1), putter: putter(1, 2) };
    const model = plan("ring kill getter", queue(1, 1), threads, { finish, mayBlock: ["B"], bounds: ONE });
    prove({ ...model, kill: { recover, victims: ["A"] } });
  });

  it("a death while the store grows leaves every item in its place", () => {
    const finish: Model<State>["finish"] = ({ q }, { notes, dead }) => {
      const items = [...gotten(notes), ...rest(FIFO, q)];
      if (dead === undefined) assert.deepEqual(items, [1, 2, 3]);
      else assert.ok(items.join() === "1,2" || items.join() === "1,2,3", items.join());
    };
    const threads = { putter: putter(3), getter: getter(1) };
    const model = plan("ring kill growing", queue(0, 1, 1, 2), threads, { finish });
    prove({ ...model, kill: { recover, victims: ["putter"] } });
  });

  it("a death in shutdown() leaves nobody waiting for ever once it is called again", () => {
    const finish: Model<State>["finish"] = ({ q }, { values, dead }) => {
      if (dead === undefined) assert.equal((values["getter"] as unknown[])[0], undefined);
      assert.deepEqual(rest(FIFO, q), []);
    };
    const shut = ({ q }: State): void => waits.shut(q, true);
    const threads = { A: shut, B: shut, getter: getter(1) };
    const model = plan("ring kill shut", queue(0, 1), threads, { finish, bounds: ONE });
    prove({ ...model, kill: { recover, victims: ["A"] } });
  });
});
