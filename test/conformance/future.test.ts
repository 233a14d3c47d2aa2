import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  CancelledError,
  Future,
  InvalidStateError,
  setExcepthook,
  spawn,
  TimeoutError,
} from "../../src/api/index.ts";
import { resultOf, untilState } from "../support/threads.ts";

/** A future in each of CPython's states. */
function inState(
  state: "pending" | "running" | "cancelled" | "notified" | "raised" | "returned",
): Future<number> {
  const future = new Future<number>();
  if (state === "cancelled" || state === "notified") future.cancel();
  if (state === "running" || state === "notified") future.setRunningOrNotifyCancel();
  if (state === "raised") future.setException(new TypeError("raised"));
  if (state === "returned") future.setResult(42);
  return future;
}
const STATES = ["pending", "running", "cancelled", "notified", "raised", "returned"] as const;

test("CF01 CF02 CF03 Future.addDoneCallback(): called at once by setResult, setException and cancel", () => {
  for (const end of [
    (f: Future<number>) => f.setResult(5),
    (f: Future<number>) => f.setException(new Error("x")),
    (f: Future<number>) => f.cancel(),
  ]) {
    const future = new Future<number>();
    const seen: unknown[] = [];
    future.addDoneCallback((done) => seen.push(done));
    end(future);
    assert.deepEqual(seen, [future]);
  }
});

test("CF04 CF08 a callback that throws goes to the excepthook, and the next one is called", () => {
  const reported: unknown[] = [];
  setExcepthook(({ error }) => reported.push((error as Error).message));
  try {
    const future = new Future<number>();
    const seen: string[] = [];
    future.addDoneCallback(() => {
      throw new Error("first");
    });
    future.addDoneCallback(() => seen.push("second"));
    future.setResult(1);
    future.addDoneCallback(() => {
      throw new Error("late");
    });
    assert.deepEqual([seen, reported], [["second"], ["first", "late"]]);
  } finally {
    setExcepthook(null);
  }
});

test("CF05 CF06 CF07 a callback that is added when the future is done is called at once", () => {
  for (const state of ["returned", "raised", "cancelled"] as const) {
    let calls = 0;
    inState(state).addDoneCallback(() => calls++);
    assert.equal(calls, 1);
  }
});

test("CF09 Future prints its state, and the type of what it ended with", () => {
  const texts = STATES.map((state) => String(inState(state)));
  assert.deepEqual(texts, [
    "<Future pending>",
    "<Future running>",
    "<Future cancelled>",
    "<Future cancelled>",
    "<Future finished raised TypeError>",
    "<Future finished returned number>",
  ]);
  assert.equal(inspect(inState("pending")), "<Future pending>");
});

test("CF10 CF11 CF12 CF13 Future.cancel(), cancelled(), done(), running() in each state", () => {
  const table = STATES.map((state) => {
    const future = inState(state);
    return [future.cancelled(), future.done(), future.running(), future.cancel()].map(Number).join("");
  });
  assert.deepEqual(table, ["0001", "0010", "1101", "1101", "0100", "0100"]);
});

test("CF14 CF17 Future.result(0) and exception(0) in each state", async () => {
  for (const state of ["pending", "running"] as const) {
    assert.throws(() => inState(state).result(0), TimeoutError);
    assert.throws(() => inState(state).exception(0), TimeoutError);
    await assert.rejects(inState(state).resultAsync(0), TimeoutError);
  }
  for (const state of ["cancelled", "notified"] as const) {
    assert.throws(() => inState(state).result(0), CancelledError);
    assert.throws(() => inState(state).exception(0), CancelledError);
    await assert.rejects(Promise.resolve(inState(state)), CancelledError);
  }
  assert.throws(() => inState("raised").result(0), TypeError);
  assert.ok(inState("raised").exception(0) instanceof TypeError);
  assert.equal(inState("returned").result(0), 42);
  assert.equal(inState("returned").exception(0), undefined);
  assert.equal(await inState("returned"), 42);
});

test("CF15 CF16 CF18 a blocked result() or exception() returns when another thread ends the future", async () => {
  const ended = new Future<number>();
  const waiter = spawn(() => ended.result());
  untilState(waiter, "blocked");
  ended.setResult(42);
  assert.equal(resultOf(waiter), 42);
  const cancelled = new Future<number>();
  const loser = spawn(() => {
    try {
      return cancelled.result();
    } catch (error) {
      return (error as Error).name;
    }
  });
  untilState(loser, "blocked");
  assert.ok(cancelled.cancel());
  assert.equal(resultOf(loser), "CancelledError");
  const failing = new Future<number>();
  const setter = spawn(() => failing.setException(new RangeError("from there")));
  assert.equal((failing.exception() as Error).message, "from there");
  setter.join();
  const later = new Future<number>();
  spawn(() => later.setResult(7));
  assert.equal(await later, 7);
});

test("CF19 CF20 a second result or error is refused, and the first one kept", () => {
  const future = new Future<number>();
  future.setResult(1);
  assert.throws(() => future.setResult(2), InvalidStateError);
  assert.throws(() => future.setException(new Error("no")), InvalidStateError);
  assert.equal(future.result(), 1);
  const cancelled = inState("cancelled");
  assert.throws(() => cancelled.setResult(2), InvalidStateError);
});

test("Future.setRunningOrNotifyCancel(): true, false when cancelled, else refused", () => {
  assert.equal(new Future().setRunningOrNotifyCancel(), true);
  const cancelled = inState("cancelled");
  assert.equal(cancelled.setRunningOrNotifyCancel(), false);
  for (const state of ["running", "notified", "returned"] as const)
    assert.throws(() => inState(state).setRunningOrNotifyCancel(), InvalidStateError);
});

test("Future is the same object when it comes back, and ends for every thread", () => {
  const future = new Future<Future<number> | number>();
  const thread = spawn(() => future);
  assert.equal(resultOf(thread), future);
});
