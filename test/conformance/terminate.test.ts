// terminate(): ends a thread at once, wherever it is.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  activeCount,
  AtomicInt,
  currentThread,
  enumerate,
  Event,
  Lock,
  setExcepthook,
  sleep,
  sleepAsync,
  spawn,
  Thread,
  type ExceptHookInfo,
} from "../../src/api/index.ts";
import { crew, PATIENCE_MS, resultOf, results, untilState, untilWaiting } from "../support/threads.ts";
import { until, untilSync } from "../support/until.ts";

const told: ExceptHookInfo[] = [];
before(() => setExcepthook((info) => told.push(info)));
after(() => setExcepthook(null));

const terminated = { name: "ThreadTerminatedError", code: "ERR_HEDDLE_THREAD_TERMINATED" } as const;

function assertTerminated(thread: Thread<never[], unknown>): void {
  assert.equal(thread.join(PATIENCE_MS), true);
  assert.equal(thread.state, "terminated");
  assert.equal(thread.isAlive(), false);
  assert.ok(!enumerate().includes(thread as unknown as Thread));
  const message = `Cannot get the result of ${thread.name}: it was terminated`;
  assert.throws(() => thread.result(), { ...terminated, message });
  assert.equal((thread.exception as Error).name, "ThreadTerminatedError");
}

/** Starts a body and waits until it is where it should be. */
const victims: Record<string, () => Thread<never[], unknown>> = {
  "a busy loop": () => {
    const inside = new AtomicInt();
    const thread = spawn(() => {
      inside.store(1);
      for (;;);
    });
    untilSync(() => inside.load() === 1, { what: "the loop to run" });
    return thread;
  },
  "a loop of heddle calls": () => {
    const inside = new AtomicInt();
    const lock = new Lock();
    const thread = spawn(() => {
      for (;;) lock.with(() => inside.increment());
    });
    untilSync(() => inside.load() > 100, { what: "the loop to run" });
    return thread;
  },
  "sleep()": () => blocked(() => sleep(PATIENCE_MS)),
  "Event.wait()": () => {
    const event = new Event();
    return blocked(() => event.wait());
  },
  "a raw Atomics.wait": () => {
    const inside = new AtomicInt();
    const thread = spawn(() => {
      inside.store(1);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });
    untilSync(() => inside.load() === 1, { what: "it to be inside" });
    return thread;
  },
  "an async body that awaits": () => {
    const event = new Event();
    const thread = spawn(async () => {
      await event.waitAsync();
      await sleepAsync(PATIENCE_MS);
    });
    untilWaiting(event, 1);
    return thread;
  },
  "join() of another": () => {
    const event = new Event();
    return blocked(() => spawn(() => event.wait(500)).join());
  },
};

function blocked(body: () => unknown): Thread<never[], unknown> {
  const thread = spawn(body);
  untilState(thread, "blocked");
  return thread;
}

for (const [where, start] of Object.entries(victims)) {
  test(`Thread.terminate() ends ${where}, and nobody is told as of an error`, () => {
    const before = activeCount();
    told.length = 0;
    const thread = start();
    const startedAt = performance.now();
    thread.terminate();
    assertTerminated(thread);
    assert.ok(performance.now() - startedAt < 5000);
    assert.ok(activeCount() <= before + 1);
    assert.deepEqual(told, []);
    assert.equal(resultOf(spawn(() => "the next one runs")), "the next one runs");
  });
}

test("Thread.terminate() at once after start(): whether it was runnable or running, it ends", () => {
  for (let round = 0; round < 30; round++) {
    const thread = spawn(() => sleep(PATIENCE_MS));
    if (round % 3 === 1) sleep(round % 2);
    thread.terminate();
    assertTerminated(thread);
  }
});

test("Thread.terminate() of threads that no carrier has yet", () => {
  const go = new Event();
  const threads = crew(10, () => go.wait());
  for (const thread of threads) thread.terminate();
  for (const thread of threads) assertTerminated(thread as unknown as Thread<never[]>);
  assert.equal(go.statistics().waiting, 0);
});

test("Thread.terminate() does not run finally blocks, and what was held is abandoned", () => {
  const lock = new Lock();
  const ran = new AtomicInt();
  const thread = blocked(() => {
    lock.acquire();
    try {
      sleep(PATIENCE_MS);
    } finally {
      ran.store(1);
      lock.release();
    }
  });
  thread.terminate();
  assertTerminated(thread);
  assert.equal(ran.load(), 0);
  assert.throws(() => lock.acquire(), { name: "AbandonedLockError" });
});

test("Thread.terminate() wakes those who wait for its end, blocked and awaiting, in every thread", async () => {
  const event = new Event();
  const thread = new Thread({ name: "doomed", target: () => event.wait() }).start();
  untilState(thread, "blocked");
  const joiners = crew(3, () => thread.join());
  const caught = spawn(() => {
    try {
      return thread.result();
    } catch (error) {
      return (error as Error).name;
    }
  });
  for (const joiner of [...joiners, caught]) untilState(joiner as Thread, "blocked");
  const pending = thread.joinAsync();
  const failing = assert.rejects(thread.resultAsync(), terminated);
  thread.terminate();
  assert.equal(await pending, true);
  await failing;
  assert.deepEqual(results(joiners), [true, true, true]);
  assert.equal(resultOf(caught), "ThreadTerminatedError");
});

test("Thread.terminate() of one that has ended, and a second time, does nothing", () => {
  const ended = spawn(() => 5);
  resultOf(ended);
  ended.terminate();
  assert.equal(ended.result(), 5);
  const thread = blocked(() => sleep(PATIENCE_MS));
  thread.terminate();
  thread.terminate();
  assertTerminated(thread);
  thread.terminate();
});

test("Thread.terminate() by a thread, of its sibling and of itself", () => {
  const sibling = blocked(() => sleep(PATIENCE_MS));
  resultOf(spawn(() => sibling.terminate()));
  assertTerminated(sibling);
  const itself = spawn(() => {
    currentThread().terminate();
    sleep(PATIENCE_MS);
  });
  assertTerminated(itself);
});

test("Thread.terminate() of a parent leaves the threads that it started alone", () => {
  const go = new Event();
  const children = new Event();
  const parent = blocked(() => {
    spawn(() => {
      children.set();
      go.wait();
      children.clear();
    }).join();
  });
  children.wait();
  parent.terminate();
  assertTerminated(parent);
  untilWaiting(go, 1);
  go.set();
  untilSync(() => !children.isSet(), { what: "the child to go on" });
});

test("Thread.terminate(): an awaiting main sees the end by its event loop alone", async () => {
  const thread = blocked(() => sleep(PATIENCE_MS));
  thread.terminate();
  await until(() => thread.state === "terminated", { what: "the end" });
  assertTerminated(thread);
});
