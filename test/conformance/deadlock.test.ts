// Circles of waits: one thread of each is told, the others go on; and no alarm where somebody could still end the wait.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AtomicInt,
  Barrier,
  Condition,
  currentThread,
  Event,
  Lock,
  RLock,
  RWLock,
  sleep,
  spawn,
  type Thread,
} from "../../src/api/index.ts";
import { blockingWaiterAt, field, THREAD, WAITER } from "../../src/core/layout.ts";
import { eachThread, PHASE, ringSupervisor } from "../../src/core/registry.ts";
import { self } from "../../src/core/self.ts";
import { type Addr, load, or, store } from "../../src/core/word.ts";
import { allBlocked } from "../../src/thread/deadlock.ts";
import {
  crew,
  PATIENCE_MS,
  resultOf,
  results,
  untilState,
  untilWaiting,
  untilWaitingAsync,
} from "../support/threads.ts";
import { quiet, run, WAYS, WELL } from "./programs.ts";

/** What a thread of a circle returns: how its second acquire ended. */
interface Outcome {
  readonly error: string | undefined;
  readonly text: string;
}
const NOTHING: Outcome = { error: undefined, text: "" };

/** Each thread takes its own lock, then, when all have one, the next thread's. */
function circleOf(locks: readonly (Lock | RLock)[]): Thread<[number], Outcome>[] {
  const together = new Barrier(locks.length);
  return crew(locks.length, (index) =>
    locks[index]!.with(() => {
      together.wait();
      try {
        return locks[(index + 1) % locks.length]!.with(() => NOTHING);
      } catch (error) {
        return { error: (error as Error).name, text: (error as Error).message };
      }
    }),
  );
}

/** Of a circle exactly one is told; returns what. */
function onlyOne(outcomes: readonly Outcome[]): string {
  const told = outcomes.filter(({ error }) => error !== undefined);
  assert.deepEqual(
    told.map(({ error }) => error),
    ["DeadlockError"],
  );
  return told[0]!.text;
}

for (const [kind, make] of [
  ["Lock", (name: string) => new Lock({ name })],
  ["RLock", (name: string) => new RLock({ name })],
] as const) {
  for (const count of [2, 3, 6]) {
    test(`${kind}: in a circle of ${count} one thread gets DeadlockError, the others go on`, () => {
      for (let round = 0; round < 5; round++) {
        const locks = Array.from({ length: count }, (_, i) => make(`lock ${i}`));
        const threads = circleOf(locks);
        const text = onlyOne(results(threads));
        assert.match(text, /^Cannot wait for .*'lock \d'.*: \d threads would wait for each other for ever$/m);
        for (const [index, { name }] of threads.entries()) {
          const line = text.split("\n").find((each) => each.trim().startsWith(name));
          assert.ok(line?.includes(`holds ${kind} 'lock ${index}'`), text);
          assert.ok(line?.includes(`'lock ${(index + 1) % count}'`), text);
        }
        for (const lock of locks) assert.equal(lock.locked(), false);
      }
    });
  }
}

test("DeadlockError has its code, and the lock that it refused is as it was", () => {
  const [mine, other] = [new Lock(), new Lock()];
  mine.acquire();
  const thread = spawn(() => other.with(() => mine.with(() => true)));
  untilWaiting(mine, 1);
  assert.throws(() => other.acquire(), { name: "DeadlockError", code: "ERR_HEDDLE_DEADLOCK" });
  assert.equal(other.statistics().waiting, 0);
  assert.equal(other.acquire(20), false, "with a timeout it is no deadlock");
  assert.equal(other.tryAcquire(), false);
  mine.release();
  assert.equal(resultOf(thread), true);
  assert.equal(other.acquire(), true);
  other.release();
});

test("a join of a thread that waits for a lock of the joiner is a DeadlockError, in one of the two", () => {
  const lock = new Lock({ name: "db" });
  lock.acquire();
  const thread = spawn(() => lock.with(() => "had it"));
  untilWaiting(lock, 1);
  assert.throws(() => thread.join(), { name: "DeadlockError", message: /join|end of|Thread/ });
  assert.equal(thread.join(20), false);
  lock.release();
  assert.equal(resultOf(thread), "had it");
});

test("two threads that join each other: one gets DeadlockError, the other has joined", () => {
  const one = spawn((): string[] => {
    const parent = currentThread() as Thread<[], string[]>;
    const two = spawn((): string => joined(parent));
    const mine = joined(two);
    return [mine];
  });
  const [outcome] = resultOf(one);
  assert.match(String(outcome), /^(joined|DeadlockError)$/);
});

test("a circle of two joins and a lock: main, which closes it, is told", () => {
  const lock = new Lock();
  const go = new Event();
  lock.acquire();
  const one = spawn(() => {
    go.wait();
    return lock.with(() => "had it");
  });
  const two = spawn(() => joined(one));
  untilState(two, "blocked");
  go.set();
  untilWaiting(lock, 1);
  assert.equal(joined(two), "DeadlockError");
  lock.release();
  assert.equal(resultOf(one), "had it");
  assert.equal(resultOf(two), "joined");
});

function joined<A extends unknown[], R>(thread: Thread<A, R>): string {
  try {
    thread.join();
    return "joined";
  } catch (error) {
    return (error as Error).name;
  }
}

test("through the lock of a Condition: a notified wait that takes it again closes a circle", () => {
  for (let round = 0; round < 5; round++) {
    const outer = new Lock({ name: "outer" });
    const condition = new Condition(new Lock({ name: "inner" }));
    const thread = spawn(() => {
      try {
        return outer.with(() => condition.with(() => String(condition.wait())));
      } catch (error) {
        return (error as Error).name;
      }
    });
    untilWaiting(condition, 1);
    condition.acquire();
    condition.notify();
    let mine = "true";
    try {
      outer.with(() => {});
    } catch (error) {
      mine = (error as Error).name;
    }
    condition.release();
    assert.deepEqual([mine, resultOf(thread)].sort(), ["DeadlockError", "true"]);
    assert.deepEqual([outer.locked(), condition.locked()], [false, false]);
  }
});

test("no alarm: a circle with a timeout in it, which breaks it by itself", () => {
  const locks = [new Lock(), new Lock()];
  const together = new Barrier(2);
  const threads = crew(2, (index) =>
    locks[index]!.with(() => {
      together.wait();
      const got = index === 0 ? locks[1]!.acquire(100) : locks[0]!.acquire();
      if (got) locks[1 - index]!.release();
      return got;
    }),
  );
  assert.deepEqual(results(threads), [false, true]);
});

test("no alarm: a circle of locks that any thread may release", () => {
  const locks = [new Lock({ ownerChecked: false }), new Lock({ ownerChecked: false })];
  const together = new Barrier(2);
  const threads = crew(2, (index) => {
    locks[index]!.acquire();
    together.wait();
    return locks[1 - index]!.acquire();
  });
  for (const lock of locks) untilWaiting(lock, 1);
  for (const lock of locks) lock.release();
  assert.deepEqual(results(threads), [true, true]);
});

test("no alarm: an Async waiter in the circle, whose thread goes on", async () => {
  const [mine, other] = [new Lock(), new Lock()];
  mine.acquire();
  const thread = spawn(() => other.with(() => mine.with(() => true)));
  await untilWaitingAsync(mine, 1);
  const pending = other.acquireAsync();
  await untilWaitingAsync(other, 1);
  mine.release();
  assert.equal(await pending, true);
  other.release();
  assert.equal(resultOf(thread), true);
});

test("no alarm: a chain of waits that ends in a thread that works", () => {
  const locks = Array.from({ length: 5 }, () => new Lock());
  const stop = new AtomicInt();
  const last = spawn(() =>
    locks[0]!.with(() => {
      while (stop.load() === 0) sleep(1);
    }),
  );
  while (!locks[0]!.locked()) sleep(1);
  const chain = locks.slice(1).map((lock, i) => {
    const thread = spawn(() => lock.with(() => locks[i]!.with(() => true)));
    untilWaiting(locks[i]!, 1);
    untilState(thread, "blocked");
    return thread;
  });
  stop.store(1);
  resultOf(last);
  assert.deepEqual(results(chain), [true, true, true, true]);
});

test("no alarm: 4 threads that take random pairs of locks in order", () => {
  const locks = Array.from({ length: 4 }, () => new Lock());
  const threads = crew(4, (index) => {
    for (let i = 0; i < 500; i++) {
      const a = (index + i) % 3;
      locks[a]!.with(() => locks[a + 1]!.with(() => {}));
    }
    return true;
  });
  assert.deepEqual(results(threads), [true, true, true, true]);
});

test("a program in which a thread is being terminated is not deadlocked", () => {
  const never = new Event();
  const thread = spawn(() => never.wait());
  untilWaiting(never, 1);
  let record = 0 as Addr;
  eachThread((each) => {
    if (load(field(each, THREAD.IDENT)) === thread.ident) record = each;
  });
  // Main cannot look while it waits: its record says that it does.
  const main = blockingWaiterAt(self.isolate);
  store(field(main, WAITER.ENDLESS), 1);
  store(field(main, WAITER.ADDR), field(record, THREAD.STATE));
  try {
    assert.notEqual(allBlocked(), "");
    or(field(record, THREAD.STATE), PHASE.KILL);
    assert.equal(allBlocked(), "");
  } finally {
    store(field(main, WAITER.ADDR), 0);
    store(field(main, WAITER.ENDLESS), 0);
  }
  ringSupervisor();
  assert.equal(thread.join(PATIENCE_MS), true);
});

const HOPELESS = ["event", "semaphore", "condition", "barrier"] as const;
for (const way of WAYS) {
  for (const what of HOPELESS) {
    test(`${way}: a program whose threads all wait for ever (${what}) reports it and ends with status 70`, async () => {
      const { status, stdout, stderr } = await run("deadlock/hopeless.mjs", way, { args: [what] });
      assert.equal(stdout, "before\n");
      assert.equal(status, 70, stderr);
      assert.match(stderr, /^Deadlock: every thread of the program is blocked for ever\n/);
      assert.match(stderr, /MainThread .*blocked/);
      assert.match(stderr, /'waiter' .*blocked|waiter .*blocked/);
      assert.match(stderr, new RegExp(what, "i"));
    });
  }

  test(`${way}: main that waits for ever after its only start() was refused is reported, too`, async () => {
    const { status, stdout, stderr } = await run("deadlock/refused.mjs", way);
    assert.equal(stdout, "CaptureError\n");
    assert.equal(status, 70, stderr);
    assert.match(stderr, /^Deadlock: every thread of the program is blocked for ever\n/);
  });

  test(`${way}: no report while a Timer, a timeout or an awaited timer can still end the waits`, async () => {
    const result = await run("deadlock/hopeful.mjs", way, { deadlineMs: 30_000 });
    assert.deepEqual(quiet(result), WELL);
    assert.equal(result.stdout, "timer\ntimeout\nawaited\n");
  });

  test(`${way}: an uncaught DeadlockError shows the circle on stderr; the program goes on`, async () => {
    const { status, stdout, stderr } = await run("deadlock/uncaught.mjs", way);
    assert.equal(stdout, "main went on\n");
    assert.equal(status, 0);
    assert.match(stderr, /DeadlockError: Cannot wait for Lock '(left|right)'/);
    assert.match(stderr, /holds Lock 'left'.* waits for .*'right'/);
    assert.match(stderr, /holds Lock 'right'.* waits for .*'left'/);
  });
}

test("a writer that waits for a reader that waits for the writer's lock: one is told, with what it reads", () => {
  const [rw, lock] = [new RWLock({ name: "cache" }), new Lock({ name: "db" })];
  const together = new Barrier(2);
  const reader = spawn(() =>
    told(() =>
      rw.read.with(() => {
        together.wait();
        lock.with(() => {});
      }),
    ),
  );
  const writer = spawn(() =>
    told(() =>
      lock.with(() => {
        together.wait();
        rw.write.with(() => {});
      }),
    ),
  );
  const outcomes = [resultOf(reader), resultOf(writer)].filter((text) => text !== "");
  assert.equal(outcomes.length, 1, outcomes.join("\n"));
  assert.match(outcomes[0]!, /holds RWLock 'cache' to read and waits for Lock 'db'/);
  assert.match(outcomes[0]!, /holds Lock 'db'.* and waits for RWLock 'cache'/);
});

test("a reader behind a waiting writer closes a circle, too; without the writer it does not", () => {
  const [rw, lock] = [new RWLock(), new Lock()];
  lock.acquire();
  const go = new Event();
  const first = spawn(() =>
    told(() =>
      rw.read.with(() => {
        go.wait();
        lock.with(() => {});
      }),
    ),
  );
  untilWaiting(go, 1);
  assert.equal(rw.read.acquire(), true, "readers read together");
  rw.read.release();
  const writer = spawn(() => told(() => rw.write.with(() => {})));
  untilWaiting(rw, 1);
  go.set();
  untilWaiting(lock, 1);
  const mine = told(() => rw.read.with(() => {}));
  lock.release();
  const all = [mine, resultOf(first), resultOf(writer)].filter((text) => text !== "");
  assert.equal(all.length, 1, all.join("\n"));
});

/** The text of the DeadlockError that a body ended with; "" when it ended well. */
function told(body: () => unknown): string {
  try {
    body();
    return "";
  } catch (error) {
    assert.equal((error as Error).name, "DeadlockError", String(error));
    return (error as Error).message;
  }
}
