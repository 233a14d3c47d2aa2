import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { store, take } from "./message.ts";

const anything = fc.anything({
  maxDepth: 4,
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withBoxedValues: true,
  withUnicodeString: true,
});

/** Values that the comparison itself can tell apart: it takes two invalid dates for different. */
function hasInvalidDate(value: unknown): boolean {
  if (value instanceof Date) return Number.isNaN(value.getTime());
  if (value instanceof Map || value instanceof Set)
    return [...(value as Iterable<unknown>)].some(hasInvalidDate);
  return typeof value === "object" && value !== null && Object.values(value).some(hasInvalidDate);
}

test("store() and take() keep any value", () => {
  fc.assert(
    fc.property(anything, (value) => {
      fc.pre(!hasInvalidDate(value));
      assert.deepStrictEqual(take(store(value, "the value")), value);
    }),
    { numRuns: 2000 },
  );
});

test("store() and take() keep any graph of objects", () => {
  const edges = fc.array(fc.tuple(fc.nat(19), fc.nat(19), fc.string()), { maxLength: 60 });
  fc.assert(
    fc.property(edges, (list) => {
      const nodes = Array.from({ length: 20 }, (_, id) => ({ id, to: new Map<string, object>() }));
      for (const [from, to, label] of list) nodes[from]?.to.set(label, nodes[to] as object);
      const result = take(store(nodes, "the graph")) as typeof nodes;
      for (const [from, node] of nodes.entries()) {
        for (const [label, target] of node.to) {
          assert.equal(result[from]?.to.get(label), result[nodes.indexOf(target as (typeof nodes)[0])]);
        }
      }
    }),
  );
});

test("store() and take() keep any text", () => {
  const text = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));
  fc.assert(fc.property(text, (value) => assert.equal(take(store(value, "the text")), value)));
});
