// What is claimed of CPython's own tests is tested, and what is tested is claimed: test/conformance/ids.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CLAIMED, declined, idsOf } from "../conformance/ids.ts";
import { sourcesIn } from "../support/sources.ts";

/** How many numbers each group has; of CS and CN those about threads. */
const LAST: Readonly<Record<string, number>> = {
  ...{ LK: 68, TH: 111, TL: 11, TR: 18, TS: 6, QU: 36 },
  ...{ CE: 19, CT: 7, CF: 21, CW: 9, CA: 5, CS: 14, CN: 2, CD: 16, CP: 26, MP: 177, TC: 2 },
};
const groups = Object.keys(CLAIMED).join("|");
const claimed = Object.entries(CLAIMED).flatMap(([group, ranges]) => idsOf(group, ranges));

/** The ids in the titles of tests and of the lines of tables, and texts that are an id, which titles are made of. */
function tested(): Set<string> {
  const found = new Set<string>();
  const files = sourcesIn("test").filter(({ path }) => !path.startsWith("test/house/"));
  for (const { text } of files) {
    for (const [, title] of text.matchAll(/\b(?:(?:test|it|describe)\(|what:)\s*[`"']([^\n]*)/g)) {
      for (const [id] of title?.matchAll(new RegExp(`\\b(?:${groups})\\d\\d+\\b`, "g")) ?? []) found.add(id);
    }
    for (const [, id] of text.matchAll(new RegExp(`"((?:${groups})\\d\\d+)"`, "g"))) found.add(id as string);
  }
  return found;
}

test("conformance: each id that is claimed is named by the title of a test", () => {
  const found = tested();
  assert.deepEqual(
    claimed.filter((id) => !found.has(id)),
    [],
  );
});

test("conformance: each id that a title names is claimed", () => {
  assert.deepEqual(
    [...tested()].filter((id) => !claimed.includes(id)),
    [],
  );
});

test("conformance: every number of a group is either claimed or declined, with the reason", () => {
  const known = [...claimed, ...declined()];
  assert.equal(new Set(known).size, known.length, "none is both");
  for (const [group, last] of Object.entries(LAST)) {
    assert.deepEqual(
      idsOf(group, `1-${last}`).filter((id) => !known.includes(id)),
      [],
    );
  }
});
