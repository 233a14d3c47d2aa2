// Ordinary copies, read straight from the tables of shared things.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AtomicInt, copyOf, heapStatistics, Lock, shared, spawn } from "../api/index.ts";
import { results } from "../../test/support/threads.ts";

describe("copyOf()", () => {
  it("has everything as it was: names in their order, holes, members that are objects, what cannot be copied", () => {
    const lock = new Lock();
    const key = shared({ key: true });
    const plain = {
      b: 1,
      7: "seven",
      a: -0,
      2: Number.NaN,
      long: "é".repeat(300),
      big: 2n ** 80n,
      none: undefined,
      list: [1, , "three", [null]], // oxlint-disable-line no-sparse-arrays -- holes are what is tested
      when: new Date(5),
      lock,
    };
    const copy = copyOf(shared({ plain, map: new Map<unknown, unknown>([[key, key]]), set: new Set([key]) }));
    assert.deepEqual(copy.plain, plain);
    assert.deepEqual(Object.keys(copy.plain), Object.keys(plain));
    assert.equal(1 in copy.plain.list, false);
    assert.equal(copy.plain.lock, lock);
    const [member] = copy.set;
    assert.deepEqual(member, { key: true });
    assert.notEqual(member, key);
    assert.equal(copy.map.get(member), member);
  });

  it("a property named __proto__ is one", () => {
    const state = shared<Record<string, unknown>>({});
    state["__proto__"] = { polluted: true };
    const copy = copyOf(state);
    assert.equal(Object.getPrototypeOf(copy), Object.prototype);
    assert.deepEqual(Object.getOwnPropertyDescriptor(copy, "__proto__")?.value, { polluted: true });
  });

  it("of plain data with shared things in it: each is one object in the clone, too", () => {
    const inner = shared({ n: 1 });
    const clone = structuredClone({ one: inner, two: [inner, shared({ inner })] });
    assert.deepEqual(clone, { one: { n: 1 }, two: [{ n: 1 }, { inner: { n: 1 } }] });
    assert.equal(clone.one, clone.two[0]);
    assert.equal((clone.two[1] as unknown as { inner: unknown }).inner, clone.one);
  });

  it("as deep as one likes, and leaves nothing behind", () => {
    interface Node {
      next: Node | null;
    }
    let list: Node = { next: null };
    for (let i = 0; i < 100_000; i++) list = { next: list };
    const state = shared(list);
    const { objects, blocks } = heapStatistics();
    let depth = 0;
    for (let at: Node | null = copyOf(state); at !== null; at = at.next) depth++;
    assert.equal(depth, 100_001);
    assert.deepEqual([heapStatistics().objects, heapStatistics().blocks], [objects, blocks]);
  });

  it("while others put things in and take them out, what is copied is something that was there", () => {
    const state = shared({ list: [] as { n: number; twice: number }[], done: 0 });
    const stop = new AtomicInt();
    const writers = [1, 2].map((from) =>
      spawn((start: number) => {
        for (let n = start; stop.load() === 0; n += 2) {
          state.list.push({ n, twice: 2 * n });
          if (state.list.length > 50) state.list.splice(0, 30);
        }
        return true;
      }, from),
    );
    for (let i = 0; i < 500; i++) {
      const seen = copyOf(state.list);
      for (const { n, twice } of seen) assert.equal(twice, 2 * n);
      const text = JSON.parse(JSON.stringify(state)) as { list: { n: number; twice: number }[] };
      for (const { n, twice } of text.list) assert.equal(twice, 2 * n);
    }
    stop.store(1);
    assert.deepEqual(results(writers), [true, true]);
  });
});

describe("JSON.stringify()", () => {
  it("writes shared things as ordinary ones; a property named toJSON is one", () => {
    const plain = { list: [1, , { a: "b" }], toJSON: 5, none: undefined, map: new Map([[1, 2]]) }; // oxlint-disable-line no-sparse-arrays
    assert.equal(JSON.stringify(shared(plain)), JSON.stringify(plain));
    assert.equal(JSON.stringify([shared([1]), shared({})], null, 1), JSON.stringify([[1], {}], null, 1));
    const cycle = shared<{ self?: unknown }>({});
    cycle.self = cycle;
    assert.throws(() => JSON.stringify(cycle), TypeError);
    assert.throws(() => JSON.stringify(shared({ n: 1n })), TypeError);
  });
});
