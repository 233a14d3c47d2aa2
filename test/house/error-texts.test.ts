import assert from "node:assert/strict";
import { test } from "node:test";
import { errorTextProblems, faultOf } from "../support/error-texts.ts";
import { parseSource, sourcesIn } from "../support/sources.ts";

test("error texts: every error built in src says 'Cannot <verb> <object>: <reason>'", () => {
  // The tour throws as a program of its readers would.
  const production = sourcesIn("src").filter(({ path }) => !/\.test\.ts$|^src\/cli\/tour\//.test(path));
  assert.deepEqual(
    production.flatMap((source) => errorTextProblems(source).problems),
    [],
  );
});

test("error texts: the rule accepts the form and refuses its neighbours", () => {
  assert.equal(faultOf("Cannot release RLock 'db': it is held by Thread-3"), undefined);
  assert.match(String(faultOf("RLock is held")), /not of the form/);
  assert.match(String(faultOf("Cannot release RLock 'db'")), /not of the form/);
  assert.match(String(faultOf("cannot release lock: it is free")), /not of the form/);
  assert.match(String(faultOf("Cannot release lock: it is free.")), /full stop/);
  assert.match(String(faultOf("Cannot release lock: it isn't held")), /contraction/);
});

test("error texts: the rule reads literals, templates, sums and both branches", () => {
  const planted = parseSource(
    "src/planted.ts",
    [
      "throw new NotOwnerError(`Lock ${name} is free`);",
      "const e = new TypeError('Bad ' + value);",
      "throw new RangeError(x ? 'Cannot wait 5 ms: it is negative' : 'no');",
      "throw new HeapExhaustedError(`Cannot allocate ${n} bytes: only ${left} are left`);",
      "throw new CaptureError(textOf(path));",
    ].join("\n"),
  );
  const { problems, count } = errorTextProblems(planted);
  assert.equal(count, 5);
  assert.deepEqual(
    problems.map((problem) => problem.slice(0, 28)),
    ["src/planted.ts:1 NotOwnerErr", "src/planted.ts:2 TypeError: ", "src/planted.ts:3 RangeError:"],
  );
});
