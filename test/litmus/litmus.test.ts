// What two threads may see of each other's reads and writes; the rules are in docs/memory.md.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Lock } from "../../src/api/index.ts";
import { type Litmus, race, table, xAt, yAt } from "./litmus.ts";

const ROUNDS = 100_000;
const AT_MOST_MS = 1_500;

const TESTS: readonly Litmus[] = [
  {
    name: "store buffering, plain",
    left: ({ plain }, i) => {
      plain[xAt(i)] = 1;
      return plain[yAt(i)]!;
    },
    right: ({ plain }, i) => {
      plain[yAt(i)] = 1;
      return plain[xAt(i)]!;
    },
    outcomes: { "0 1": "accepted", "1 0": "accepted", "1 1": "accepted", "0 0": "interesting" },
  },
  {
    name: "store buffering, AtomicInt",
    left: ({ x, y }, i) => {
      x[i]!.store(1);
      return y[i]!.load();
    },
    right: ({ x, y }, i) => {
      y[i]!.store(1);
      return x[i]!.load();
    },
    outcomes: { "0 1": "accepted", "1 0": "accepted", "1 1": "accepted", "0 0": "forbidden" },
  },
  {
    name: "message passing, plain flag",
    left: ({ plain }, i) => {
      plain[xAt(i)] = 1;
      plain[yAt(i)] = 1;
      return 0;
    },
    right: ({ plain }, i) => {
      const flag = plain[yAt(i)]!;
      return flag * 10 + plain[xAt(i)]!;
    },
    outcomes: { "0 0": "accepted", "0 1": "accepted", "0 11": "accepted", "0 10": "interesting" },
  },
  {
    name: "message passing, published by AtomicInt",
    left: ({ plain, y }, i) => {
      plain[xAt(i)] = 1;
      y[i]!.store(1);
      return 0;
    },
    right: ({ plain, y }, i) => {
      const flag = y[i]!.load();
      return flag * 10 + plain[xAt(i)]!;
    },
    outcomes: { "0 0": "accepted", "0 1": "accepted", "0 11": "accepted", "0 10": "forbidden" },
  },
  {
    name: "lost update, plain",
    left: ({ plain }, i) => {
      plain[xAt(i)]! += 1;
      return 0;
    },
    right: ({ plain }, i) => {
      plain[xAt(i)]! += 1;
      return 0;
    },
    after: ({ plain }, i) => plain[xAt(i)]!,
    outcomes: { "0 0 2": "accepted", "0 0 1": "interesting" },
  },
  {
    name: "lost update, AtomicInt",
    left: ({ x }, i) => {
      x[i]!.add(1);
      return 0;
    },
    right: ({ x }, i) => {
      x[i]!.add(1);
      return 0;
    },
    after: ({ x }, i) => x[i]!.load(),
    outcomes: { "0 0 2": "accepted", "0 0 1": "forbidden" },
  },
  {
    name: "lost update, under a Lock",
    left: ({ plain, lock }, i) => {
      lock.acquire();
      plain[xAt(i)]! += 1;
      lock.release();
      return 0;
    },
    right: ({ plain, lock }, i) => {
      lock.acquire();
      plain[xAt(i)]! += 1;
      lock.release();
      return 0;
    },
    after: ({ plain }, i) => plain[xAt(i)]!,
    outcomes: { "0 0 2": "accepted", "0 0 1": "forbidden" },
  },
  {
    name: "one winner, compareExchange",
    left: ({ x }, i) => x[i]!.compareExchange(0, 1),
    right: ({ x }, i) => x[i]!.compareExchange(0, 2),
    after: ({ x }, i) => x[i]!.load(),
    outcomes: { "0 1 1": "accepted", "2 0 2": "accepted", "0 0 1": "forbidden", "0 0 2": "forbidden" },
  },
  {
    name: "one word is read twice",
    left: ({ plain }, i) => {
      plain[xAt(i)] = 1;
      return 0;
    },
    right: ({ plain }, i) => {
      const first = plain[xAt(i)]!;
      return first * 10 + plain[xAt(i)]!;
    },
    outcomes: { "0 0": "accepted", "0 1": "accepted", "0 11": "accepted", "0 10": "interesting" },
  },
  {
    name: "a float is whole",
    left: ({ float }, i) => {
      float[i] = -1.5e300;
      return 0;
    },
    right: ({ float }, i) => {
      const seen = float[i]!;
      return seen === 0 ? 0 : seen === -1.5e300 ? 1 : 2;
    },
    outcomes: { "0 0": "accepted", "0 1": "accepted", "0 2": "forbidden" },
  },
];

describe("litmus", () => {
  for (const litmus of TESTS) {
    it(litmus.name, (t) => {
      const tally = race(litmus, new Lock(), ROUNDS, AT_MOST_MS);
      for (const line of table(litmus, tally).split("\n")) t.diagnostic(line);
      assert.ok(tally.rounds > 0);
      assert.deepEqual(tally.forbidden, [], table(litmus, tally));
    });
  }
});
