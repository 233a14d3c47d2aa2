// Permits: a counter that never goes below 0, and one that refuses a release too many.
import assert from "node:assert/strict";
import { AtomicInt, Barrier, BoundedSemaphore, OverReleaseError, Semaphore, spawn } from "heddle";

const semaphore = new Semaphore();
semaphore.acquire(); // decrements the counter
assert.equal(semaphore.statistics().value, 0);
assert.equal(semaphore.acquire(10), false, "the counter is 0, and nobody releases: the wait times out");
semaphore.release(); // increments the counter
semaphore.release(); // a standard semaphore may be released more often than it was acquired
assert.equal(semaphore.statistics().value, 2);

// Up to 3 threads at a time.
const permits = new BoundedSemaphore(3);
const inside = new AtomicInt();
const most = new AtomicInt();
const three = new Barrier(3);

function visit(): void {
  permits.with(() => {
    const now = inside.increment();
    most.update((before) => Math.max(before, now));
    three.wait(); // goes on when three are inside
    inside.decrement();
  });
}

const visitors = Array.from({ length: 9 }, () => spawn(visit));
for (const visitor of visitors) visitor.join();
assert.equal(most.load(), 3);

// With the bound, a release too many is an error, and nothing has changed.
assert.throws(() => permits.release(), OverReleaseError);
assert.equal(permits.statistics().value, 3);
console.log(`9 threads, at most ${most.load()} at a time`);
