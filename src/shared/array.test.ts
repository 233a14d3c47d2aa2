import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeapExhaustedError, sharedArray, spawn } from "../api/index.ts";
import { heapUse } from "../core/heap.ts";
import { handleCount } from "../value/handle.ts";
import { collectGarbage } from "../../test/support/census.ts";
import { resultOf } from "../../test/support/threads.ts";
import { until } from "../../test/support/until.ts";
import type { TypedArrayConstructor } from "./array.ts";

const NUMBERS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
] as const;
const BIGINTS = [BigInt64Array, BigUint64Array] as const;

describe("sharedArray", () => {
  for (const ctor of [...NUMBERS, ...BIGINTS]) {
    it(`sharedArray(${ctor.name}) is a real ${ctor.name} of zeros over shared memory`, () => {
      const array = sharedArray<TypedArrayConstructor>(ctor, 5);
      assert.ok(array instanceof ctor);
      assert.ok(array.buffer instanceof SharedArrayBuffer);
      assert.equal(array.length, 5);
      assert.deepEqual([...array].map(Number), [0, 0, 0, 0, 0]);
      assert.equal(array.byteOffset % ctor.BYTES_PER_ELEMENT, 0);
    });
  }

  for (const ctor of NUMBERS) {
    it(`sharedArray(${ctor.name}, values) holds them as ${ctor.name}.from() does`, () => {
      const values = [1, -1, 300, 2.5, Number.NaN];
      assert.deepEqual([...sharedArray(ctor, values)], [...ctor.from(values)]);
      assert.deepEqual([...sharedArray(ctor, new Set(values))], [...ctor.from(values)]);
      assert.deepEqual([...sharedArray(ctor, ctor.from(values))], [...ctor.from(values)]);
    });
  }

  it("sharedArray() of bigints holds 64 bits", () => {
    const array = sharedArray(BigInt64Array, [1n, -(2n ** 63n), 2n ** 63n - 1n]);
    assert.deepEqual([...array], [1n, -(2n ** 63n), 2n ** 63n - 1n]);
  });

  it("sharedArray() may be empty, and large", () => {
    assert.equal(sharedArray(Float64Array, 0).length, 0);
    const large = sharedArray(Float64Array, 1_000_000);
    large[999_999] = 1.5;
    assert.equal(large[999_999], 1.5);
  });

  it("sharedArray() is zeroed though the memory was used before", async () => {
    for (let i = 0; i < 50; i++) sharedArray(Int32Array, 100).fill(-1);
    await collectGarbage();
    for (let i = 0; i < 50; i++)
      assert.equal(
        sharedArray(Int32Array, 100).every((x) => x === 0),
        true,
      );
  });

  const bad: readonly [string, () => unknown, RegExp][] = [
    [
      "no constructor",
      () => sharedArray(Array as never, 5),
      /^TypeError: Cannot create sharedArray: Array is not/,
    ],
    [
      "null for one",
      () => sharedArray(null as never, 5),
      /^TypeError: Cannot create sharedArray: null is not/,
    ],
    ["a negative length", () => sharedArray(Int8Array, -1), /^RangeError: .* got -1$/],
    ["half an element", () => sharedArray(Int8Array, 1.5), /^RangeError: .* got 1.5$/],
    ["no length", () => sharedArray(Int8Array, undefined as never), /^TypeError: .*give a length or values/],
    ["a bigint for a number", () => sharedArray(Int8Array, [1n]), /TypeError/],
    ["a number for a bigint", () => sharedArray(BigInt64Array, [1]), /TypeError/],
  ];
  for (const [what, make, text] of bad) {
    it(`sharedArray() refuses ${what}, and leaves nothing behind`, () => {
      const { blocks } = heapUse();
      assert.throws(make, text);
      assert.equal(heapUse().blocks, blocks);
    });
  }

  it("sharedArray() that does not fit throws HeapExhaustedError with the sizes", () => {
    assert.throws(
      () => sharedArray(Float64Array, 2 ** 40),
      (error) =>
        error instanceof HeapExhaustedError &&
        /^Cannot allocate 8796\d{9} bytes of shared memory: \d+ of \d+ bytes are in use$/.test(error.message),
    );
  });

  it("sharedArray() is the same memory in a thread, and the same object again at home", () => {
    const array = sharedArray(Float64Array, [1, 2, 3]);
    const back = resultOf(
      spawn(() => {
        array[1] = 20;
        return { array, twice: array };
      }),
    );
    assert.equal(back.array, array);
    assert.equal(back.twice, array);
    assert.deepEqual([...array], [1, 20, 3]);
  });

  it("a sharedArray made in a thread outlives it", () => {
    const array = resultOf(spawn(() => sharedArray(Int32Array, [7, 8])));
    assert.deepEqual([...array], [7, 8]);
    array[0] = 9;
    assert.equal(resultOf(spawn(() => array[0])), 9);
  });

  it("subarray() keeps the whole array's memory", async () => {
    let part: Int32Array | undefined = sharedArray(Int32Array, 1000).fill(5).subarray(10, 20);
    await collectGarbage();
    for (let i = 0; i < 200; i++) sharedArray(Int32Array, 1000).fill(-1);
    assert.deepEqual([...part], Array(10).fill(5));
    part = undefined;
  });

  it("memory comes back when no thread can reach an array any more", async () => {
    await collectGarbage();
    const { usedBytes } = heapUse();
    const handles = handleCount();
    for (let i = 0; i < 300; i++) sharedArray(Float64Array, 1000);
    await until(
      async () => {
        await collectGarbage();
        return handleCount() <= handles && heapUse().usedBytes <= usedBytes + 8192;
      },
      { what: "300 arrays to be reclaimed" },
    );
    assert.ok(handleCount() <= handles);
  });
});
