// core/stack, core/priority and core/pile on the modelled word: an order that a death at any step leaves whole.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Addr } from "../../src/core/word.ts";
import { prove, recover } from "./core.ts";
import type { Model } from "./model.ts";
import { get, gotten, type Kind, LIFO, makeQueue, plan, PRIORITY, put, rest, sides } from "./queue-model.ts";

interface State {
  readonly q: Addr;
}

/** The counts and the order of what is left; takes it out. */
function assertWhole(kind: Kind, q: Addr, gets: number): number[] {
  assert.equal(sides.getsOf(q), gets, "GETS");
  const items = rest(kind, q);
  const sorted = [...items].sort((a, b) => a - b);
  if (kind === PRIORITY) assert.deepEqual(items, sorted);
  assert.equal(new Set(items).size, items.length);
  return items;
}

for (const kind of [LIFO, PRIORITY]) {
  // Each step of a heap that is sifted is one more place to die at.
  const bounds = { preemptions: kind === PRIORITY ? 1 : 2 };
  const queue =
    (maxsize: number, log: number, ...items: number[]) =>
    (): State => ({ q: makeQueue(kind, maxsize, log, items) });
  const putter =
    (...items: number[]) =>
    ({ q }: State): boolean[] =>
      items.map((item) => put(kind, q, item));
  const getter =
    (count: number) =>
    ({ q }: State): (number | undefined)[] =>
      Array.from({ length: count }, () => get(kind, q));

  describe(`model: the ${kind.name} queue`, () => {
    it("passes every item once, through one place", () => {
      const finish: Model<State>["finish"] = (_, { notes }) => assert.deepEqual(gotten(notes), [2, 1]);
      const threads = { putter: putter(2, 1), getter: getter(2) };
      prove(plan(`${kind.name} 1 to 1`, queue(1, 1), threads, { finish }));
    });

    it("passes items of two producers, growing", () => {
      const finish: Model<State>["finish"] = ({ q }, { notes }) => {
        const got = gotten(notes);
        assert.equal(got.length, 1);
        assert.deepEqual([...got, ...assertWhole(kind, q, 1)].sort(), [1, 2, 3, 4]);
      };
      const threads = { A: putter(1), B: putter(4), getter: getter(1) };
      prove(plan(`${kind.name} grows`, queue(0, 1, 3, 2), threads, { finish }));
    });

    it("stays whole when a producer is killed at any step", () => {
      const finish: Model<State>["finish"] = ({ q }, { notes, dead }) => {
        const got = gotten(notes);
        const all = [...got, ...assertWhole(kind, q, 1)].sort();
        if (dead === undefined || all.length === 5) assert.deepEqual(all, [1, 2, 3, 4, 5]);
        else assert.deepEqual(all, [2, 3, 4, 5]);
      };
      const threads = { putter: putter(1), getter: getter(1) };
      const model = plan(`${kind.name} kill putter`, queue(0, 3, 5, 3, 4, 2), threads, { finish, bounds });
      prove({ ...model, kill: { recover, victims: ["putter"] } });
    });

    it("stays whole when a consumer is killed at any step", () => {
      const finish: Model<State>["finish"] = ({ q }, { notes, dead }) => {
        const got = gotten(notes);
        const gets = sides.getsOf(q);
        const all = [...got, ...assertWhole(kind, q, gets)].sort();
        assert.ok(all.length === 6 || (dead !== undefined && all.length === 5), all.join());
        assert.equal(gets, got.length + (6 - all.length), "what was got is counted, once");
      };
      const threads = { getter: getter(1), putter: putter(1) };
      const model = plan(`${kind.name} kill getter`, queue(0, 3, 6, 3, 5, 4, 2), threads, { finish, bounds });
      prove({ ...model, kill: { recover, victims: ["getter"] } });
    });
  });
}
