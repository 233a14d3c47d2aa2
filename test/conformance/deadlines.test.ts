// Deadlines are overall: useless wake-ups neither extend nor cut them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AtomicInt, Event, Lock, sleep, sleepAsync, spawn } from "../../src/api/index.ts";
import { eachWaiter, rouse } from "../../src/core/line.ts";
import { crew, resultOf, results } from "../support/threads.ts";
import { assertTook } from "./suites/timeouts.ts";

const WAIT_MS = 300;

/** Wakes everyone in every line, for nothing, again and again, while `body` runs. */
async function storm<T>(body: () => T | Promise<T>): Promise<T> {
  const stop = new AtomicInt();
  const rounds = new AtomicInt();
  const stormer = spawn(() => {
    while (stop.load() === 0) {
      eachWaiter(rouse);
      rounds.increment();
      sleep(1);
    }
  });
  while (rounds.load() === 0) sleep(1);
  try {
    return await body();
  } finally {
    stop.store(1);
    resultOf(stormer);
    assert.ok(rounds.load() > 10, "there was no storm");
  }
}

test("TS06 a storm of useless wake-ups does not move the deadline of any blocking call", async () => {
  const lock = new Lock();
  const event = new Event();
  const go = new Event();
  const other = spawn(() => go.wait());
  lock.acquire();
  const timed = await storm(() =>
    results(
      crew(4, (kind) => {
        const startedAt = performance.now();
        const got =
          kind === 0
            ? lock.acquire(WAIT_MS)
            : kind === 1
              ? event.wait(WAIT_MS)
              : kind === 2
                ? other.join(WAIT_MS)
                : sleep(WAIT_MS);
        return { got: got ?? false, ms: performance.now() - startedAt };
      }),
    ),
  );
  for (const { got, ms } of timed) {
    assert.equal(got, false);
    assertTook(ms, WAIT_MS);
  }
  lock.release();
  go.set();
  resultOf(other);
});

test("TS06 nor that of any Async call", async () => {
  const event = new Event();
  const holder = new Lock();
  holder.acquire();
  const startedAt = performance.now();
  const took = async (call: Promise<unknown>): Promise<{ value: unknown; ms: number }> => {
    const value = await call;
    return { value, ms: performance.now() - startedAt };
  };
  const timed = await storm(() =>
    Promise.all([
      took(event.waitAsync(WAIT_MS)),
      took(holder.acquireAsync(WAIT_MS)),
      took(sleepAsync(WAIT_MS)),
    ]),
  );
  for (const { value, ms } of timed) {
    assert.equal(value ?? false, false);
    assertTook(ms, WAIT_MS);
  }
  holder.release();
});
