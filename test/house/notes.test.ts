// docs/notes-coverage.md: what it refers to is there, and says what it is quoted with.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../support/child.ts";

/** The tests that each way to run an example is listed in. */
const EXAMPLES: string = readFileSync(join(ROOT, "test/examples/examples.test.ts"), "utf8");
const text: string = readFileSync(join(ROOT, "docs/notes-coverage.md"), "utf8");
const rows: string[] = text
  .split("\n")
  .filter(
    (line) => line.startsWith("| ") && !line.startsWith("| The notes say") && !line.startsWith("| ---"),
  );

test("the notes: there is a row for each of their claims", () => {
  assert.ok(rows.length >= 70, `${rows.length} rows`);
});

for (const row of rows) {
  const [, claim = "", shown = ""] = row.split(" | ").join("|").split("|");
  test(`the notes: ${claim.trim()}`, () => {
    const references = [...shown.matchAll(/`([^`]+)`(?: "([^"]+)")?/g)];
    assert.ok(references.length > 0, "it refers to something");
    for (const [, path = "", quote] of references) {
      assert.ok(existsSync(join(ROOT, path)), `${path} is there`);
      const content = readFileSync(join(ROOT, path), "utf8");
      if (quote !== undefined) assert.ok(content.includes(quote), `${path} says "${quote}"`);
      if (path.startsWith("examples/")) {
        const name = path.replace(/^examples\/|\.ts$/g, "");
        assert.ok(EXAMPLES.includes(`"${name}"`), `${path} is run by the tests`);
      }
    }
  });
}
