// Errors: what ends a body, how it crosses, who is told.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  currentThread,
  type ExceptHookInfo,
  getIdent,
  HeddleError,
  Lock,
  NotOwnerError,
  setExcepthook,
  sleep,
  spawn,
  Thread,
  TimeoutError,
} from "../../src/api/index.ts";
import { PATIENCE_MS, resultOf } from "../support/threads.ts";
import { until } from "../support/until.ts";

const quiet = (): void => {};
before(() => setExcepthook(quiet));
after(() => setExcepthook(null));

/** What the body threw, as its result() throws it here. */
function thrownBy(body: () => unknown): unknown {
  const thread = spawn(body);
  try {
    thread.result(PATIENCE_MS);
  } catch (error) {
    return error;
  }
  return assert.fail("it did not throw");
}

class YarnError extends Error {
  readonly metres: number;
  constructor(message: string, metres: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "YarnError";
    this.metres = metres;
  }
  get short(): boolean {
    return this.metres < 1;
  }
}

test("Thread.result() throws what the body threw: class, message and own properties", () => {
  const error = thrownBy(() => {
    throw Object.assign(new YarnError("out of yarn", 0.5), { colour: "red", tags: ["a", { b: 1 }] });
  }) as YarnError & { colour: string; tags: unknown };
  assert.ok(error instanceof YarnError);
  assert.ok(error instanceof Error);
  assert.deepEqual(
    [error.name, error.message, error.metres, error.short],
    ["YarnError", "out of yarn", 0.5, true],
  );
  assert.equal(error.colour, "red");
  assert.deepEqual(error.tags, ["a", { b: 1 }]);
});

test("Thread.result(): built-in classes stay themselves", () => {
  for (const kind of [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]) {
    const error = thrownBy(() => {
      throw new kind("of its kind");
    });
    assert.equal((error as Error).constructor, kind);
    assert.equal((error as Error).message, "of its kind");
  }
});

test("Thread.result(): the errors that JavaScript itself throws in a body arrive", () => {
  const nothing = undefined as unknown as { deep: number };
  assert.ok(thrownBy(() => nothing.deep) instanceof TypeError);
  assert.ok(thrownBy(() => JSON.parse("{")) instanceof SyntaxError);
  const deep = (): number => deep() + 1;
  assert.ok(thrownBy(() => deep()) instanceof RangeError);
});

test("Thread.result(): cause crosses, errors and values, several deep", () => {
  const error = thrownBy(() => {
    const root = new YarnError("root", 1, { cause: { why: [1, 2] } });
    throw new Error("outer", { cause: new TypeError("middle", { cause: root }) });
  }) as Error;
  const middle = error.cause as Error;
  const root = middle.cause as YarnError;
  assert.ok(middle instanceof TypeError);
  assert.ok(root instanceof YarnError);
  assert.deepEqual(root.cause, { why: [1, 2] });
  assert.equal("cause" in (thrownBy(() => assert.fail("no cause")) as Error), false);
});

test("Thread.result(): AggregateError.errors cross, each of its class", () => {
  const error = thrownBy(() => {
    throw new AggregateError([new RangeError("a"), new YarnError("b", 2), "c"], "three of them");
  }) as AggregateError;
  assert.ok(error instanceof AggregateError);
  assert.equal(error.message, "three of them");
  assert.equal(error.errors.length, 3);
  assert.ok(error.errors[0] instanceof RangeError);
  assert.ok(error.errors[1] instanceof YarnError);
  assert.equal(error.errors[2], "c");
});

test("Thread.result(): an error that is its own cause crosses as such", () => {
  const error = thrownBy(() => {
    const loop = new Error("loop");
    loop.cause = loop;
    throw loop;
  }) as Error;
  assert.equal(error.cause, error);
});

test("Thread.result(): heddle's errors stay of their class, with their code", () => {
  const lock = new Lock({ name: "db" });
  const error = thrownBy(() => lock.release());
  assert.ok(error instanceof NotOwnerError);
  assert.ok(error instanceof HeddleError);
  assert.equal(error.code, "ERR_HEDDLE_NOT_OWNER");
  assert.ok(thrownBy(() => spawn(() => sleep(100)).result(1)) instanceof TimeoutError);
});

test("Thread.result(): what is thrown need not be an error", () => {
  for (const value of [null, undefined, 0, "", "text", false, 5n, Number.NaN]) {
    assert.deepEqual(
      thrownBy(() => {
        throw value;
      }),
      value,
    );
  }
  assert.deepEqual(
    thrownBy(() => {
      throw { code: 5, list: [1] };
    }),
    { code: 5, list: [1] },
  );
});

test("Thread.result(): the stack names this file and shows both sides", () => {
  const error = thrownBy(function failing() {
    throw new Error("here");
  }) as Error;
  const stack = String(error.stack);
  assert.match(stack, /^Error: here\n +at failing \(.*errors\.test\.[jt]s:\d+:\d+\)/);
  assert.match(
    stack,
    /thrown by Thread-\d+ \(failing\)[^\n]*\n(?: +at Thread\.result [^\n]*\n)? +at thrownBy \(.*errors\.test\.[jt]s:\d+:\d+\)/,
  );
});

test("Thread.result(): throws the same object each time, and its stack does not grow", () => {
  const thread = spawn(() => {
    throw new Error("once");
  });
  const caught: Error[] = [];
  const stacks: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    try {
      thread.result(PATIENCE_MS);
    } catch (error) {
      caught.push(error as Error);
      stacks.push((error as Error).stack);
    }
  }
  assert.equal(caught.length, 3);
  assert.equal(new Set(caught).size, 1);
  assert.equal(new Set(stacks).size, 1);
});

test("Thread.exception: what the body threw, after the end; undefined before it and when nothing was thrown", () => {
  const fine = spawn(() => 1);
  assert.equal(fine.exception, undefined);
  resultOf(fine);
  assert.equal(fine.exception, undefined);
  const failing = spawn(() => {
    throw new YarnError("out of yarn", 3);
  });
  assert.equal(failing.join(PATIENCE_MS), true);
  assert.ok(failing.exception instanceof YarnError);
  assert.equal(failing.exception, failing.exception);
  assert.throws(
    () => failing.result(),
    (error) => error === failing.exception,
  );
});

test("Thread.result() in a thread passes the error on; the main thread sees the inner one's class", () => {
  const error = thrownBy(() =>
    spawn(() => {
      throw new YarnError("inner", 4);
    }).result(),
  );
  assert.ok(error instanceof YarnError);
  assert.equal(error.metres, 4);
});

test("Thread.resultAsync(): rejects with what an async body rejected with", async () => {
  const rejects = spawn(async () => {
    await Promise.resolve();
    throw new YarnError("later", 5);
  });
  await assert.rejects(
    rejects.resultAsync(PATIENCE_MS),
    (error) => error instanceof YarnError && error.metres === 5,
  );
  const plain = spawn(() => Promise.reject(new RangeError("at once")));
  await assert.rejects(plain.resultAsync(PATIENCE_MS), RangeError);
});

test("Thread: an error beside an async body's own chain (a forgotten promise) ends the thread with it", () => {
  const thread = spawn(async () => {
    void Promise.reject(new YarnError("forgotten", 6));
    await new Promise(() => {});
  });
  assert.equal(thread.join(PATIENCE_MS), true);
  assert.ok(thread.exception instanceof YarnError);
  assert.equal(resultOf(spawn(() => "the next one is fine")), "the next one is fine");
});

test("Thread: a result that cannot travel ends the thread with an error that says so", () => {
  const error = thrownBy(() => ({ deep: { promise: Promise.resolve(1) } })) as Error;
  assert.ok(error instanceof HeddleError, String(error));
  assert.match(error.message, /^Cannot .*promise/i);
});

test("Thread: an error with a property that cannot travel still arrives, with class and message", () => {
  const error = thrownBy(() => {
    throw Object.assign(new YarnError("with baggage", 7), { socket: Promise.resolve() });
  });
  assert.ok(error instanceof YarnError);
  assert.equal(error.message, "with baggage");
  assert.equal(error.metres, 7);
});

test("TH82 process.exit() in a thread ends that thread only, silently, with its finally blocks", () => {
  const told: ExceptHookInfo[] = [];
  setExcepthook((info) => told.push(info));
  const lock = new Lock();
  const thread = spawn(() => {
    lock.acquire();
    try {
      process.exit(3);
    } finally {
      lock.release();
    }
  });
  assert.equal(thread.join(PATIENCE_MS), true);
  assert.equal(thread.exception, undefined);
  assert.equal(thread.result(), undefined);
  assert.equal(lock.acquire(), true);
  lock.release();
  const later = spawn(async () => {
    await Promise.resolve();
    process.exit();
  });
  assert.equal(resultOf(later), undefined);
  assert.deepEqual(told, []);
  setExcepthook(quiet);
});

test("TH83 TR05 setExcepthook(): the hook gets the error and the very Thread object, in the thread that set it", () => {
  const told: (ExceptHookInfo & { readonly ident: number })[] = [];
  setExcepthook((info) => told.push({ ...info, ident: getIdent() }));
  const thread = spawn(() => {
    throw new YarnError("told", 8);
  });
  assert.equal(thread.join(PATIENCE_MS), true);
  assert.equal(told.length, 1);
  assert.equal(told[0]?.thread, thread);
  assert.ok(told[0]?.error instanceof YarnError);
  assert.equal(told[0]?.ident, getIdent());
  setExcepthook(quiet);
});

test("TH83 setExcepthook(): errors arrive while this thread awaits, too, and in their order", async () => {
  const told: string[] = [];
  setExcepthook(({ error }) => told.push((error as Error).message));
  const thread = spawn(() => {
    for (let i = 0; i < 3; i++) {
      const child = spawn((n: number) => {
        throw new Error(`number ${n}`);
      }, i);
      child.join();
    }
  });
  await until(() => told.length === 3, { what: "three errors to be told" });
  assert.deepEqual(told, ["number 0", "number 1", "number 2"]);
  resultOf(thread);
  setExcepthook(quiet);
});

test("setExcepthook() in a thread: it is told of errors until that thread ends", () => {
  const told = spawn(() => {
    const names: string[] = [];
    setExcepthook(({ thread, error }) => names.push(`${thread.name}: ${(error as Error).message}`));
    new Thread({
      name: "child",
      target: () => {
        throw new Error("told");
      },
    })
      .start()
      .join();
    return [...names, currentThread().name];
  });
  assert.deepEqual(resultOf(told), ["child: told", told.name]);
  setExcepthook(quiet);
});

test("setExcepthook() refuses what is no function", () => {
  for (const hook of [undefined, 1, "log", {}]) {
    assert.throws(() => setExcepthook(hook as never), {
      name: "TypeError",
      message: /^Cannot set the excepthook: /,
    });
  }
});
