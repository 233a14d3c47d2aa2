import assert from "node:assert/strict";
import { test } from "node:test";
import { Lock, spawn } from "../../src/api/index.ts";
import { resultOf } from "../support/threads.ts";
import { death } from "./suites/death.ts";
import { exclusion } from "./suites/exclusion.ts";
import type { LockFactory } from "./suites/lock-like.ts";
import { ownership } from "./suites/ownership.ts";
import { text } from "./suites/text.ts";
import { timeouts } from "./suites/timeouts.ts";

const checked: LockFactory = {
  kind: "Lock",
  make: (options) => new Lock(options),
  owned: true,
  reentrant: false,
};
const unchecked: LockFactory = {
  kind: "Lock({ ownerChecked: false })",
  make: (options) => new Lock({ ...options, ownerChecked: false }),
  owned: false,
  reentrant: false,
};

for (const factory of [checked, unchecked]) {
  exclusion(factory);
  timeouts(factory);
  ownership(factory);
  text(factory);
}
death({ ...checked, make: (options) => new Lock(options) });

test("LK02 TH04 Lock: the constructor refuses whatever is no options object", () => {
  for (const argument of [1, "db", true, null, Symbol("x"), 5n]) {
    assert.throws(() => new Lock(argument as never), { name: "TypeError", message: /^Cannot create Lock: / });
  }
  assert.throws(() => new Lock({ blocking: true } as never), { name: "TypeError", message: /"blocking"/ });
});

test("TH05 Lock: cannot be subclassed", () => {
  class Special extends Lock {}
  assert.throws(() => new Special(), { name: "TypeError", message: /^Cannot subclass Lock: / });
});

test("LK13 Lock: can be weakly referenced", () => {
  const lock = new Lock();
  assert.equal(new WeakRef(lock).deref(), lock);
});

test("Lock.statistics() names the owner by ident and says when nobody has it", () => {
  const lock = new Lock({ name: "db" });
  const free = { name: "db", locked: false, owner: undefined, waiting: 0, abandoned: false };
  assert.deepEqual(lock.statistics(), free);
  const thread = spawn(() => lock.with(() => lock.statistics()));
  assert.deepEqual(resultOf(thread), { ...free, locked: true, owner: thread.ident });
  assert.deepEqual(lock.statistics(), free);
});
