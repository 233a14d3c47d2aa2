// The ways to take a lock.
import assert from "node:assert/strict";
import { Lock, NotOwnerError, spawn } from "heddle";

const lock = new Lock({ name: "db" });

// acquire and release, with finally: a lock left held would let everyone wait for ever.
lock.acquire();
try {
  assert.equal(lock.locked(), true);
} finally {
  lock.release();
}

// Python's `with lock:` as a call, which returns what the body returns...
assert.equal(
  lock.with(() => 42),
  42,
);
assert.equal(lock.locked(), false);

// ... and as a scope: released where the block ends, also when it throws.
assert.throws(() => {
  using held = lock.hold();
  assert.equal(lock.locked(), true, held.constructor.name);
  throw new Error("the body failed");
}, /the body failed/);
assert.equal(lock.locked(), false);

// Try: true when it was free, false at once when it was not.
if (lock.acquire(false)) {
  const elsewhere = spawn(() => lock.tryAcquire());
  assert.equal(elsewhere.result(), false, "another thread found it taken");
  lock.release();
} else {
  assert.fail("nobody else holds it");
}

// At most so long: in milliseconds.
lock.acquire();
assert.equal(spawn(() => lock.acquire(true, 20)).result(), false);

// Only the thread that locked it can unlock it.
const thief = spawn(() => {
  try {
    lock.release();
    return "released";
  } catch (error) {
    return error instanceof NotOwnerError ? error.message : "another error";
  }
});
assert.match(thief.result(), /^Cannot release Lock 'db'/);
console.log(thief.result());
lock.release();

// Without blocking the thread: for code that lives in an event loop.
await lock.acquireAsync();
lock.release();
await lock.withAsync(async () => {
  await Promise.resolve();
  assert.equal(lock.locked(), true);
});
assert.equal(lock.locked(), false);
console.log(`done with ${lock.toString()}`);
