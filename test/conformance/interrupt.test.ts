// interrupt(): ends a thread's present blocking call, or its next one.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AtomicInt,
  currentThread,
  Event,
  InterruptedError,
  Lock,
  mainThread,
  sleep,
  sleepAsync,
  spawn,
  Thread,
} from "../../src/api/index.ts";
import { PATIENCE_MS, resultOf, untilState, untilWaiting } from "../support/threads.ts";

/** What a body makes of a call that is to be interrupted. */
function outcome(call: () => unknown): string {
  try {
    return `returned ${String(call())}`;
  } catch (error) {
    return (error as Error).name;
  }
}

test("Thread.interrupt() ends sleep(), acquire(), wait() and join() with InterruptedError, and nothing is held", () => {
  const lock = new Lock();
  const event = new Event();
  const go = new Event();
  const other = spawn(() => go.wait());
  lock.acquire();
  const threads = [
    spawn(() => outcome(() => sleep(60_000))),
    spawn(() => outcome(() => lock.acquire())),
    spawn(() => outcome(() => lock.acquire(60_000))),
    spawn(() => outcome(() => lock.with(() => "inside"))),
    spawn(() => outcome(() => event.wait())),
    spawn(() => outcome(() => event.wait(60_000))),
    spawn(() => outcome(() => other.join())),
    spawn(() => outcome(() => other.result(60_000))),
  ];
  for (const thread of threads) untilState(thread, "blocked");
  for (const thread of threads) thread.interrupt();
  for (const thread of threads) assert.equal(resultOf(thread), "InterruptedError");
  assert.equal(lock.statistics().waiting, 0);
  assert.equal(event.statistics().waiting, 0);
  lock.release();
  assert.equal(lock.acquire(false), true);
  lock.release();
  go.set();
  assert.equal(resultOf(other), true);
});

test("Thread.interrupt() of a thread that does not block ends its next blocking call, once", () => {
  const step = new AtomicInt();
  const thread = spawn(() => {
    step.store(1);
    while (step.load() === 1);
    const first = outcome(() => sleep(60_000));
    const second = outcome(() => sleep(1));
    return [first, second];
  });
  while (step.load() === 0) sleep(1);
  thread.interrupt();
  step.store(2);
  assert.deepEqual(resultOf(thread), ["InterruptedError", "returned undefined"]);
});

test("Thread.interrupt() before a carrier has the thread, and twice, ends one call", () => {
  const thread = new Thread({
    target: () => [outcome(() => sleep(60_000)), outcome(() => sleep(1))],
  }).start();
  thread.interrupt();
  thread.interrupt();
  const [first, second] = resultOf(thread);
  assert.equal(first, "InterruptedError");
  // The second interrupt() may have come before or after the first was served.
  assert.ok(["InterruptedError", "returned undefined"].includes(String(second)), String(second));
});

test("Thread.interrupt(reason): the reason is the error's cause, whole, and in its text", () => {
  const thread = spawn(() => {
    try {
      sleep(60_000);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  });
  untilState(thread, "blocked");
  thread.interrupt(new RangeError("the user went home"));
  const error = resultOf(thread);
  assert.ok(error instanceof InterruptedError);
  assert.equal(error.code, "ERR_HEDDLE_INTERRUPTED");
  assert.match(error.message, /^Cannot go on waiting in Thread-\d+: it was interrupted: the user went home$/);
  assert.ok(error.cause instanceof RangeError);
});

test("Thread.interrupt() that nobody catches ends the thread, finally blocks and all; result() throws it", () => {
  const lock = new Lock();
  const thread = spawn(() => lock.with(() => sleep(60_000)));
  untilState(thread, "blocked");
  thread.interrupt();
  assert.equal(thread.join(PATIENCE_MS), true);
  assert.ok(thread.exception instanceof InterruptedError);
  assert.equal(lock.acquire(false), true);
  lock.release();
});

test("Thread.interrupt() ends the Async calls of a thread too", () => {
  const event = new Event();
  const thread = spawn(async () => {
    const seen: string[] = [];
    for (const call of [() => event.waitAsync(), () => sleepAsync(60_000)]) {
      try {
        await call();
        seen.push("returned");
      } catch (error) {
        seen.push((error as Error).name);
      }
      event.set();
    }
    return seen;
  });
  untilWaiting(event, 1);
  thread.interrupt();
  while (!event.isSet()) sleep(1);
  untilState(thread, "blocked");
  thread.interrupt();
  assert.deepEqual(resultOf(thread), ["InterruptedError", "InterruptedError"]);
});

test("Thread.interrupt() of main by a thread ends main's blocking call", () => {
  const main = mainThread();
  const thread = spawn(() => {
    while (main.state !== "blocked") sleep(1);
    main.interrupt("wake up");
  });
  assert.throws(() => sleep(60_000), { name: "InterruptedError", cause: "wake up" });
  resultOf(thread);
});

test("Thread.interrupt() of oneself ends one's own next blocking call", () => {
  const thread = spawn(() => {
    currentThread().interrupt();
    return outcome(() => sleep(60_000));
  });
  assert.equal(resultOf(thread), "InterruptedError");
});

test("Thread.interrupt() of one that has ended does nothing; a thread on the same carrier is not hit by it", () => {
  const ended = spawn(() => 1);
  resultOf(ended);
  ended.interrupt();
  for (let i = 0; i < 5; i++)
    assert.equal(resultOf(spawn(() => outcome(() => sleep(1)))), "returned undefined");
  const unserved = spawn(() => {
    currentThread().interrupt(); // and never blocks
  });
  resultOf(unserved);
  for (let i = 0; i < 5; i++)
    assert.equal(resultOf(spawn(() => outcome(() => sleep(1)))), "returned undefined");
});

test("Thread.interrupt() racing with what the thread waits for: it returns or throws, and the lock is not lost", () => {
  const lock = new Lock();
  for (let round = 0; round < 50; round++) {
    lock.acquire();
    const thread = spawn(() => outcome(() => lock.with(() => "inside")));
    untilWaiting(lock, 1);
    if (round % 2 === 0) thread.interrupt();
    lock.release();
    thread.interrupt();
    assert.ok(["returned inside", "InterruptedError"].includes(resultOf(thread)));
    assert.equal(lock.acquire(5000), true);
    lock.release();
  }
});
