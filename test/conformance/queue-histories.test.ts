// Whatever three threads are answered, one thread doing the same calls one after the other could have been.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkHistories } from "../support/queue-histories.ts";
import { queueKinds } from "../support/queues.ts";
import { Random } from "../support/random.ts";

for (const kind of queueKinds) {
  test(`${kind.name}: 1,000 histories of three threads are linearizable`, (t) => {
    const { seed } = new Random();
    t.diagnostic(`HEDDLE_SEED=${seed}`);
    assert.doesNotThrow(() => {
      t.diagnostic(`in ${checkHistories(kind, 1000, seed)} of them calls of different threads met`);
    });
  });
}
