import assert from "node:assert/strict";
import { test } from "node:test";
import { layerViolations, readPolicy } from "../support/layers.ts";
import { parseSource, sourcesIn } from "../support/sources.ts";

/** The architecture. Change it here, with the reason, in the commit that needs the change. */
const POLICY = `
# A file imports its own layer and the layers to the left of it; type imports count.
# Files form no cycle; within a layer a file may still take a type from the one that uses it.
# (The tour is a user of the public API, so cli comes last.)
errors, loader < core < value < closure, shared, sync < queue < thread < futures < process < api < cli

# The seam: the model checker replaces this one file, so nothing else may reach shared words.
# (doctor looks at the platform, not at heddle's memory; its finding must not depend on the seam.
# The loader is not in the script that it loads: it has done its work before there is a seam or a heap.)
Atomics: core/word.ts, cli/doctor.ts, loader.ts
# One buffer holds everything that heddle shares; a second one would have addresses of its own.
new SharedArrayBuffer: core/memory.ts, core/word.ts, cli/doctor.ts, loader.ts

# Whoever may create an isolate or a process is responsible for its death.
node:worker_threads: thread/, process/, cli/, loader.ts
node:child_process: thread/, process/, cli/
# What knows Node from the browser is in one file of each layer.
node:*: any/platform.ts, cli/, loader.ts
`;
const MAX_LINES = 400;

const policy = readPolicy(POLICY);

test("the layers: every import in src points downwards, and only the seam names Atomics", () => {
  assert.deepEqual(layerViolations(sourcesIn("src"), policy), []);
});

test(`the layers: no file is longer than ${MAX_LINES} lines`, () => {
  const long = ["src", "test", "bench", "examples"]
    .flatMap((folder) => sourcesIn(folder))
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES);
  assert.deepEqual(long, []);
});

const PLANTED: readonly [what: string, files: Record<string, string>, expected: RegExp][] = [
  [
    "an import upwards",
    { "src/core/word.ts": 'import "../sync/lock.ts";' },
    /word\.ts:1 imports src\/sync\/lock/,
  ],
  [
    "a type import upwards",
    { "src/value/a.ts": 'import type { T } from "../thread/t.ts";' },
    /value may not import thread/,
  ],
  [
    "an inline type import upwards",
    { "src/value/a.ts": 'type T = import("../thread/t.ts").T;' },
    /value may not/,
  ],
  [
    "a re-export upwards",
    { "src/errors.ts": 'export * from "./core/word.ts";' },
    /errors may not import core/,
  ],
  [
    "a dynamic import upwards",
    { "src/core/a.ts": 'void import("../api/index.ts");' },
    /core may not import api/,
  ],
  ["an import among equals", { "src/sync/a.ts": 'import "../closure/b.ts";' }, /sync may not import closure/],
  ["an import of the tests", { "src/sync/a.ts": 'import "../../test/support/until.ts";' }, /outside src/],
  ["a layer nobody knows", { "src/utils/a.ts": "" }, /src\/utils\/a\.ts is in no known layer/],
  [
    "a cycle",
    { "src/core/a.ts": 'import "./b.ts";', "src/core/b.ts": 'export { a } from "./a.ts";' },
    /cycle: src\/core\/a\.ts -> src\/core\/b\.ts -> src\/core\/a\.ts/,
  ],
  ["Atomics outside the seam", { "src/core/a.ts": "\nAtomics.load(x, 0);" }, /a\.ts:2 names Atomics/],
  [
    "a second shared buffer",
    { "src/shared/a.ts": "new SharedArrayBuffer(8);" },
    /names new SharedArrayBuffer/,
  ],
  [
    "a worker too low",
    { "src/sync/a.ts": 'import { Worker } from "node:worker_threads";' },
    /node:worker_threads/,
  ],
  ["Node outside the platform file", { "src/value/a.ts": 'import "node:util";' }, /a\.ts:1 names node:\*/],
];

for (const [what, files, expected] of PLANTED) {
  test(`the layers: the rule refuses ${what}`, () => {
    const sources = Object.entries(files).map(([path, text]) => parseSource(path, text));
    const violations = layerViolations(sources, policy);
    assert.equal(violations.length, 1);
    assert.match(String(violations[0]), expected);
  });
}

test("the layers: the rule allows what it should", () => {
  const fine = parseSource(
    "src/thread/platform.ts",
    'import type { A } from "./platform.ts"; import { Worker } from "node:worker_threads"; import { inspect } from "node:util"; import "../core/word.ts";\n' +
      'const text = "Atomics"; export type B = SharedArrayBuffer; // Atomics in a comment\n' +
      "export const o = { Atomics: 1 }; o.Atomics;",
  );
  assert.deepEqual(layerViolations([fine], policy), []);
});
