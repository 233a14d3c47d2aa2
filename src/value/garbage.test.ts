import assert from "node:assert/strict";
import { test } from "node:test";
import { collectGarbageNow, collectGarbage as collectThenTurn } from "../../test/support/census.ts";
import { until, untilSync } from "../../test/support/until.ts";
import { collectGarbage, countWeak, dropCollected, lookForGarbage, onGarbage } from "./garbage.ts";

/** Objects that are kept weakly, and the keys of those that went. */
class Weakly {
  readonly there = new Map<number, WeakRef<object>>();
  readonly gone: number[] = [];
  #next = 0;

  constructor() {
    onGarbage(() => dropCollected(this.there, (key) => this.gone.push(key)));
  }
  add(thing: object): void {
    this.there.set(this.#next++, new WeakRef(thing));
    countWeak();
  }
  addMany(count: number): void {
    for (let i = 0; i < count; i++) this.add({ i });
    lookForGarbage();
  }
}

test("garbage is found within one job of the event loop, and what is kept stays", () => {
  const weakly = new Weakly();
  const kept = { kept: true };
  weakly.add(kept);
  untilSync(
    () => {
      weakly.addMany(2_000);
      collectGarbageNow();
      return weakly.gone.length > 0;
    },
    { what: "the engine to collect some" },
  );
  assert.equal(weakly.there.get(0)?.deref(), kept);
  assert.equal(new Set(weakly.gone).size, weakly.gone.length, "each one once");
});

test("garbage is found when the event loop turns", async () => {
  const weakly = new Weakly();
  weakly.addMany(10);
  await until(
    async () => {
      await collectThenTurn();
      return weakly.gone.length === 10;
    },
    { what: "all of them to be found" },
  );
});

test("all garbage is found at once when it is asked for, in the middle of a job and of a promise's", async () => {
  for (let round = 0; round < 2; round++) {
    const weakly = new Weakly();
    const kept = { kept: true };
    weakly.add(kept);
    weakly.addMany(100);
    collectGarbage();
    assert.deepEqual([weakly.gone.length, weakly.there.size], [100, 1]);
    assert.equal(weakly.there.get(0)?.deref(), kept);
    await Promise.resolve();
  }
});

test("to end the engine's job runs nobody's microtasks", async () => {
  let ran = false;
  const later = Promise.resolve().then(() => (ran = true));
  collectGarbage();
  assert.equal(ran, false);
  assert.equal(await later, true);
});
