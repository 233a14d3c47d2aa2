// shared(): used as the ordinary thing would be used, by one thread.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { AtomicInt, copyOf, Lock, shared, sharedArray } from "../../src/api/index.ts";

describe("shared object", () => {
  it("keeps every primitive as it is", () => {
    const values = [
      ...[0, -0, 1.5, Number.NaN, Infinity, -Infinity, 2 ** 53, 5e-324],
      ...[
        "",
        "a",
        "abcdef",
        "abcdefg",
        "ä",
        "äöüß€",
        "\u{1F600}",
        "\ud800",
        "x".repeat(100_000),
        "\0\0",
        "\u00ff\u0100",
      ],
      ...[0n, -1n, 2n ** 64n, -(10n ** 300n), true, false, null, undefined],
    ];
    const list = shared(values.slice());
    const box = shared({ value: undefined as unknown });
    values.forEach((value, i) => {
      assert.ok(Object.is(list[i], value), `${String(value)} as an element`);
      box.value = value;
      assert.ok(Object.is(box.value, value), `${String(value)} as a property`);
    });
    const bits = new BigUint64Array([0xfff7ffff_fff7ffffn, 0x7ffc0001_00000061n, 0xffffffff_ffffffffn]);
    for (const strange of new Float64Array(bits.buffer)) {
      box.value = strange;
      assert.ok(Number.isNaN(box.value), "every NaN is NaN");
    }
  });

  it("has the language: in, delete, spread, keys, entries, destructuring, optional chaining", () => {
    const point: Record<string, unknown> = shared({ b: 1, a: 2, 10: "ten", 2: "two" });
    assert.deepEqual(Object.keys(point), ["2", "10", "b", "a"]);
    assert.deepEqual(Object.entries(point), [
      ["2", "two"],
      ["10", "ten"],
      ["b", 1],
      ["a", 2],
    ]);
    assert.ok("a" in point && "toString" in point && !("z" in point));
    assert.ok(delete point["b"] && delete point["never"]);
    point["b"] = 3;
    assert.deepEqual(Object.keys(point), ["2", "10", "a", "b"], "a property that came back comes last");
    const { a, ...rest } = point;
    assert.equal(a, 2);
    assert.deepEqual({ ...rest }, { 2: "two", 10: "ten", b: 3 });
    assert.deepEqual(Object.assign({}, point), { 2: "two", 10: "ten", a: 2, b: 3 });
    const seen: string[] = [];
    for (const key in point) seen.push(key);
    assert.deepEqual(seen, ["2", "10", "a", "b"]);
    assert.ok(Object.hasOwn(point, "a") && !Object.hasOwn(point, "toString"));
    assert.equal(Object.getPrototypeOf(point), Object.prototype);
    assert.equal(String(point), "[object Object]");
    point["__proto__"] = 1;
    assert.equal(Object.getPrototypeOf(point), Object.prototype);
  });

  it("compares, serializes and shows as the ordinary one", () => {
    const plain = {
      n: 1,
      list: [1, [2]],
      map: new Map([["k", { v: 1 }]]),
      set: new Set([1]),
      when: new Date(0),
    };
    const state = shared(plain);
    assert.equal(inspect(state, { depth: 9 }), inspect(plain, { depth: 9 }));
    assert.equal(JSON.stringify(state), JSON.stringify(plain));
    assert.deepEqual(copyOf(state), plain);
    assert.deepEqual(state.list, plain.list);
    assert.equal(state.when.getTime(), 0);
  });

  it("is one object however it is reached, and keeps cycles", () => {
    interface Node {
      name: string;
      self?: Node;
      peers: Node[];
    }
    const a: Node = { name: "a", peers: [] };
    a.self = a;
    a.peers.push(a, { name: "b", peers: [a] });
    const node = shared(a);
    assert.equal(node.self, node);
    assert.equal(node.peers[0], node);
    assert.equal(node.peers[1]?.peers[0], node);
    assert.equal(node.peers, node.peers);
    assert.match(inspect(node), /<ref \*1>/);
    const copy = copyOf(node);
    assert.equal(copy.self, copy);
    assert.notEqual(copy, node);
  });

  it("makes plain data shared that is put into it, deep", () => {
    const state = shared({ users: {} as Record<string, { tags: string[] }> });
    const ann = { tags: ["x"] };
    state.users["ann"] = ann;
    ann.tags.push("only here");
    assert.deepEqual(state.users["ann"].tags.slice(), ["x"]);
    state.users["ann"].tags.push("for all");
    assert.deepEqual(copyOf(state), { users: { ann: { tags: ["x", "for all"] } } });
  });

  it("holds heddle's own objects by reference", () => {
    const lock = new Lock();
    const count = new AtomicInt(5);
    const data = sharedArray(Float64Array, 3);
    const inner = shared({ n: 1 });
    const state = shared({ lock, count, data, inner, again: shared([inner]) });
    assert.equal(state.lock, lock);
    assert.equal(state.count.increment(), 6);
    assert.equal(state.data, data);
    assert.equal(state.inner, inner);
    assert.equal(state.again[0], inner);
    assert.equal(shared(inner), inner);
  });

  it("refuses what cannot be shared, naming the path and what to do", () => {
    class Account {
      balance = 0;
    }
    const refusals: [unknown, RegExp][] = [
      [{ a: [{ f() {} }] }, /^Cannot share the value\.a\[0\]\.f: it is a function; /],
      [{ a: Symbol("s") }, /^Cannot share the value\.a: it is a symbol; /],
      [
        { "odd key": new Account() },
        /^Cannot share the value\["odd key"\]: it is an Account; .*plain object/,
      ],
      [{ m: new Map([["k", new Account()]]) }, /the value\.m\.get\("k"\): it is an Account/],
      [{ m: new Map([[{}, 1]]) }, /the value\.m\.keys\(\): it is an Object, of which .* copy/],
      [new Set([() => {}]), /the value\.values\(\): it is a function/],
      [[new Uint8Array(1)], /the value\[0\]: it is an? Uint8Array; use sharedArray\(\)/],
      [[new Error("x")], /the value\[0\]: it is an Error/],
      [{ [Symbol("s")]: 1 }, /named by a symbol/],
      [new Proxy({}, {}), /Proxy/],
      [new Date(), /Cannot share a Date/],
      [new Account(), /^Cannot share the value: it is an Account/],
    ];
    for (const [value, message] of refusals) {
      assert.throws(() => shared(value as object), { name: "NotShareableError", message });
    }
    for (const value of [1, "text", null, undefined])
      assert.throws(() => shared(value as never), { name: "NotShareableError" });
    const state = shared({ x: 1 as unknown });
    assert.throws(() => (state.x = { f() {} }), { message: /^Cannot share the object\.x\.f: / });
    assert.equal(state.x, 1, "nothing was changed");
  });

  it("cannot be frozen, given a prototype, accessors or names that are symbols", () => {
    const state = shared({ a: 1 });
    assert.throws(() => Object.freeze(state), {
      name: "TypeError",
      message: /^Cannot close a shared object/,
    });
    assert.throws(() => Object.setPrototypeOf(state, null), TypeError);
    assert.throws(
      () => Object.defineProperty(state, "b", { get: () => 1, configurable: true }),
      /^TypeError: Cannot define b/,
    );
    assert.throws(() => ((state as never as Record<symbol, number>)[Symbol("s")] = 1), TypeError);
    Object.defineProperty(state, "a", { value: 2, writable: true, enumerable: true, configurable: true });
    assert.equal(state.a, 2);
    const heir = Object.create(state) as { a: number };
    heir.a = 7;
    assert.deepEqual([heir.a, state.a], [7, 2]);
  });

  it("takes many and long names, and names that come and go", () => {
    const state: Record<string, number> = shared({});
    for (let i = 0; i < 3000; i++) state[`a rather long name ${i}`] = i;
    for (let i = 0; i < 3000; i += 2) delete state[`a rather long name ${i}`];
    for (let i = 0; i < 3000; i++)
      assert.equal(state[`a rather long name ${i}`], i % 2 === 0 ? undefined : i);
    assert.equal(Object.keys(state).length, 1500);
    for (let i = 0; i < 100_000; i++) {
      state["k"] = i;
      delete state["k"];
    }
    assert.equal(Object.keys(state).length, 1500);
  });

  it("structuredClone makes an ordinary copy of it, also where it is inside something else", () => {
    const inner = shared({
      list: [1, { deep: true }],
      map: new Map([["a", new Set([1n])]]),
      when: new Date(7),
    });
    const ordinary = { list: [1, { deep: true }], map: new Map([["a", new Set([1n])]]), when: new Date(7) };
    assert.deepStrictEqual(structuredClone(inner), ordinary);
    assert.deepStrictEqual(structuredClone(shared([1, , 3])), [1, , 3]); // oxlint-disable-line no-sparse-arrays -- the hole is the subject
    assert.deepStrictEqual(structuredClone(shared(new Map([[1, 2]]))), new Map([[1, 2]]));
    assert.deepStrictEqual(structuredClone(shared(new Set([1]))), new Set([1]));
    const bytes = new Uint8Array(4);
    const around = { inner, again: [inner], map: new Map([[inner, new Set([inner])]]), bytes, self: {} };
    around.self = around;
    const clone = structuredClone(around, { transfer: [bytes.buffer] });
    assert.deepStrictEqual(clone.inner, ordinary);
    assert.equal(clone.again[0], clone.inner, "one stays one");
    assert.deepStrictEqual([...clone.map], [[clone.inner, new Set([clone.inner])]]);
    assert.equal(clone.self, clone);
    assert.deepEqual([bytes.length, clone.bytes.length], [0, 4], "what is transferred is");
  });

  it("structuredClone is as before for all else", () => {
    const state = shared({ a: 1 });
    assert.throws(() => structuredClone(() => {}), { name: "DataCloneError" });
    assert.throws(() => structuredClone({ state, f() {} }), { name: "DataCloneError" });
    assert.deepStrictEqual(structuredClone({ a: [1n, new Date(3)] }), { a: [1n, new Date(3)] });
    assert.equal(structuredClone.name, "structuredClone");
  });
});
