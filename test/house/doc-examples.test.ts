import assert from "node:assert/strict";
import { test } from "node:test";
import * as heddle from "../../src/api/index.ts";
import { CLI, programFolder, runProgram } from "../support/child.ts";
import { docExamples } from "../support/doc-examples.ts";
import { parseSource, sourcesIn } from "../support/sources.ts";

const examples = sourcesIn("src").flatMap((source) => docExamples(source, Object.keys(heddle)));

for (const { place, program } of examples) {
  test(`the example at ${place} runs`, async () => {
    const folder = programFolder({ "example.ts": program });
    try {
      const { status, stderr, timedOut } = await runProgram([CLI, "run", folder.file("example.ts")]);
      assert.deepEqual({ status, timedOut }, { status: 0, timedOut: false }, `${program}\n${stderr}`);
    } finally {
      folder.remove();
    }
  });
}

test("docExamples() finds each block once and imports what it names", () => {
  const source = parseSource(
    "src/a.ts",
    "/**\n * Says so.\n *\n * ```ts\n * new Lock().with(() => {});\n * ```\n */\nexport const a = 1;\n",
  );
  assert.deepEqual(docExamples(source, ["Lock", "Event"]), [
    { place: "src/a.ts:8", program: 'import { Lock } from "heddle"; new Lock().with(() => {});\n' },
  ]);
});
