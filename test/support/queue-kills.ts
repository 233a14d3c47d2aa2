// Kills producers and consumers of a queue at random moments, then counts: each item was got once, but for those that the
// dead had in their hands.
import assert from "node:assert/strict";
import {
  AbandonedTaskError,
  AtomicInt,
  Queue,
  sharedArray,
  spawn,
  type Thread,
} from "../../src/api/index.ts";
import type { QueueKind } from "./queues.ts";
import type { Random } from "./random.ts";
import { PATIENCE_MS, results } from "./threads.ts";

/** The most that one producer puts. */
const RANGE = 4096;
const ALIVE = 2;
type Worker = Thread<[number], void> | Thread<[], void>;

/** Kills this many threads at a queue of that kind, and throws what went wrong. */
export function killAtQueue(kind: QueueKind, kills: number, maxsize: number, random: Random): void {
  const queue = kind.make(maxsize);
  const producers = kills + ALIVE;
  const seen = sharedArray(Int32Array, producers * RANGE);
  /** How many puts of each producer have returned. */
  const put = sharedArray(Int32Array, producers);
  const stop = new AtomicInt();
  const produce = (producer: number): void => {
    for (let i = 0; i < RANGE && stop.load() === 0; i++) {
      queue.put(producer * RANGE + i);
      Atomics.store(put, producer, i + 1);
    }
  };
  const consume = (): void => {
    for (const item of queue) {
      Atomics.add(seen, item, 1);
      if (queue instanceof Queue) queue.taskDone();
    }
  };
  const crews = { producers: [] as Worker[], consumers: [] as Worker[] };
  let hired = 0;
  const hire = (who: keyof typeof crews): void => {
    crews[who].push(who === "producers" ? spawn(produce, hired++) : spawn(consume));
  };
  for (let i = 0; i < ALIVE; i++) (["producers", "consumers"] as const).forEach(hire);
  let deadConsumers = 0;
  for (let i = 0; i < kills; i++) {
    const who = random.below(2) === 0 ? "producers" : "consumers";
    const victim = random.take(crews[who]);
    for (let turns = random.below(2e5); turns > 0; turns--) Math.imul(turns, turns);
    victim.terminate();
    assert.ok(victim.join(PATIENCE_MS), `${victim.name} was terminated and hangs`);
    if (who === "consumers") deadConsumers += 1;
    hire(who);
  }
  stop.store(1);
  results(crews.producers as Thread<[], void>[]);
  queue.shutdown();
  results(crews.consumers as Thread<[], void>[]);
  assert.equal(queue.qsize(), 0);
  assertCounted(seen, put, deadConsumers);
  if (queue instanceof Queue) assertJoinEnds(queue, deadConsumers);
}

function assertCounted(seen: Int32Array, put: Int32Array, deadConsumers: number): void {
  let lost = 0;
  for (const [producer, count] of put.entries()) {
    const own = seen.subarray(producer * RANGE, (producer + 1) * RANGE);
    assert.ok(
      own.every((times) => times <= 1),
      "an item was got twice",
    );
    // The one after the last put that returned may have gone in before its producer died.
    assert.ok(
      own.subarray(count + 1).every((times) => times === 0),
      "an item was got that was never put",
    );
    lost += own.subarray(0, count).filter((times) => times === 0).length;
  }
  assert.ok(lost <= deadConsumers, `${lost} items were lost with ${deadConsumers} consumers`);
}

/** It says that all is done, or that it never will be; it does not wait. */
function assertJoinEnds(queue: Queue<number>, deadConsumers: number): void {
  const { unfinished } = queue.statistics();
  assert.ok(unfinished <= deadConsumers, `${unfinished} unfinished with ${deadConsumers} dead consumers`);
  if (unfinished === 0) assert.equal(queue.join(PATIENCE_MS), true);
  else assert.throws(() => queue.join(PATIENCE_MS), AbandonedTaskError);
}
