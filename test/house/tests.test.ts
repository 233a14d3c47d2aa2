import assert from "node:assert/strict";
import { test } from "node:test";
import ts from "typescript";
import { parseSource, placeOf, sourcesIn, type SourceFile, walk } from "../support/sources.ts";

const SLEEPERS = new Set(["setTimeout", "setInterval"]);

/** Places where a test sleeps and hopes. A line that says why, as the linter asks, is let through. */
function sleeps(source: SourceFile): string[] {
  const lines = source.text.split("\n");
  const found: string[] = [];
  walk(source.tree, (node) => {
    const imported = ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier);
    const timers = imported && /^(node:)?timers/.test(node.moduleSpecifier.text);
    const called =
      ts.isCallExpression(node) && ts.isIdentifier(node.expression) && SLEEPERS.has(node.expression.text);
    if (!timers && !called) return;
    const { line } = source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree));
    if (!/oxlint-disable-next-line .* -- /.test(lines[line - 1] ?? "")) found.push(placeOf(source, node));
  });
  return found;
}

/** Whether a test file has no means to assert anything. */
function assertsNothing(source: SourceFile): boolean {
  return source.path.endsWith(".test.ts") && !/from "node:assert\/strict"/.test(source.text);
}

const testing = [...sourcesIn("src").filter(({ path }) => path.endsWith(".test.ts")), ...sourcesIn("test")];

test("the tests: none sleeps to wait", () => {
  assert.deepEqual(testing.flatMap(sleeps), []);
});

test("the tests: every file asserts, strictly", () => {
  assert.deepEqual(
    testing.filter(assertsNothing).map(({ path }) => path),
    [],
  );
});

test("the tests: the rules find what is planted", () => {
  const sleepy = parseSource(
    "test/a.test.ts",
    'import "node:timers/promises";\nsetTimeout(f, 9);\nt.setTimeout(1);',
  );
  assert.deepEqual(sleeps(sleepy), ["test/a.test.ts:1", "test/a.test.ts:2"]);
  assert.equal(assertsNothing(sleepy), true);
});
