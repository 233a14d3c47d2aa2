// Queues whose producers and consumers are killed, in small: test/stress/queue.test.ts does it at length.
import assert from "node:assert/strict";
import { test } from "node:test";
import { spawn } from "../../src/api/index.ts";
import { heapUse } from "../../src/core/heap.ts";
import { killAtQueue } from "../support/queue-kills.ts";
import { queueKinds } from "../support/queues.ts";
import { Random } from "../support/random.ts";
import { PATIENCE_MS, untilWaiting } from "../support/threads.ts";
import { untilSync } from "../support/until.ts";

for (const kind of queueKinds) {
  test(`${kind.name}: a consumer that is killed while it reads a large item leaves no memory behind`, () => {
    const queue = kind.make<readonly unknown[]>();
    const large = [1, Array.from({ length: 100_000 }, (_, n) => ({ n, text: "weft" }))];
    queue.put(large);
    const bytes = heapUse().usedBytes;
    queue.get();
    const before = heapUse().usedBytes;
    const size = bytes - before;
    for (let i = 0; i < 5; i++) {
      const victim = spawn(() => void queue.get());
      untilWaiting(queue, 1);
      queue.put(large);
      untilSync(() => queue.qsize() === 0, { what: "the item to be taken" });
      victim.terminate();
      assert.ok(victim.join(PATIENCE_MS));
    }
    untilSync(() => heapUse().usedBytes < before + size, { what: `five items of ${size} bytes to be freed` });
  });

  for (const maxsize of kind.full ? [0, 2] : [0]) {
    test(`${kind.name}(${maxsize}): 12 killed producers and consumers take their own item with them at most`, (t) => {
      const random = new Random();
      t.diagnostic(`HEDDLE_SEED=${random.seed}`);
      assert.doesNotThrow(() => killAtQueue(kind, 12, maxsize, random));
    });
  }
}
