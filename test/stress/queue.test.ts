// Queues at length: 100,000 histories each, kills, ten million items. HEDDLE_SEED repeats what chance decides.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sharedArray, spawn } from "../../src/api/index.ts";
import { checkHistories } from "../support/queue-histories.ts";
import { killAtQueue } from "../support/queue-kills.ts";
import { queueKinds } from "../support/queues.ts";
import { Random } from "../support/random.ts";

const HISTORIES = 100_000;
const BATCH = 500;
const ITEMS = 10_000_000;
const SIDE = 4;
/** Much longer than a test waits elsewhere. */
const LONG_MS = 900_000;

for (const kind of queueKinds) {
  test(`${kind.name}: 100,000 histories of three threads are linearizable`, async (t) => {
    const { seed } = new Random();
    t.diagnostic(`HEDDLE_SEED=${seed}`);
    let met = 0;
    for (let batch = 0; batch < HISTORIES / BATCH; batch++) {
      assert.doesNotThrow(() => (met += checkHistories(kind, BATCH, seed + batch)));
      await new Promise((resolve) => setImmediate(resolve)); // finalizers
    }
    t.diagnostic(`in ${met} of them calls of different threads met`);
  });

  test(`${kind.name}: 600 killed producers and consumers take their own item with them at most`, (t) => {
    const random = new Random();
    t.diagnostic(`HEDDLE_SEED=${random.seed}`);
    for (let run = 0; run < 6; run++)
      assert.doesNotThrow(() => killAtQueue(kind, 100, run % 3, random), `HEDDLE_SEED=${random.seed}`);
  });

  test(`${kind.name}: ten million items through 4 producers and 4 consumers, none lost or doubled`, () => {
    const queue = kind.make(1000);
    const seen = sharedArray(Uint8Array, ITEMS);
    const consumers = Array.from({ length: SIDE }, () =>
      spawn(() => {
        let count = 0;
        for (const item of queue) {
          Atomics.add(seen, item, 1);
          count += 1;
        }
        return count;
      }),
    );
    const producers = Array.from({ length: SIDE }, (_, p) =>
      spawn(() => {
        for (let item = p; item < ITEMS; item += SIDE) queue.put(item);
      }),
    );
    for (const producer of producers) assert.ok(producer.join(LONG_MS));
    queue.shutdown();
    const counts = consumers.map((consumer) => consumer.join(LONG_MS) && consumer.result());
    assert.equal(
      counts.reduce((sum: number, count) => sum + Number(count), 0),
      ITEMS,
    );
    assert.ok(seen.every((times) => times === 1));
  });
}
