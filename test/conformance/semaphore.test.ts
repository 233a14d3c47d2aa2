import assert from "node:assert/strict";
import { test } from "node:test";
import { AtomicInt, BoundedSemaphore, Semaphore, sleep, spawn } from "../../src/api/index.ts";
import { crew, PATIENCE_MS, resultOf, results, untilWaiting, untilWaitingAsync } from "../support/threads.ts";
import { untilSync } from "../support/until.ts";
import { badTimeouts } from "./suites/bad-timeouts.ts";
import { exclusion } from "./suites/exclusion.ts";
import { ownerless } from "./suites/ownership.ts";
import { assertTook, timeouts } from "./suites/timeouts.ts";

interface Factory {
  readonly kind: string;
  make(value?: number, options?: { name?: string }): Semaphore;
}
const semaphore: Factory = { kind: "Semaphore", make: (value, options) => new Semaphore(value, options) };
const bounded: Factory = {
  kind: "BoundedSemaphore",
  make: (value, options) => new BoundedSemaphore(value, options),
};

for (const { kind, make } of [semaphore, bounded]) {
  const single = {
    kind: `${kind}(1)`,
    make: (options?: { name?: string }) => make(1, options),
    owned: false,
    reentrant: false,
  } as const;
  exclusion(single);
  timeouts(single);
  ownerless(single);
  construction({ kind, make });
  counting({ kind, make });
  contended({ kind, make });
}

function construction({ kind, make }: Factory): void {
  test(`LK43 ${kind}: a value that is no count of permits is refused`, () => {
    for (const value of [-1, -(2 ** 31), Number.MIN_SAFE_INTEGER, 1.5, Number.NaN, Infinity, 2 ** 30]) {
      assert.throws(() => make(value), { name: "RangeError", message: /^Cannot create .*: value must be/ });
    }
    for (const value of ["1", null, 1n, {}]) {
      assert.throws(() => make(value as never), {
        name: "TypeError",
        message: /^Cannot create .*: value must/,
      });
    }
    assert.equal(make(0).statistics().value, 0);
    assert.equal(make(0).tryAcquire(), false);
  });

  test(`LK51 ${kind}: the default value is 1`, () => {
    const permits = make();
    assert.equal(permits.statistics().value, 1);
    assert.deepEqual([permits.tryAcquire(), permits.tryAcquire()], [true, false]);
  });

  test(`LK50 ${kind}.acquire(false, timeout) is refused; timed acquires wait and fail, or succeed`, () => {
    const permits = make(2);
    assert.throws(() => permits.acquire(false, 1000), { name: "RangeError" });
    assert.throws(() => permits.acquire({ blocking: false, timeoutMs: 1000 }), { name: "RangeError" });
    assert.deepEqual([permits.acquire(5), permits.acquire({ timeoutMs: 5 })], [true, true]);
    const startedAt = performance.now();
    assert.equal(permits.acquire(200), false);
    assertTook(performance.now() - startedAt, 200);
    permits.release();
    assert.equal(permits.acquire(5), true);
    for (const { value, error } of badTimeouts) assert.throws(() => permits.acquire(value as number), error);
    assert.equal(permits.statistics().waiting, 0);
  });

  test(`${kind}: a number of permits that is none is refused, nothing changed`, async () => {
    const permits = make(3);
    for (const n of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 31]) {
      assert.throws(() => permits.release(n), { name: "RangeError", message: /^Cannot release Semaphore/ });
      assert.throws(() => permits.acquire({ permits: n }), { name: "RangeError" });
      assert.throws(() => permits.tryAcquire(n), { name: "RangeError" });
      await assert.rejects(permits.acquireAsync({ permits: n }), { name: "RangeError" });
    }
    for (const n of ["1", null, 1n]) assert.throws(() => permits.release(n as never), { name: "TypeError" });
    assert.equal(permits.statistics().value, 3);
  });
}

function counting({ kind, make }: Factory): void {
  test(`LK44 ${kind}: acquire and release count, for 1 and for 2`, () => {
    const one = make(1);
    one.acquire();
    assert.equal(one.locked(), true);
    one.release();
    const two = make(2);
    two.acquire();
    assert.equal(two.locked(), false);
    two.acquire();
    assert.equal(two.locked(), true);
    two.release();
    two.release();
    assert.equal(two.statistics().value, 2);
  });

  test(`LK48 ${kind}.tryAcquire() gives true, true, false, and true after a release`, () => {
    const permits = make(2);
    assert.deepEqual(
      [permits.acquire(false), permits.tryAcquire(), permits.acquire(false)],
      [true, true, false],
    );
    permits.release();
    assert.equal(permits.acquire(false), true);
  });

  test(`LK49 ${kind}: of 10 threads that try at once for 3 permits exactly 3 get one`, () => {
    const permits = make(4);
    permits.acquire();
    const go = new AtomicInt();
    const threads = crew(10, () => {
      while (go.load() === 0) sleep(1);
      return permits.tryAcquire();
    });
    go.store(1);
    assert.equal(results(threads).filter(Boolean).length, 3);
  });

  test(`LK52 ${kind}: scopes nest on value 2, and release also when the body throws`, async () => {
    const permits = make(2);
    const value = (): number => permits.statistics().value;
    const nested = permits.with(() => {
      using _ = permits.hold();
      return [value(), permits.tryAcquire()];
    });
    assert.deepEqual([nested, value()], [[0, false], 2]);
    assert.throws(() =>
      permits.with(() => {
        throw new Error("oops");
      }),
    );
    await assert.rejects(permits.withAsync(() => Promise.reject(new Error("oops"))));
    assert.equal(value(), 2);
  });
}

function contended({ kind, make }: Factory): void {
  test(`LK46 LK47 ${kind}: as many go on as there are permits, phase by phase, also by release(n)`, () => {
    const permits = make(7);
    for (let i = 0; i < 7; i++) permits.acquire();
    permits.release(7);
    const passed = new AtomicInt();
    const threads = crew(10, () => {
      const first = permits.acquire();
      passed.increment();
      const second = permits.acquire();
      passed.increment();
      return first && second;
    });
    const settled = (count: number): void => {
      untilSync(() => passed.load() === count, { what: `${count} to pass, ${passed.load()} did` });
      untilSync(() => permits.statistics().value === 0, { what: "no permit to lie there" });
      assert.equal(passed.load(), count);
    };
    settled(7);
    permits.release(6);
    settled(13);
    permits.release();
    permits.release();
    settled(15);
    permits.release(5);
    assert.deepEqual(new Set(results(threads)), new Set([true]));
    assert.equal(passed.load(), 20);
    assert.deepEqual(permits.statistics(), { name: undefined, value: 0, waiting: 0 });
  });

  test(`${kind}: a request for many at the head is not starved by requests for one`, () => {
    const permits = make(3);
    for (let i = 0; i < 3; i++) permits.acquire();
    const many = spawn(() => permits.acquire({ permits: 3 }));
    untilWaiting(permits, 1);
    const one = spawn(() => permits.acquire());
    untilWaiting(permits, 2);
    permits.release(2);
    assert.equal(permits.tryAcquire(), false, "they lie there for the head of the line");
    assert.equal(permits.statistics().waiting, 2);
    permits.release();
    assert.equal(resultOf(many), true);
    untilWaiting(permits, 1);
    permits.release(3);
    assert.equal(resultOf(one), true);
    assert.equal(permits.statistics().value, 2);
  });

  test(`${kind}: when the head of the line gives up, those behind it get what is there`, async () => {
    const permits = make(2);
    permits.acquire();
    const controller = new AbortController();
    const many = permits.acquireAsync({ permits: 2, signal: controller.signal });
    await untilWaitingAsync(permits, 1);
    const threads = [spawn(() => permits.acquire()), spawn(() => permits.acquire())];
    untilWaiting(permits, 3);
    controller.abort(new Error("enough"));
    await assert.rejects(many, { message: "enough" });
    await untilWaitingAsync(permits, 1);
    permits.release();
    assert.deepEqual(results(threads), [true, true]);
  });

  test(`${kind}: a terminated or interrupted waiter leaves the line; those behind it are served`, () => {
    const permits = make(1);
    permits.acquire();
    const threads = Array.from({ length: 4 }, (_, index) => {
      const thread = spawn(() => {
        try {
          return permits.acquire({ permits: 1 });
        } catch (error) {
          return (error as Error).name;
        }
      });
      untilWaiting(permits, index + 1);
      return thread;
    });
    threads[0]?.terminate();
    threads[1]?.interrupt();
    assert.equal(resultOf(threads[1]!), "InterruptedError");
    untilWaiting(permits, 2);
    permits.release();
    assert.equal(resultOf(threads[2]!), true);
    permits.release();
    assert.equal(resultOf(threads[3]!), true);
    assert.equal(threads[0]?.join(PATIENCE_MS), true);
  });
}

test("LK53 Semaphore.release() may exceed the initial value", () => {
  const permits = new Semaphore(1);
  permits.release();
  permits.release(3);
  assert.equal(permits.statistics().value, 5);
  assert.equal(permits.acquire({ permits: 5 }), true);
});

test("LK54 Semaphore: the text form shows the value, also above the initial one", () => {
  const permits = new Semaphore(3, { name: "printers" });
  assert.equal(String(permits), "<Semaphore 'printers' value 3, 0 waiting>");
  permits.acquire();
  assert.match(String(permits), /value 2,/);
  permits.release(2);
  assert.match(String(permits), /value 4,/);
});

test("LK55 BoundedSemaphore.release() beyond the initial value throws OverReleaseError, all or nothing", () => {
  const permits = new BoundedSemaphore(3, { name: "seats" });
  const refused = { name: "OverReleaseError", code: "ERR_HEDDLE_OVER_RELEASE" };
  assert.throws(() => permits.release(), refused);
  permits.acquire();
  assert.throws(() => permits.release(2), refused);
  assert.equal(permits.statistics().value, 2);
  permits.release();
  assert.throws(() => permits.release(), {
    ...refused,
    message: /^Cannot release BoundedSemaphore 'seats': 3 and 1 permits/,
  });
  assert.equal(permits.statistics().value, 3);
  assert.ok(permits instanceof Semaphore);
});

test("LK56 BoundedSemaphore: the text form shows value and bound", () => {
  const permits = new BoundedSemaphore(3);
  permits.acquire();
  assert.equal(String(permits), "<BoundedSemaphore value 2/3, 0 waiting>");
});

test("Semaphore: what a dead thread took stays taken; another thread may give it back", () => {
  const permits = new BoundedSemaphore(1);
  resultOf(spawn(() => permits.acquire()));
  assert.equal(permits.tryAcquire(), false);
  permits.release();
  assert.equal(permits.tryAcquire(), true);
});

test("TH35 BoundedSemaphore: with limits 1 to 9, after balanced use by threads, one release more is refused", () => {
  for (let limit = 1; limit < 10; limit++) {
    const permits = new BoundedSemaphore(limit);
    results(
      crew(limit, () => {
        permits.acquire();
        permits.release();
      }),
    );
    for (let i = 0; i < limit; i++) permits.acquire();
    for (let i = 0; i < limit; i++) permits.release();
    assert.throws(() => permits.release(), { name: "OverReleaseError" });
    assert.equal(permits.statistics().value, limit);
  }
});
