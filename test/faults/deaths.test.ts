// Each way in which a thread can die: joins end, what it held is abandoned, the error says why, the heap is sound.
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import {
  AbandonedLockError,
  AtomicInt,
  Event,
  Lock,
  setExcepthook,
  sleep,
  spawn,
  type Thread,
  ThreadTerminatedError,
} from "../../src/api/index.ts";
import { assertHeapSound } from "../support/heap-walk.ts";
import { PATIENCE_MS, resultOf, untilState } from "../support/threads.ts";
import { untilSync } from "../support/until.ts";

/** What a dying body is given: it takes the lock, says so, and dies. */
interface Scene {
  readonly lock: Lock;
  readonly held: Event;
  /** Nobody sets it. */
  readonly never: Event;
}

interface Death {
  readonly name: string;
  readonly body: (scene: Scene) => () => unknown;
  /** Kills it once it holds the lock; absent: it dies by itself. */
  readonly kill?: (thread: Thread<unknown[], unknown>) => void;
  /** What its result() throws; undefined: it ends as a thread does that returns. */
  readonly error?: { readonly name?: string; readonly message?: RegExp };
}

const terminated = { name: "ThreadTerminatedError", message: /it was terminated/ };
const terminate = (thread: Thread<unknown[], unknown>): void => thread.terminate();
const terminateBlocked = (thread: Thread<unknown[], unknown>): void => {
  untilState(thread, "blocked");
  thread.terminate();
};

const DEATHS: readonly Death[] = [
  {
    name: "a throw",
    body: (scene) => () => {
      scene.lock.acquire();
      scene.held.set();
      throw new RangeError("out of yarn");
    },
    error: { name: "RangeError", message: /^out of yarn$/ },
  },
  {
    name: "a throw of what is no error",
    body: (scene) => () => {
      scene.lock.acquire();
      scene.held.set();
      throw { message: "a shuttle" };
    },
    error: { message: /^a shuttle$/ },
  },
  {
    name: "a rejection",
    body: (scene) => async () => {
      scene.lock.acquire();
      scene.held.set();
      await Promise.resolve();
      throw new RangeError("out of yarn");
    },
    error: { name: "RangeError", message: /^out of yarn$/ },
  },
  {
    name: "a rejection that nobody handles",
    body: (scene) => async () => {
      scene.lock.acquire();
      scene.held.set();
      void Promise.reject(new RangeError("forgotten"));
      await scene.never.waitAsync();
    },
    error: { name: "RangeError", message: /^forgotten$/ },
  },
  {
    name: "a throw in a callback of its event loop",
    body: (scene) => async () => {
      scene.lock.acquire();
      scene.held.set();
      setImmediate(() => {
        throw new RangeError("later");
      });
      await scene.never.waitAsync();
    },
    error: { name: "RangeError", message: /^later$/ },
  },
  {
    name: "process.exit()",
    body: (scene) => () => {
      scene.lock.acquire();
      scene.held.set();
      process.exit(7);
    },
  },
  {
    name: "process.exit() after an await",
    body: (scene) => async () => {
      await scene.lock.acquireAsync();
      scene.held.set();
      await Promise.resolve();
      process.exit(7);
    },
  },
  {
    name: "a stack overflow",
    body: (scene) => () => {
      scene.lock.acquire();
      scene.held.set();
      const deeper = (n: number): number => 1 + deeper(n + 1);
      return deeper(0);
    },
    error: { name: "RangeError", message: /call stack/ },
  },
  {
    name: "terminate() while it spins",
    body: (scene) => () => {
      scene.lock.acquire();
      scene.held.set();
      for (;;);
    },
    kill: terminate,
    error: terminated,
  },
  {
    name: "terminate() while it works on shared memory",
    body: (scene) => () => {
      scene.lock.acquire();
      scene.held.set();
      for (;;) new Lock({ name: "short-lived" }).with(() => new AtomicInt().increment());
    },
    kill: terminate,
    error: terminated,
  },
  {
    name: "terminate() while it is blocked",
    body: (scene) => () => {
      scene.lock.acquire();
      scene.held.set();
      scene.never.wait();
    },
    kill: terminateBlocked,
    error: terminated,
  },
  {
    name: "terminate() while it sleeps",
    body: (scene) => () => {
      scene.lock.acquire();
      scene.held.set();
      sleep(3_600_000);
    },
    kill: terminateBlocked,
    error: terminated,
  },
  {
    name: "terminate() while it awaits one of heddle's calls",
    body: (scene) => async () => {
      await scene.lock.acquireAsync();
      scene.held.set();
      await scene.never.waitAsync();
    },
    kill: terminateBlocked,
    error: terminated,
  },
  {
    name: "an await of a promise that nothing can settle",
    body: (scene) => async () => {
      await scene.lock.acquireAsync();
      scene.held.set();
      await new Promise(() => {});
    },
    error: { name: "DeadlockError", message: /^Cannot go on awaiting in Thread-\d+: nothing is left/ },
  },
];

/** Starts the body, lets it die, and returns the thread, which has ended. */
function letDie({ body, kill }: Death, scene: Scene): Thread<unknown[], unknown> {
  const thread = spawn(body(scene)) as Thread<unknown[], unknown>;
  assert.ok(scene.held.wait(PATIENCE_MS), "the body has not come so far as to take the lock");
  kill?.(thread);
  assert.ok(thread.join(PATIENCE_MS), `${thread.name} has not ended`);
  return thread;
}

function makeScene(options: ConstructorParameters<typeof Lock>[0] = {}): Scene {
  return { lock: new Lock({ name: "loom", ...options }), held: new Event(), never: new Event() };
}

const reports: string[] = [];

describe("a thread that dies by", () => {
  afterEach(() => {
    reports.length = 0;
    assertHeapSound();
  });

  for (const death of DEATHS) {
    it(`${death.name}: join() ends, result() says why`, () => {
      setExcepthook(({ thread }) => reports.push(thread.name));
      const thread = letDie(death, makeScene());
      assert.equal(thread.isAlive(), false);
      assert.equal(thread.state, "terminated");
      if (death.error === undefined) assert.equal(thread.result(), undefined);
      else assert.throws(() => thread.result(), death.error);
      assert.deepEqual(reports, death.error === undefined || death.kill !== undefined ? [] : [thread.name]);
      setExcepthook(null);
    });

    it(`${death.name}: the lock that it held is abandoned, names it, and can be recovered`, () => {
      setExcepthook(() => {});
      const scene = makeScene();
      const { name } = letDie(death, scene);
      assert.deepEqual(
        [scene.lock.statistics().abandoned, scene.lock.locked(), scene.lock.statistics().owner],
        [true, false, undefined],
      );
      assert.throws(
        () => scene.lock.acquire(),
        (error) => error instanceof AbandonedLockError && error.message.includes(name),
      );
      assert.equal(scene.lock.recover(), true);
      scene.lock.release();
      assert.equal(resultOf(spawn(() => scene.lock.with(() => "whole"))), "whole");
      setExcepthook(null);
    });

    it(`${death.name}: who waits for its lock is told, or gets it`, () => {
      setExcepthook(() => {});
      for (const onAbandon of ["throw", "acquire"] as const) {
        const scene = makeScene({ onAbandon });
        const waits = (): string => {
          try {
            scene.lock.acquire();
          } catch (error) {
            return (error as Error).name;
          }
          scene.lock.release();
          return "acquired";
        };
        const awaits = async (): Promise<string> => {
          try {
            await scene.lock.acquireAsync();
          } catch (error) {
            return (error as Error).name;
          }
          scene.lock.release();
          return "acquired";
        };
        const gate = new Event();
        const starts = [waits, awaits].map((body) => spawn(() => gate.wait() && body()));
        const dying = letDieAfter(death, scene, () => {
          gate.set();
          untilSync(() => scene.lock.statistics().waiting === 2 || !scene.lock.locked(), {
            what: "the waiters",
          });
        });
        assert.ok(dying.join(PATIENCE_MS));
        const expected = onAbandon === "throw" ? "AbandonedLockError" : "acquired";
        assert.deepEqual(starts.map(resultOf), [expected, expected]);
      }
      setExcepthook(null);
    });
  }
});

/** As {@link letDie}; `beforeKill` runs when it holds the lock. */
function letDieAfter(death: Death, scene: Scene, beforeKill: () => void): Thread<unknown[], unknown> {
  const thread = spawn(death.body(scene)) as Thread<unknown[], unknown>;
  assert.ok(scene.held.wait(PATIENCE_MS));
  beforeKill();
  death.kill?.(thread);
  return thread;
}

it("Thread.exception of a terminated thread is a ThreadTerminatedError with its name", () => {
  const thread = spawn(() => {
    for (;;);
  });
  thread.terminate();
  assert.ok(thread.join(PATIENCE_MS));
  assert.ok(thread.exception instanceof ThreadTerminatedError);
  assert.ok(thread.exception.message.includes(thread.name));
});

it("a rejection that a body leaves behind goes to the excepthook as its own, and no other thread dies of it", () => {
  const late: string[] = [];
  setExcepthook(({ error, thread }) => late.push(`${thread.name}: ${String(error)}`));
  const never = new Event();
  const guilty: string[] = [];
  for (let i = 0; i < 40; i++) {
    const leaves = spawn(() => {
      void Promise.reject(new RangeError("left behind"));
      return 5;
    });
    assert.equal(resultOf(leaves), 5);
    guilty.push(`${leaves.name}: RangeError: left behind`);
    const innocent = spawn(async () => {
      await never.waitAsync(1);
      return "fine";
    });
    assert.equal(resultOf(innocent), "fine");
  }
  untilSync(() => sleep(1) === undefined && late.length >= guilty.length, { what: "all to be reported" });
  setExcepthook(null);
  assert.deepEqual(late.sort(), guilty.sort());
});
