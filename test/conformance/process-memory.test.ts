// Conformance: values and arrays between processes, and the memory behind handles (MP).
import assert from "node:assert/strict";
import { test } from "node:test";
import { Array as SharedNumbers, Lock, RawArray, RawValue, RLock, Value } from "heddle/multiprocessing";
import { ended, run } from "../support/processes.ts";

test("MP061 MP062 Value: what a child changes the parent sees, in each type", () => {
  const values = [
    new Value("i", -7),
    new Value("d", 3.25),
    new Value("h", -232),
    RawValue("c", "x"),
    new Value("b", 5),
  ];
  const big = new Value("q", -(2n ** 33n));
  const child = run(() => {
    const [i, d, h, c, b] = values as [Value<"i">, Value<"d">, Value<"h">, Value<"c">, Value<"b">];
    i.value = 42;
    d.value *= -2;
    h.value = 232;
    c.value = "y";
    b.value += 1;
    big.value -= 1n;
  });
  ended(child);
  assert.deepEqual(
    [...values.map((value) => value.value), big.value],
    [42, -6.5, 232, "y", 6, -(2n ** 33n) - 1n],
  );
});

test("MP063 MP068 Value, Array: their lock: a new one, one's own, none; something else is an error", () => {
  const own = new Lock();
  for (const make of [
    (lock: unknown) => new Value("i", 5, { lock: lock as Lock }),
    (lock: unknown) => new SharedNumbers("i", 5, { lock: lock as Lock }),
  ]) {
    assert.ok(make(undefined).getLock() instanceof RLock);
    assert.ok(make(null).getLock() instanceof RLock);
    assert.equal(make(own).getLock(), own);
    assert.throws(() => make(false).getLock(), TypeError);
    assert.throws(() => make("navalue"), TypeError);
  }
});

test("MP064 MP069 Value, Array: a bad typecode", () => {
  assert.throws(() => new Value("x" as "i"), /bad typecode "x"/);
  assert.throws(() => new SharedNumbers("y" as "i", 3), /bad typecode "y"/);
});

test("MP065 MP066 MP067 Array: length, elements, slices; zeros from a size; a child's changes are seen", () => {
  const numbers = new SharedNumbers("i", [680, 626, 934, 821, 150]);
  assert.deepEqual(
    [numbers.length, numbers[1], numbers.slice(2, 4), [...numbers.slice(-2)]],
    [5, 626, [934, 821], [821, 150]],
  );
  numbers.set(1, [1, 2]);
  const child = run(() => {
    for (let i = 1; i < numbers.length; i++) numbers[i] = (numbers[i] as number) + (numbers[i - 1] as number);
  });
  ended(child);
  assert.deepEqual([...numbers], [680, 681, 683, 1504, 1654]);
  assert.throws(() => numbers.get(5), RangeError);
  assert.throws(() => numbers.set(4, [1, 2]), RangeError);
  for (let i = 0; i < 3; i++) assert.deepEqual([...RawArray("d", 4)], [0, 0, 0, 0]);
});

test("MP125 MP126 MP127 Value and Array: changed by a child, with their locks and without; a copy is nobody else's", () => {
  const values = { x: new Value("i", 7), y: new Value("d", 1 / 3), q: new Value("q", 2n ** 33n) };
  const numbers = new SharedNumbers("d", [0, 1, 2, 3]);
  const text = new SharedNumbers("c", "hello");
  const copy = numbers.slice();
  ended(
    run(() => {
      for (const value of [values.x, values.y]) value.with(() => void (value.value *= 2));
      values.q.value *= 2n;
      numbers.getLock().with(() => {
        for (let i = 0; i < numbers.length; i++) numbers[i] = (numbers[i] as number) * 2;
      });
      text.set(0, ["j"]);
    }),
  );
  assert.deepEqual([values.x.value, values.y.value, values.q.value], [14, 2 / 3, 2n ** 34n]);
  assert.deepEqual([numbers.slice(), text.slice().join(""), copy], [[0, 2, 4, 6], "jello", [0, 1, 2, 3]]);
  copy[0] = 9;
  assert.equal(numbers[0], 0);
});
