// Queues whose producers and consumers are killed, in small: test/stress/queue.test.ts does it at length.
import assert from "node:assert/strict";
import { test } from "node:test";
import { killAtQueue } from "../support/queue-kills.ts";
import { queueKinds } from "../support/queues.ts";
import { Random } from "../support/random.ts";

for (const kind of queueKinds) {
  for (const maxsize of kind.full ? [0, 2] : [0]) {
    test(`${kind.name}(${maxsize}): 12 killed producers and consumers take their own item with them at most`, (t) => {
      const random = new Random();
      t.diagnostic(`HEDDLE_SEED=${random.seed}`);
      assert.doesNotThrow(() => killAtQueue(kind, 12, maxsize, random));
    });
  }
}
