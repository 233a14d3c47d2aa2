// Conformance: locks, events, conditions and barriers between processes (MP).
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AbandonedLockError,
  BrokenBarrierError,
  NotOwnerError,
  OverReleaseError,
  sleep,
  spawn,
} from "heddle";
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Lock,
  Queue,
  RawArray,
  RLock,
  Semaphore,
  Value,
} from "heddle/multiprocessing";
import { ended, PATIENCE_MS, run } from "../support/processes.ts";
import { untilSync } from "../support/until.ts";

test("MP030 MP031 MP036 Lock: acquire, try, release; its text; a second release is an error; a scope", () => {
  const lock = new Lock({ name: "db" });
  assert.match(String(lock), /^<Lock 'db' free, 0 waiting>$/);
  assert.equal(lock.acquire(), true);
  assert.match(String(lock), /^<Lock 'db' held by thread 1 of process r, 0 waiting>$/);
  assert.equal(lock.acquire(false), false);
  assert.equal(lock.tryAcquire(), false);
  assert.equal(lock.acquire(true, 1), false);
  lock.release();
  assert.throws(() => lock.release(), NotOwnerError);
  assert.equal(
    lock.with(() => lock.locked()),
    true,
  );
  assert.equal(lock.locked(), false);
});

test("MP032 MP035 Lock, RLock: held by a child is held for the parent", () => {
  for (const lock of [new Lock(), new RLock()]) {
    const done = new Event();
    const child = run(() => lock.with(() => void done.wait()));
    untilSync(() => lock.locked(), { what: "the child to hold the lock" });
    assert.equal(lock.tryAcquire(), false);
    done.set();
    ended(child);
    assert.equal(lock.acquire(PATIENCE_MS), true);
    lock.release();
  }
});

test("MP033 MP034 MP037 RLock: nests, and is released as often; not by another thread", () => {
  const lock = new RLock();
  lock.acquire();
  lock.acquire();
  assert.equal(lock.statistics().depth, 2);
  assert.throws(() => spawn(() => lock.release()).result(), NotOwnerError);
  lock.release();
  assert.equal(lock.locked(), true);
  lock.release();
  assert.throws(() => lock.release(), NotOwnerError);
});

test("Lock: waiters get it in the order in which they came; an interrupted one gets nothing", () => {
  const lock = new Lock();
  const order = new Queue<number>();
  lock.acquire();
  const threads = [0, 1, 2].map((n) => {
    const thread = spawn(() => {
      lock.acquire();
      order.put(n);
      lock.release();
    });
    untilSync(() => lock.statistics().waiting === n + 1, { what: `${n + 1} waiters` });
    return thread;
  });
  threads[1]?.interrupt();
  assert.throws(() => threads[1]?.result(PATIENCE_MS), /InterruptedError|interrupted/);
  lock.release();
  assert.deepEqual([order.get(), order.get()], [0, 2]);
  for (const thread of threads) thread.join();
});

test("Lock: the async form waits in the same line; an aborted one holds nothing", async () => {
  const lock = new Lock();
  lock.acquire();
  const abort = new AbortController();
  const aborted = lock.acquireAsync({ signal: abort.signal });
  const waiting = lock.acquireAsync(PATIENCE_MS);
  abort.abort(new Error("enough"));
  await assert.rejects(aborted, /enough/);
  lock.release();
  assert.equal(await waiting, true);
  lock.release();
  assert.equal(lock.locked(), false);
});

for (const type of [Lock, RLock]) {
  test(`${type.name}: the holder's process is killed: abandoned for who waits and who comes, until recover()`, () => {
    const lock = new type();
    const child = run(() => {
      lock.acquire();
      sleep(1e9);
    });
    untilSync(() => lock.locked(), { what: "the child to hold the lock" });
    const waiter = spawn(() => lock.acquire());
    untilSync(() => lock.statistics().waiting === 1, { what: "a waiter" });
    child.kill();
    assert.throws(() => waiter.result(PATIENCE_MS), AbandonedLockError);
    assert.throws(() => lock.acquire(), AbandonedLockError);
    assert.equal(lock.recover(), true);
    lock.release();
    assert.equal(lock.acquire(false), true);
    lock.release();
  });
}

test("Lock: a thread that is terminated while it holds the lock abandons it; one that waits leaves the line", () => {
  const lock = new Lock();
  const holder = spawn(() => {
    lock.acquire();
    sleep(1e9);
  });
  untilSync(() => lock.locked(), { what: "the thread to hold the lock" });
  const waiter = spawn(() => lock.acquire());
  untilSync(() => lock.statistics().waiting === 1, { what: "a waiter" });
  waiter.terminate();
  untilSync(() => lock.statistics().waiting === 0, { what: "no waiter" });
  holder.terminate();
  untilSync(() => lock.statistics().abandoned, { what: "an abandoned lock" });
  assert.throws(() => lock.acquire(), AbandonedLockError);
});

test("MP038 MP040 Semaphore: its value; a call that does not block ignores its timeout", () => {
  const semaphore = new Semaphore(2);
  assert.equal(semaphore.getValue(), 2);
  semaphore.acquire();
  semaphore.acquire();
  assert.equal(semaphore.getValue(), 0);
  assert.equal(semaphore.acquire(false), false);
  assert.equal(semaphore.acquire(false, 1e6), false);
  assert.equal(semaphore.acquire(true, 1), false);
  semaphore.release(3);
  assert.equal(semaphore.getValue(), 3);
});

test("MP039 BoundedSemaphore: not released past what it began with", () => {
  const semaphore = new BoundedSemaphore(1);
  assert.throws(() => semaphore.release(), OverReleaseError);
  semaphore.acquire();
  semaphore.release();
  assert.equal(semaphore.getValue(), 1);
});

test("MP041 MP042 MP043 Condition: notify(n) wakes n of those who wait, notifyAll() all, nobody's is lost", () => {
  const changed = new Condition();
  const woken = new Queue<boolean>();
  const child = run(() => {
    for (let i = 0; i < 2; i++) spawn(() => changed.with(() => woken.put(changed.wait())));
  });
  const threads = [0, 1].map(() => spawn(() => changed.with(() => woken.put(changed.wait()))));
  untilSync(() => changed.statistics().waiting === 4, { what: "four waiters" });
  changed.with(() => changed.notify());
  assert.equal(woken.get(PATIENCE_MS), true);
  assert.equal(changed.statistics().waiting, 3);
  changed.with(() => changed.notify(2));
  assert.deepEqual([woken.get(PATIENCE_MS), woken.get(PATIENCE_MS)], [true, true]);
  changed.with(() => changed.notifyAll());
  assert.equal(woken.get(PATIENCE_MS), true);
  changed.with(() => changed.notify(3));
  ended(child);
  for (const thread of threads) thread.join();
});

test("MP044 MP047 Condition.wait(): false after the timeout, with the lock held again; not without the lock", () => {
  const changed = new Condition(new Lock());
  assert.throws(() => changed.wait(0), NotOwnerError);
  assert.throws(() => changed.notify(), NotOwnerError);
  changed.acquire();
  assert.equal(changed.wait(0), false);
  assert.equal(changed.wait(1), false);
  changed.release();
});

test("MP045 MP046 Condition.waitFor(): on a shared Value; an overall deadline", () => {
  const changed = new Condition();
  const state = new Value("i", 0);
  const child = run(() =>
    changed.with(() => {
      changed.waitFor(() => state.value === 4);
    }),
  );
  for (let i = 0; i < 4; i++) {
    changed.with(() => {
      state.value += 1;
      changed.notify();
    });
  }
  ended(child);
  assert.equal(
    changed.with(() => changed.waitFor(() => false, 5)),
    false,
  );
});

test("Condition.wait(): interrupted, it throws with its lock held again", () => {
  const changed = new Condition();
  const thread = spawn(() => {
    try {
      changed.with(() => changed.wait());
    } catch (error) {
      return (error as Error).name;
    }
    return "";
  });
  untilSync(() => changed.statistics().waiting === 1, { what: "a waiter" });
  thread.interrupt();
  assert.equal(thread.result(PATIENCE_MS), "InterruptedError");
  assert.equal(changed.acquire(PATIENCE_MS), true);
  changed.release();
});

test("MP048 MP049 Event: unset, its wait times out; set by a child, everybody goes on; its text", () => {
  const event = new Event({ name: "go" });
  assert.equal(String(event), "<Event 'go' unset, 0 waiting>");
  assert.deepEqual([event.wait(0), event.wait(1)], [false, false]);
  const child = run(() => event.set());
  assert.equal(event.wait(PATIENCE_MS), true);
  assert.equal(String(event), "<Event 'go' set, 0 waiting>");
  ended(child);
  event.clear();
  assert.equal(event.isSet(), false);
});

test("MP050 MP051 MP052 MP053 Barrier: processes and threads pass together, each with its own number; the action runs once each time", () => {
  const parties = 3;
  const log = new Queue<string>();
  const barrier = new Barrier(parties, { action: () => log.put("action") });
  const pass = (): void => {
    for (let i = 0; i < 2; i++) log.put(`passed ${barrier.wait()}`);
  };
  const child = run(pass);
  const threads = [spawn(pass), spawn(pass)];
  ended(child);
  for (const thread of threads) thread.join();
  const lines = Array.from({ length: 2 * (parties + 1) }, () => log.get(PATIENCE_MS));
  assert.equal(lines.filter((line) => line === "action").length, 2);
  assert.deepEqual(
    lines.slice().sort(),
    ["action", "action", ...["0", "0", "1", "1", "2", "2"].map((n) => `passed ${n}`)].sort(),
  );
});

test("MP054 MP055 MP056 Barrier: abort() breaks it until reset(); reset() breaks it for those who wait", () => {
  const barrier = new Barrier(2);
  const first = spawn(() => barrier.wait());
  untilSync(() => barrier.nWaiting === 1, { what: "a waiter" });
  barrier.abort();
  assert.throws(() => first.result(PATIENCE_MS), BrokenBarrierError);
  assert.throws(() => barrier.wait(), BrokenBarrierError);
  assert.equal(barrier.broken, true);
  barrier.reset();
  assert.equal(barrier.broken, false);
  const second = spawn(() => barrier.wait());
  untilSync(() => barrier.nWaiting === 1, { what: "a waiter" });
  barrier.reset();
  assert.throws(() => second.result(PATIENCE_MS), BrokenBarrierError);
  const third = spawn(() => barrier.wait());
  assert.ok(barrier.wait(PATIENCE_MS) < 2);
  third.join();
});

test("MP057 MP058 MP059 Barrier: a timeout breaks it, also its default one; one party passes alone", () => {
  const barrier = new Barrier(2, { timeoutMs: 1 });
  assert.throws(() => barrier.wait(), BrokenBarrierError);
  assert.equal(barrier.broken, true);
  assert.throws(() => new Barrier(2).wait(1), BrokenBarrierError);
  assert.equal(new Barrier(1).wait(), 0);
});

test("Barrier: a process that waits is killed: it is broken for the others", () => {
  const barrier = new Barrier(3);
  const child = run(() => barrier.wait());
  const thread = spawn(() => barrier.wait());
  untilSync(() => barrier.nWaiting === 2, { what: "two waiters" });
  child.kill();
  assert.throws(() => thread.result(PATIENCE_MS), BrokenBarrierError);
});

test("one thing is one object within a process, also when it comes back", () => {
  const queue = new Queue<unknown>();
  const lock = new Lock();
  queue.put({ lock, queue });
  assert.deepEqual(queue.get(PATIENCE_MS), { lock, queue });
  queue.put(lock);
  assert.equal(queue.get(PATIENCE_MS), lock);
});

test("MP060 Barrier: 5 parties in 3 processes stay in step for 1,000 passes", () => {
  const passes = 1000;
  const barrier = new Barrier(5);
  const steps = RawArray("i", 5);
  const inStep = (mine: number): void => {
    for (let pass = 1; pass <= passes; pass++) {
      steps[mine] = pass;
      barrier.wait();
      // Nobody is more than one pass ahead: the next one needs all five.
      if (pass % 100 === 0 && !steps.slice().every((step) => step === pass || step === pass + 1))
        throw new Error(`out of step after pass ${pass}: ${String(steps.slice())}`);
    }
  };
  const children = [0, 2].map((first) =>
    run(() => {
      const other = spawn(() => inStep(first));
      inStep(first + 1);
      other.result();
    }),
  );
  inStep(4);
  ended(...children);
  assert.deepEqual(
    steps.slice(),
    [1, 1, 1, 1, 1].map((n) => n * passes),
  );
});
