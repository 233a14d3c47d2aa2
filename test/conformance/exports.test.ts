// The names that programs are written against.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as heddle from "../../src/api/index.ts";
import * as shared from "../../src/api/shared.ts";
import * as threading from "../../src/api/threading.ts";
import { runSource } from "../support/child.ts";
import { quiet, run, WELL } from "./programs.ts";

const THREADING = [
  ...["Thread", "Lock", "Event", "spawn", "currentThread", "mainThread", "enumerate", "activeCount"],
  ...["getIdent", "getNativeId", "setExcepthook", "stackSize", "TIMEOUT_MAX", "sleep", "sleepAsync"],
  ...["dumpThreads", "HeddleError", "NotOwnerError", "AlreadyStartedError", "NotStartedError"],
  ...["SelfJoinError", "TimeoutError", "InvalidStateError", "DeadlockError", "AbandonedLockError"],
  ...["InterruptedError", "ThreadTerminatedError", "CaptureError", "NotShareableError"],
  ...["BlockingNotAllowedError", "HeapExhaustedError"],
];
const SHARED = ["sharedArray", "AtomicInt", "AtomicBigInt"];

test("TH100 heddle, heddle/threading and heddle/shared export what programs are written against", () => {
  const missing = (names: readonly string[], module: object): string[] =>
    names.filter((name) => !(name in module));
  assert.deepEqual(missing([...THREADING, ...SHARED], heddle), []);
  assert.deepEqual(missing(THREADING, threading), []);
  assert.deepEqual(missing(SHARED, shared), []);
});

test("TH100 what a subpath exports is the very thing that heddle exports", () => {
  const all: Readonly<Record<string, unknown>> = heddle;
  for (const [name, value] of [...Object.entries(threading), ...Object.entries(shared)]) {
    assert.equal(all[name], value, name);
  }
});

test("every error class extends HeddleError, has its own name, and a code that no other has", () => {
  const codes = new Map<string, string>();
  for (const [name, value] of Object.entries(heddle)) {
    if (!name.endsWith("Error") || name === "HeddleError") continue;
    const error = new (value as new (text: string) => heddle.HeddleError)("Cannot go on: it is a test");
    assert.ok(error instanceof heddle.HeddleError && error instanceof Error, name);
    assert.equal(error.name, name);
    assert.match(error.code, /^ERR_HEDDLE_[A-Z_]+$/);
    assert.equal(codes.get(error.code), undefined, `${name} and ${codes.get(error.code)}`);
    codes.set(error.code, name);
  }
  assert.ok(codes.size >= 15);
});

test("TIMEOUT_MAX is a number of milliseconds that every waiting call takes", () => {
  assert.ok(heddle.TIMEOUT_MAX > 9_223_372_036_000);
  const event = new heddle.Event();
  event.set();
  assert.equal(event.wait(heddle.TIMEOUT_MAX), true);
});

test("importing heddle changes nothing in the importing thread and keeps nothing alive", async () => {
  const result = await run("imports.mjs");
  assert.deepEqual(quiet(result), WELL);
  assert.equal(result.stdout, " true\n");
});

test("TH22 the names that CPython keeps from older days are heddle's own, and do not warn", () => {
  assert.deepEqual(
    [heddle.currentThread().name, heddle.activeCount() >= 1, new heddle.Event().isSet()],
    ["MainThread", true, false],
  );
  const condition = new heddle.Condition();
  condition.with(() => condition.notifyAll());
  for (const name of ["getName", "setName", "isDaemon", "setDaemon"]) {
    assert.equal(name in heddle.Thread.prototype, false, `${name}: properties do that`);
  }
});

test("heddle: a second copy in one process is told, once, by a warning that names both", async () => {
  const other = new URL("../../src/api/index.js", import.meta.url).href;
  const source = `import "heddle";\nimport "heddle/threading";\nawait import(${JSON.stringify(other)});\nconsole.log("goes on");\n`;
  const { status, stdout, stderr } = await runSource(source);
  assert.deepEqual([status, stdout], [0, "goes on\n"]);
  assert.match(
    stderr,
    /HEDDLE_TWO_COPIES\] HeddleWarning: heddle is loaded twice, from file:.*heddle\.cjs and from file:.*register\.js: /,
  );
  assert.equal(stderr.split("HEDDLE_TWO_COPIES").length, 2);
});
