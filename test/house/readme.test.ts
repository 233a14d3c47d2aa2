import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CLI, programFolder, ROOT, runProgram } from "../support/child.ts";

const README = readFileSync(join(ROOT, "README.md"), "utf8");

test("README.md: the example prints what it says", async () => {
  const program = /```ts\n(.*?)```/s.exec(README)?.[1];
  const shown = /```\n\$ npx heddle run count\.ts\n(.*?)```/s.exec(README)?.[1];
  assert.ok(program !== undefined && shown !== undefined, "the example or its output is missing");
  const folder = programFolder({ "count.ts": program });
  try {
    const { status, stdout, stderr } = await runProgram([CLI, "run", folder.file("count.ts")]);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: shown, stderr: "" });
  } finally {
    folder.remove();
  }
});
