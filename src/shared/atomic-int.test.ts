import assert from "node:assert/strict";
import { inspect } from "node:util";
import { describe, it } from "node:test";
import { AtomicBigInt, AtomicInt, spawn } from "../api/index.ts";
import { crew, resultOf, results } from "../../test/support/threads.ts";

describe("AtomicInt", () => {
  it("starts at 0 or at its argument", () => {
    assert.equal(new AtomicInt().load(), 0);
    assert.equal(new AtomicInt(-5).load(), -5);
  });

  it("operations return the old value, as Atomics does", () => {
    const n = new AtomicInt(12);
    assert.equal(n.add(3), 12);
    assert.equal(n.sub(5), 15);
    assert.equal(n.and(6), 10);
    assert.equal(n.or(9), 2);
    assert.equal(n.xor(3), 11);
    assert.equal(n.exchange(1), 8);
    assert.equal(n.compareExchange(2, 5), 1);
    assert.equal(n.compareExchange(1, 5), 1);
    assert.equal(n.load(), 5);
    n.store(-1);
    assert.equal(n.load(), -1);
  });

  it("increment(), decrement() and update() return the new value", () => {
    const n = new AtomicInt(5);
    assert.deepEqual([n.increment(), n.increment(), n.decrement()], [6, 7, 6]);
    assert.equal(
      n.update((x) => x * 7),
      42,
    );
    assert.equal(n.load(), 42);
  });

  it("wraps around at its ends", () => {
    const n = new AtomicInt(2 ** 31 - 1);
    assert.equal(n.increment(), -(2 ** 31));
    assert.equal(n.decrement(), 2 ** 31 - 1);
    assert.equal(n.add(1), 2 ** 31 - 1);
    assert.equal(n.sub(-(2 ** 31)), -(2 ** 31));
    assert.equal(n.load(), 0);
  });

  for (const value of [1.5, Number.NaN, Infinity]) {
    it(`refuses ${value}, and changes nothing`, () => {
      const n = new AtomicInt(3);
      for (const call of [
        () => n.store(value),
        () => n.add(value),
        () => n.update(() => value),
        () => new AtomicInt(value),
      ]) {
        assert.throws(call, /^RangeError: Cannot change AtomicInt: the value must be an integer/);
      }
      assert.equal(n.load(), 3);
    });
  }

  for (const value of ["1", 1n, null, {}]) {
    it(`refuses ${inspect(value)}`, () => {
      assert.throws(
        () => new AtomicInt(1).add(value as never),
        /^TypeError: Cannot change AtomicInt: the value must be a number/,
      );
    });
  }

  it("update() passes on what its function throws, and changes nothing", () => {
    const n = new AtomicInt(3);
    assert.throws(
      () =>
        n.update(() => {
          throw new SyntaxError("no");
        }),
      SyntaxError,
    );
    assert.equal(n.load(), 3);
  });

  it("loses no change of any thread", () => {
    const n = new AtomicInt();
    const max = new AtomicInt();
    results(
      crew(4, (index) => {
        for (let i = 0; i < 10_000; i++) {
          n.increment();
          if (i % 100 === 0) max.update((x) => Math.max(x, index * 10_000 + i));
        }
        for (let i = 0; i < 5000; i++) n.decrement();
      }),
    );
    assert.equal(n.load(), 20_000);
    assert.equal(max.load(), 39_900);
  });

  it("is the same object again when it comes back", () => {
    const n = new AtomicInt(1);
    assert.equal(resultOf(spawn(() => (n.increment(), n))), n);
    assert.equal(n.load(), 2);
  });

  it("shows its value", () => {
    const n = new AtomicInt(7);
    assert.equal(String(n), "<AtomicInt 7>");
    assert.match(inspect(n), /AtomicInt.*7/);
    assert.deepEqual({ ...n.statistics() }, { value: 7 });
  });
});

describe("AtomicBigInt", () => {
  it("operations return the old value", () => {
    const n = new AtomicBigInt(2n ** 40n);
    assert.equal(n.add(1n), 2n ** 40n);
    assert.equal(n.sub(2n), 2n ** 40n + 1n);
    assert.equal(n.exchange(12n), 2n ** 40n - 1n);
    assert.equal(n.and(6n), 12n);
    assert.equal(n.or(3n), 4n);
    assert.equal(n.xor(1n), 7n);
    assert.equal(n.compareExchange(0n, 1n), 6n);
    assert.equal(n.compareExchange(6n, 1n), 6n);
    assert.equal(n.load(), 1n);
  });

  it("wraps around at its ends", () => {
    const n = new AtomicBigInt(2n ** 63n - 1n);
    assert.equal(n.increment(), -(2n ** 63n));
    assert.equal(n.decrement(), 2n ** 63n - 1n);
    n.store(2n ** 64n + 5n);
    assert.equal(n.load(), 5n);
  });

  it("refuses numbers", () => {
    assert.throws(
      () => new AtomicBigInt(5 as never),
      /^TypeError: Cannot change AtomicBigInt: the value must be a bigint/,
    );
    assert.throws(() => new AtomicBigInt().add(1 as never), TypeError);
  });

  it("loses no change of any thread, above 32 bits, too", () => {
    const n = new AtomicBigInt();
    results(
      crew(4, () => {
        for (let i = 0; i < 5000; i++) n.add(2n ** 33n + 1n);
      }),
    );
    assert.equal(n.load(), 20_000n * (2n ** 33n + 1n));
    assert.equal(
      n.update((x) => x >> 33n),
      20_000n,
    );
  });

  it("shows its value", () => {
    assert.equal(String(new AtomicBigInt(7n)), "<AtomicBigInt 7>");
  });
});
