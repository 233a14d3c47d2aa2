import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram, runSource } from "./child.ts";

test("runProgram() gives status and both outputs of a program", async () => {
  const result = await runProgram(["-e", "console.log('out'); console.error('err'); process.exitCode = 3"]);
  assert.deepEqual(
    [result.status, result.stdout, result.stderr, result.timedOut],
    [3, "out\n", "err\n", false],
  );
});

test("runProgram() kills a program that blocks past its deadline", async () => {
  const blocked = "console.log('in'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)";
  const result = await runProgram(["-e", blocked], { deadlineMs: 300 });
  assert.equal(result.timedOut, true);
  assert.equal(result.signal, "SIGKILL");
});

test("runProgram() hands over input and shows output as it comes", async () => {
  const seen: string[] = [];
  const result = await runProgram(["-e", "process.stdin.pipe(process.stdout)"], {
    input: "warp and weft",
    onOutput: (text) => seen.push(text),
  });
  assert.equal(result.stdout, "warp and weft");
  assert.equal(seen.at(-1), "warp and weft");
});

test("runSource() runs a program of each kind of file", async () => {
  const esm = await runSource("import { basename } from 'node:path'; console.log(basename(import.meta.url))");
  assert.equal(esm.stdout, "main.mjs\n");
  const cjs = await runSource("console.log(typeof require)", { name: "main.cjs" });
  assert.equal(cjs.stdout, "function\n");
});
