// The notes' program: one thread puts items into a queue, another one takes them out and says that each is done, and
// join() waits until all are.
import assert from "node:assert/strict";
import { AtomicInt, Queue, Thread } from "heddle";

const ITEMS = 10;
const queue = new Queue<{ id: number; text: string }>(3);
const finished = new AtomicInt();

function producer(): void {
  for (let id = 1; id <= ITEMS; id++) queue.put({ id, text: `item ${id}` });
}

function consumer(): void {
  let last = 0;
  for (const { id, text } of queue) {
    assert.equal(id, last + 1, "first in, first out");
    last = id;
    console.log(`consumed ${text}`);
    finished.increment();
    queue.taskDone();
  }
}

const t1 = new Thread({ target: producer });
const t2 = new Thread({ target: consumer });
t1.start();
t2.start();
t1.join();
queue.join();
assert.equal(finished.load(), ITEMS, "join() waits for every taskDone()");
queue.shutdown(); // ends the consumer's loop
t2.join();
assert.equal(t2.exception, undefined);
assert.ok(queue.empty());
console.log(`${finished.load()} items, all done`);
