// shared() Maps and Sets: against the ordinary ones, by one thread.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { Lock, shared } from "../../src/api/index.ts";
import { Random } from "../support/random.ts";

describe("shared Map", () => {
  it("finds keys as Map does", () => {
    const lock = new Lock();
    const inner = shared({});
    const keys = [
      0,
      1.5,
      Number.NaN,
      "",
      "short",
      "a key that is longer",
      "ünï",
      5n,
      -(2n ** 70n),
      true,
      false,
      null,
      undefined,
      lock,
      inner,
    ];
    const map = shared(new Map<unknown, number>());
    keys.forEach((key, i) => map.set(key, i));
    assert.equal(map.size, keys.length);
    keys.forEach((key, i) => assert.equal(map.get(key), i, String(key)));
    assert.equal(map.get(-0), 0);
    assert.ok(!map.has("5") && !map.has(5) && !map.has({}) && !map.has(() => {}) && !map.has(Symbol("s")));
    assert.deepEqual([...map.keys()], keys);
    keys.forEach((key) => assert.ok(map.delete(key) && !map.delete(key)));
    assert.equal(map.size, 0);
    map.set(-0, 1);
    assert.ok(Object.is([...map.keys()][0], 0));
  });

  it("is as an ordinary one after any sequence of changes", () => {
    const random = new Random();
    for (let round = 0; round < 40; round++) {
      const plain = new Map<unknown, unknown>();
      const map = shared(new Map<unknown, unknown>());
      for (let step = 0; step < 300; step++) {
        const key = random.below(2) === 0 ? random.below(40) : `key number ${random.below(40)}`;
        const what = random.below(20);
        if (what < 10) for (const m of [plain, map]) m.set(key, what % 2 === 0 ? step : `value ${step}`);
        else if (what < 19) assert.equal(map.delete(key), plain.delete(key));
        else for (const m of [plain, map]) if (step % 7 === 0) m.clear();
        assert.equal(map.size, plain.size);
      }
      assert.deepEqual([...map], [...plain], `HEDDLE_SEED=${random.seed}`);
    }
  });

  it("is a Map to the language", () => {
    const map = shared(
      new Map<string, unknown>([
        ["a", 1],
        ["b", { c: [2] }],
      ]),
    );
    assert.ok(map instanceof Map);
    assert.equal(Object.prototype.toString.call(map), "[object Map]");
    assert.equal(inspect(map), "Map(2) { 'a' => 1, 'b' => { c: [ 2 ] } }");
    assert.deepEqual(new Map(map), new Map([...map]));
    assert.deepEqual(Object.fromEntries(map), { a: 1, b: map.get("b") });
    const seen: unknown[] = [];
    map.forEach((value, key, itself) => seen.push(value, key, itself === map));
    assert.deepEqual(seen, [1, "a", true, map.get("b"), "b", true]);
    assert.equal(map.set("c", 1), map);
    assert.throws(() => map.set("f", () => {}), {
      message:
        "Cannot share the Map.f: it is a function; share its data only, and let each thread capture the function",
    });
    assert.throws(() => (map as Map<unknown, unknown>).set({}, 1), {
      name: "NotShareableError",
      message: /^Cannot share the key: it is an Object, /,
    });
  });

  it("an iteration sees what stays once, and what comes later, whatever is deleted meanwhile", () => {
    const map = shared(new Map(Array.from({ length: 100 }, (_, i) => [i, `value ${i}`])));
    const seen: number[] = [];
    for (const [key] of map) {
      seen.push(key);
      if (key < 100) {
        map.delete(key);
        map.set(key + 1000, "later");
      }
      map.delete(key + 1);
    }
    const first = seen.filter((key) => key < 100);
    assert.deepEqual(
      first,
      Array.from({ length: 50 }, (_, i) => i * 2),
    );
    assert.equal(new Set(seen).size, seen.length);
  });
});

describe("shared Set", () => {
  it("is a Set to the language", () => {
    const set = shared(new Set<unknown>([1, "two", "a longer member", Number.NaN]));
    assert.ok(set instanceof Set);
    assert.equal(set.add(1), set);
    assert.equal(set.size, 4);
    assert.ok(set.has(Number.NaN) && !set.has("1") && set.delete("two") && !set.delete("two"));
    assert.deepEqual([...set], [1, "a longer member", Number.NaN]);
    assert.deepEqual([...set.entries()][0], [1, 1]);
    assert.equal(inspect(set), "Set(3) { 1, 'a longer member', NaN }");
    set.clear();
    assert.equal(set.size, 0);
    assert.throws(() => set.add({}), { name: "NotShareableError" });
  });
});
