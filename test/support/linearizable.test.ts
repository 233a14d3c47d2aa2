// The checker is checked: it takes what is right in some order, and refuses what is right in none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linearize, type Operation, type Sequential } from "./linearizable.ts";

/** `+1` puts 1; `-1` got 1; `-0` found nothing. */
const fifo: Sequential<string, string> = {
  initial: "",
  step: (state, call) => {
    const item = call.slice(1);
    if (call.startsWith("+")) return state + item;
    if (item === "0") return state === "" ? state : undefined;
    return state.startsWith(item) ? state.slice(1) : undefined;
  },
  key: (state) => state,
};
const at = (begun: number, ended: number, call: string): Operation<string> => ({ begun, ended, call });

test("linearize() finds the order of calls that overlap", () => {
  assert.deepEqual(
    linearize([at(1, 6, "+1"), at(2, 5, "+2"), at(7, 8, "-2"), at(9, 10, "-1")], fifo),
    [1, 0, 2, 3],
  );
  assert.deepEqual(linearize([at(1, 4, "+1"), at(2, 3, "-0"), at(5, 6, "-1")], fifo), [1, 0, 2]);
  assert.deepEqual(linearize([], fifo), []);
});

test("linearize() refuses what no order makes right", () => {
  const wrong: Readonly<Record<string, Operation<string>[]>> = {
    "an item got twice": [at(1, 2, "+1"), at(3, 6, "-1"), at(4, 5, "-1")],
    "an item from nowhere": [at(1, 2, "-1")],
    "another order": [at(1, 2, "+1"), at(3, 4, "+2"), at(5, 6, "-2"), at(7, 8, "-1")],
    "nothing found beside an item": [at(1, 2, "+1"), at(3, 4, "-0")],
    "got before it was put": [at(1, 2, "-1"), at(3, 4, "+1")],
  };
  for (const [what, history] of Object.entries(wrong))
    assert.equal(linearize(history, fifo), undefined, what);
});
