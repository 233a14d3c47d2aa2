// core/dict, vector, container and gate, and shared/entries and elements above them, on the modelled word: every
// container whole, every value one that was written, no LOCK lost, counts right, whoever is killed at whichever step.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { contents, deed, plan, type Plan, type State } from "./container-model.ts";
import { prove } from "./core.ts";

/** Blocks for an object's record of one property, and for tables and vectors of a few. */
const FEW = [64, 96];
const both =
  (a: (s: State) => unknown, b: (s: State) => unknown) =>
  (s: State): unknown[] => [a(s), b(s)];

/** All orders with one switch more than needed; and, of the victims, a death at each step in the orders without. */
function check(name: string, { victims, ...p }: Plan): void {
  prove(plan(name, p));
  if (victims !== undefined) prove(plan(`${name}, kill`, { ...p, victims, preemptions: 0 }));
}

const entriesOf = (count: number, from = 0): Map<number, number> =>
  new Map(Array.from({ length: count }, (_, i) => [from + i, i % 10] as const));

describe("model: tables of containers", () => {
  it("set, delete and get of one key", () => {
    const threads = { A: deed.set(1, 11), B: deed.get(1), C: deed.delete(1) };
    check("table set get", {
      root: () => new Map([[1, { n: 10 }]]),
      sizes: FEW,
      threads,
      written: [10, 11],
      victims: ["A", "B", "C"],
    });
  });

  it("two that set and read what they set, switched twice", () => {
    check("table set twice", {
      root: () => new Map([[1, { n: 10 }]]),
      sizes: FEW,
      threads: { A: both(deed.set(1, 11), deed.get(1)), B: both(deed.set(1, 12), deed.delete(1)) },
      written: [10, 11, 12],
      preemptions: 2,
    });
  });

  it("a death at each step of a set and of a get, switched once", () => {
    const p = { root: () => new Map([[1, { n: 10 }]]), sizes: FEW, written: [10, 11] };
    const threads = { A: deed.set(1, 11), B: deed.get(1) };
    prove(plan("table set kill", { ...p, threads, victims: ["A"] }));
    prove(plan("table get kill", { ...p, threads, victims: ["B"] }));
  });

  it("a table grows while an entry is deleted and another one read", () => {
    check("table grows", {
      root: () => entriesOf(4),
      sizes: [64, 192, 384],
      threads: { A: deed.set(7, 8), B: deed.delete(1), C: deed.get(3) },
      written: [0, 1, 2, 3, 8],
      victims: ["A", "B"],
      finish: (state, { dead }) => {
        if (dead === undefined) assert.deepEqual(contents(state), [0, 2, 3, 8]);
      },
    });
  });

  it("a table with an index: an entry is added, one deleted, one read", () => {
    check("table indexed", {
      root: () => entriesOf(9),
      sizes: [64, 768],
      threads: { A: deed.set(20, 9), B: deed.delete(0), C: deed.get(8) },
      written: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      victims: ["A", "B"],
      finish: (state, { values, dead }) => {
        if (values["C"] !== undefined) assert.equal(values["C"], 8);
        if (dead === undefined) assert.deepEqual(contents(state), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
      },
    });
  });

  it("keys and values that are texts in blocks", () => {
    check("table texts", {
      root: () => new Map([["longer 1", "text 2020"]]),
      sizes: FEW,
      threads: {
        A: deed.set("longer 1", 21),
        B: both(deed.get("longer 1"), deed.set("longer 2", 22)),
        C: deed.delete("longer 1"),
      },
      written: [20, 21, 22],
      victims: ["A", "B", "C"],
    });
  });

  it("a text is read while its block is freed and used again", () => {
    const key = { root: () => new Map([[1, 0]]), sizes: FEW, written: [0, 21, 32, 43] };
    const writer = (state: State): void => [21, 32, 43].forEach((n) => deed.set(1, n)(state));
    check("table text again", { ...key, threads: { A: writer, B: deed.get(1) }, preemptions: 2 });
  });

  it("clear beside set and get", () => {
    check("table clear", {
      root: () => new Map([[1, { n: 10 }]]),
      sizes: FEW,
      threads: { A: (s) => deed.clear(s), B: deed.set(2, 11), C: deed.get(1) },
      written: [10, 11],
      victims: ["A", "B"],
    });
  });
});

describe("model: vectors of containers", () => {
  it("push, pop and a read of what is an object", () => {
    check("vector push pop", {
      root: () => [{ n: 10 }],
      sizes: FEW,
      threads: { A: deed.push(11), B: deed.take(true), C: deed.at(0) },
      written: [10, 11],
      victims: ["A", "B", "C"],
      finish: (state, { values, dead }) => {
        if (dead === undefined) assert.deepEqual([values["B"], ...contents(state)].sort(), [10, 11]);
      },
    });
  });

  it("a push that makes the vector larger, shift, and a read of a number", () => {
    check("vector grows", {
      root: () => [0, 1, 2, 3, 4, 5],
      sizes: [64, 96, 128],
      threads: { A: deed.push(11), B: deed.take(false), C: deed.at(2) },
      written: [0, 1, 2, 3, 4, 5, 11],
      victims: ["A", "B"],
      finish: (state, { dead }) => {
        if (dead === undefined) assert.deepEqual(contents(state), [1, 2, 3, 4, 5, 11]);
      },
    });
  });

  it("numbers come and go without the gate", () => {
    check("vector numbers", {
      root: () => [0],
      sizes: FEW,
      threads: {
        A: both(deed.push(1), deed.take(true)),
        B: both(deed.push(2), deed.take(false)),
        C: deed.at(0),
      },
      written: [0, 1, 2],
      victims: ["A", "B"],
    });
  });

  it("splice beside a put and a read", () => {
    check("vector splice", {
      root: () => [{ n: 10 }, 1],
      sizes: FEW,
      threads: { A: deed.splice(0, 1, 12), B: deed.put(1, 11), C: deed.at(1) },
      written: [10, 1, 11, 12],
      victims: ["A", "B", "C"],
    });
  });
});

describe("model: collections of containers", () => {
  it("a collection beside a set and a get", () => {
    check("collect", {
      root: () => new Map([[1, { n: 10 }]]),
      sizes: FEW,
      threads: { A: deed.collect, B: deed.set(1, 11), C: deed.get(1) },
      written: [10, 11],
      victims: ["A", "B", "C"],
    });
  });
});
