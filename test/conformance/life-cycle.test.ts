// The states of a thread as another thread sees them.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AtomicInt,
  currentThread,
  dumpThreads,
  Event,
  Lock,
  sleep,
  sleepAsync,
  spawn,
  Thread,
} from "../../src/api/index.ts";
import { crew, resultOf, results, untilState, untilWaiting } from "../support/threads.ts";
import { untilSync } from "../support/until.ts";

test("Thread.state: new, then running, blocked and running again as it works, terminated at the end", () => {
  const go = new Event();
  const spin = new AtomicInt();
  const thread = new Thread({
    target: () => {
      spin.store(1);
      while (spin.load() === 1);
      go.wait();
      spin.store(3);
      while (spin.load() === 3);
    },
  });
  assert.equal(thread.state, "new");
  assert.equal(thread.waitingOn, undefined);
  thread.start();
  assert.ok(["runnable", "running"].includes(thread.state));
  untilSync(() => spin.load() === 1, { what: "the body to run" });
  assert.equal(thread.state, "running");
  assert.equal(thread.waitingOn, undefined);
  spin.store(2);
  untilState(thread, "blocked");
  go.set();
  untilSync(() => spin.load() === 3, { what: "the body to run again" });
  assert.equal(thread.state, "running");
  spin.store(4);
  assert.equal(thread.join(), true);
  assert.equal(thread.state, "terminated");
  assert.equal(thread.waitingOn, undefined);
});

test("Thread.state: runnable between start() and the first step, for a thread that no carrier has yet", () => {
  const go = new Event();
  // More than there are warm carriers: the last of them has to wait for one to boot.
  const threads = crew(12, () => go.wait());
  assert.ok(
    threads.some((thread) => thread.state === "runnable"),
    threads.map((thread) => thread.state).join(),
  );
  assert.ok(threads.every((thread) => thread.isAlive() && thread.ident !== undefined));
  for (const thread of threads) untilState(thread, "blocked");
  go.set();
  results(threads);
});

test("Thread.waitingOn tells in words what each kind of blocking call waits for", () => {
  const lock = new Lock({ name: "db" });
  const event = new Event({ name: "ready" });
  const go = new Event({ name: "go" });
  const other = new Thread({ name: "other", target: () => go.wait() }).start();
  lock.acquire();
  const threads = {
    lock: spawn(() => lock.with(() => {})),
    event: spawn(() => event.wait()),
    join: spawn(() => other.join()),
    sleep: spawn(() => sleep(60_000)),
    timed: spawn(() => event.wait(60_000)),
  };
  for (const thread of Object.values(threads)) untilState(thread as Thread, "blocked");
  assert.match(String(threads.lock.waitingOn), /^Lock 'db' held by MainThread/);
  assert.match(String(threads.event.waitingOn), /Event 'ready'/);
  assert.match(String(threads.timed.waitingOn), /Event 'ready'/);
  assert.match(String(threads.join.waitingOn), /other/);
  assert.match(String(threads.sleep.waitingOn), /sleep|time/);
  const dump = dumpThreads();
  assert.match(dump, /MainThread \(ident \d+\): running/);
  assert.match(dump, /holds Lock 'db'/);
  assert.match(dump, /blocked.*\n +waits for Lock 'db' held by MainThread/);
  for (const thread of Object.values(threads)) assert.ok(dump.includes(thread.name), dump);
  lock.release();
  event.set();
  go.set();
  threads.sleep.terminate();
  for (const thread of [threads.lock, threads.event, threads.join, threads.timed, other]) {
    resultOf(thread as Thread);
  }
  untilState(threads.sleep, "terminated");
});

test("Thread.state of an async body: blocked while it awaits heddle's Async calls, and waitingOn says on what", () => {
  const event = new Event({ name: "ready" });
  const thread = spawn(async () => {
    await event.waitAsync();
    return "done";
  });
  untilWaiting(event, 1);
  untilState(thread, "blocked");
  assert.match(String(thread.waitingOn), /Event 'ready'/);
  event.set();
  assert.equal(resultOf(thread), "done");
});

test("Thread.state, waitingOn and statistics() say the same in every thread that watches", () => {
  const event = new Event({ name: "ready" });
  const watched = new Thread({ name: "watched", target: () => event.wait() }).start();
  untilState(watched, "blocked");
  const seen = spawn(() => [watched.state, watched.waitingOn, watched.statistics()] as const);
  const [state, waitingOn, statistics] = resultOf(seen);
  assert.equal(state, "blocked");
  assert.equal(waitingOn, watched.waitingOn);
  assert.deepEqual(statistics, watched.statistics());
  assert.deepEqual(
    { ...statistics },
    { name: "watched", ident: watched.ident, daemon: false, state: "blocked", waitingOn },
  );
  assert.equal(Object.isFrozen(watched.statistics()), true);
  event.set();
  resultOf(watched);
});

test("a thread that holds a lock shows it in dumpThreads(), also while it is blocked in another call", () => {
  const lock = new Lock({ name: "files" });
  const event = new Event();
  const thread = new Thread({ name: "holder", target: () => lock.with(() => event.wait()) }).start();
  untilWaiting(event, 1);
  assert.match(dumpThreads(), /holder \(ident \d+\): blocked.*\n +waits for .*\n +holds Lock 'files'/);
  event.set();
  resultOf(thread);
  assert.doesNotMatch(dumpThreads(), /holder/);
});

test("an async body's value is its promise's value; several Async calls of a thread are pending at once", () => {
  const event = new Event();
  const never = new Event();
  const lock = new Lock();
  const thread = spawn(async () => {
    const [set, late] = await Promise.all([event.waitAsync(), never.waitAsync(10), sleepAsync(5)]);
    await using _ = await lock.holdAsync();
    await Promise.resolve();
    return [set, late, lock.locked(), currentThread().name];
  });
  untilWaiting(event, 1);
  event.set();
  assert.deepEqual(resultOf(thread), [true, false, true, thread.name]);
  assert.equal(lock.locked(), false);
});

test("an async body whose locks are still held when it ends abandons them", () => {
  const lock = new Lock();
  resultOf(
    spawn(async () => {
      await lock.acquireAsync();
    }),
  );
  assert.throws(() => lock.acquire(), { name: "AbandonedLockError" });
  assert.equal(lock.recover(), true);
  lock.release();
});

test("what a body left pending when it ended waits in no line", () => {
  const event = new Event();
  const lock = new Lock();
  lock.acquire();
  resultOf(
    spawn(async () => {
      void event.waitAsync();
      void lock.acquireAsync();
      await Promise.resolve();
    }),
  );
  assert.equal(event.statistics().waiting, 0);
  assert.equal(lock.statistics().waiting, 0);
  lock.release();
  assert.equal(lock.locked(), false);
});
