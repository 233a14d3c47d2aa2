import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Deadline,
  deadlineOf,
  NEVER,
  POLL,
  remaining,
  signalOf,
  TIMEOUT_MAX,
  timeoutMsOf,
} from "./deadline.ts";
import { now } from "./word.ts";

const bad = (value: unknown): never => value as never;

describe("deadline", () => {
  for (const forever of [undefined, Infinity, {}, { timeoutMs: undefined }, { timeoutMs: Infinity }]) {
    it(`deadlineOf() never comes for ${JSON.stringify(forever) ?? String(forever)}`, () => {
      assert.equal(deadlineOf(forever), NEVER);
      assert.equal(remaining(deadlineOf(forever)), Infinity);
    });
  }

  for (const poll of [0, -0, { timeoutMs: 0 }]) {
    it(`deadlineOf() has passed for ${JSON.stringify(poll)}`, () => {
      assert.equal(deadlineOf(poll), POLL);
      assert.equal(remaining(deadlineOf(poll)), 0);
    });
  }

  it("deadlineOf() counts from now, on the clock of now()", () => {
    const before = now();
    const deadline = deadlineOf(1000);
    const after = now();
    assert.ok(
      deadline >= before + 1000 && deadline <= after + 1000,
      `${deadline} is not 1000 after ${before}`,
    );
    assert.ok(remaining(deadline) > 0 && remaining(deadline) <= 1000);
  });

  it("remaining() is 0, not less, when the deadline has passed", () => {
    assert.equal(remaining((now() - 5000) as Deadline), 0);
  });

  for (const [value, error, text] of [
    [-1, RangeError, "Cannot wait: timeoutMs must be 0 or more, got -1"],
    [-Infinity, RangeError, "Cannot wait: timeoutMs must be 0 or more, got -Infinity"],
    [Number.NaN, RangeError, "Cannot wait: timeoutMs must be 0 or more, got NaN"],
    [2 ** 60, RangeError, `Cannot wait: timeoutMs must be at most ${TIMEOUT_MAX}, got ${2 ** 60}`],
    ["5", TypeError, 'Cannot wait: timeoutMs must be a number of milliseconds, got "5"'],
    [null, TypeError, "Cannot wait: timeoutMs must be a number of milliseconds, got null"],
    [true, TypeError, "Cannot wait: timeoutMs must be a number of milliseconds, got boolean"],
    [5n, TypeError, "Cannot wait: timeoutMs must be a number of milliseconds, got bigint"],
  ] as const) {
    it(`timeoutMsOf() refuses ${typeof value} ${String(value)}, bare and as an option`, () => {
      assert.throws(() => timeoutMsOf(bad(value)), { name: error.name, message: text });
      assert.throws(() => deadlineOf({ timeoutMs: bad(value) }), { name: error.name, message: text });
    });
  }

  it("deadlineOf() refuses an option that it does not know: a misspelt timeout would wait for ever", () => {
    assert.throws(() => deadlineOf(bad({ timeout: 5 })), /^TypeError: Cannot wait: unknown option "timeout"/);
    assert.equal(deadlineOf(bad({ permits: 2 }), ["permits"]), NEVER);
  });

  it("timeoutMsOf() takes TIMEOUT_MAX and fractions", () => {
    assert.equal(timeoutMsOf(TIMEOUT_MAX), TIMEOUT_MAX);
    assert.equal(timeoutMsOf({ timeoutMs: 0.25 }), 0.25);
  });

  it("signalOf() gives the signal, and refuses what is none", () => {
    const { signal } = new AbortController();
    assert.equal(signalOf({ signal }), signal);
    assert.equal(signalOf(5), undefined);
    assert.equal(signalOf(undefined), undefined);
    assert.throws(
      () => signalOf({ signal: bad({ aborted: false }) }),
      /^TypeError: Cannot wait: signal must be an AbortSignal/,
    );
  });
});
