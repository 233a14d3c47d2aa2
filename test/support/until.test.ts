import assert from "node:assert/strict";
import { test } from "node:test";
import { until, untilSync } from "./until.ts";

test("until() resolves with the first truthy value", async () => {
  let asked = 0;
  assert.equal(await until(() => (++asked === 3 ? "third" : undefined), { what: "the third" }), "third");
  assert.equal(asked, 3);
});

test("until() rejects at the deadline and says what did not come", async () => {
  await assert.rejects(
    until(() => false, { what: "godot", deadlineMs: 5 }),
    /^Error: Cannot wait any longer for godot: it was not so within 5 ms$/,
  );
});

test("until() passes on at once what the predicate throws", async () => {
  await assert.rejects(
    until(
      () => {
        throw new RangeError("broken");
      },
      { what: "nothing" },
    ),
    RangeError,
  );
});

test("untilSync() blocks until the predicate holds, and throws at the deadline", () => {
  let asked = 0;
  assert.equal(
    untilSync(() => ++asked > 2, { what: "three" }),
    true,
  );
  assert.throws(() => untilSync(() => false, { what: "godot", deadlineMs: 5 }), /godot/);
});
