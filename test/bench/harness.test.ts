import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { atMost, compete, median, percentile, timesFaster } from "../../bench/harness.ts";

describe("percentile()", () => {
  it("lies between its neighbours", () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.equal(percentile([1, 2, 3, 4, 5], 0.99), 4.96);
    assert.ok(Number.isNaN(median([])));
  });
});

describe("compete()", () => {
  it("lets another contestant begin each round", async () => {
    const order: string[] = [];
    const contestant = (name: string): { name: string; run: () => number } => ({
      name,
      run: () => order.push(name),
    });
    const measures = await compete([contestant("a"), contestant("b")], 2);
    assert.deepEqual(order, ["a", "b", "b", "a"]);
    assert.deepEqual(measures, [
      { name: "a", value: 2.5 },
      { name: "b", value: 2.5 },
    ]);
  });
});

describe("targets", () => {
  const measures = [
    { name: "heddle", value: 10 },
    { name: "slow", value: 40 },
  ];
  it("compare heddle's figure with a contestant's", () => {
    assert.deepEqual(atMost(0.2, "slow", measures, "t"), [
      { text: "t", observed: 0.25, limit: 0.2, passed: false },
    ]);
    assert.deepEqual(timesFaster(4, "slow", measures, "t"), [
      { text: "t", observed: 4, limit: 4, passed: true },
    ]);
  });
  it("say nothing about a contestant that is absent", () => {
    assert.deepEqual(atMost(1, "absent", measures, "t"), []);
  });
});
