// Memory of shared things is bounded however many there were. test/stress has the long version.
import assert from "node:assert/strict";
import { test } from "node:test";
import { heapStatistics, shared } from "../../src/api/index.ts";
import { churn } from "../support/shared-churn.ts";

test("50,000 shared things, circles among them, that come and go take no more memory than those that are there", () => {
  const { claimed, objects, used } = churn(50_000, 100);
  assert.ok(claimed < 16 * 2 ** 20, `${claimed} bytes more are claimed`);
  assert.ok(objects <= 1 + 2 * 100, `${objects} shared things are there`);
  assert.ok(used < 256 * 1024, `${used} bytes are in use`);
});

const MANY = 100_000;
/** Bytes that an array of this many elements may take: 8 each, and half as many again for those to come. */
const MOST_BYTES = MANY * 12 + 65_536;

for (const [name, value] of [
  ["numbers", (i: number) => i],
  ["strings", (i: number) => `a string that is held in a block ${i}`],
] as const) {
  test(`a shared array of ${name} that gets shorter gives its memory back, whatever way it does`, () => {
    const { usedBytes: before } = heapStatistics();
    const list = shared<unknown[]>([]);
    const ways = [
      () => void (list.length = 3),
      () => {
        while (list.length > 3) list.pop();
      },
      () => {
        for (let i = 3; i < MANY; i++) assert.equal(list[0] === list.shift(), true);
      },
    ];
    for (const way of ways) {
      for (let i = list.length; i < MANY; i++) list.push(value(i));
      assert.ok(heapStatistics().usedBytes - before > MANY * 8);
      way();
      assert.equal(list.length, 3);
      const left = heapStatistics().usedBytes - before;
      assert.ok(left < 16_384, `${left} bytes are in use`);
    }
    for (let i = 3; i < MANY; i++) list.push(i);
    for (let i = 0; i < MANY * 5; i++) list.push(list.shift());
    const used = heapStatistics().usedBytes - before;
    assert.ok(used < MOST_BYTES, `${used} bytes are in use`);
    assert.equal(list.length, MANY);
    list.length = 0;
  });
}
