import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CLI, type ProgramResult, programFolder, runProgram } from "../support/child.ts";

async function heddleRun(
  files: Record<string, string>,
  args: readonly string[] = [],
  options: readonly string[] = [],
): Promise<ProgramResult & { readonly path: string }> {
  const folder = programFolder(files);
  try {
    const program = folder.file("main.ts");
    const result = await runProgram([CLI, "run", ...options, program, ...args], { deadlineMs: 30_000 });
    return { ...result, path: program };
  } finally {
    folder.remove();
  }
}

describe("heddle run", () => {
  it("leaves a program's own flags alone", async () => {
    const { stdout, stderr, status, path } = await heddleRun(
      { "main.ts": "console.log(JSON.stringify(process.argv.slice(1)));" },
      ["--flag", "-h", "--dump-on-hang", "7", "--", "x"],
    );
    assert.equal(stderr, "");
    assert.deepEqual(JSON.parse(stdout), [path, "--flag", "-h", "--dump-on-hang", "7", "--", "x"]);
    assert.equal(status, 0);
  });

  it("keeps the program's exit status", async () => {
    assert.equal((await heddleRun({ "main.ts": "process.exit(7 as number);" })).status, 7);
    assert.equal((await heddleRun({ "main.ts": "process.exitCode = 3 as number;" })).status, 3);
  });

  it("names the source's file and line when the program fails", async () => {
    const { stderr, status, path } = await heddleRun({
      "main.ts": `interface A { x: number }\n\nconst a: A = { x: 1 };\nthrow new RangeError(\`no \${a.x}\`);\n`,
    });
    assert.match(stderr, /RangeError: no 1/);
    assert.ok(stderr.includes(`${path}:4:7`), stderr);
    assert.equal(status, 1);
  });

  it("names the source's file and line when a thread fails", async () => {
    const { stderr, status, path } = await heddleRun({
      "main.ts": `import { spawn } from "heddle";
interface A { x: number }
import { check } from "./check.ts";
const a: A = { x: 1 };

spawn(() => {
  check(a.x);
}).join();
`,
      "check.ts": `type N = number;\n\nexport function check(x: N): void {\n  throw new RangeError(\`no \${x}\`);\n}\n`,
    });
    assert.match(stderr, /Exception in thread /);
    assert.ok(stderr.includes(`${path.replace("main.ts", "check.ts")}:4:9`), stderr);
    assert.ok(stderr.includes(`${path}:7:3`), stderr);
    assert.equal(status, 0, "an error in a thread ends that thread only");
  });

  it("names the source's file and line when a body cannot be captured", async () => {
    const { stderr, status, path } = await heddleRun({
      "main.ts": `import { spawn } from "heddle";
interface A { x: number }
let count: number = 0;
spawn(() => {
  count += 1;
});
`,
    });
    assert.match(stderr, /CaptureError: Cannot send target: target assigns the captured variable count/);
    assert.ok(stderr.includes(`(${path}:5:3)`), stderr);
    assert.equal(status, 1);
  });

  it("prints every thread when nothing has moved for as long as it was told", async () => {
    const { stderr } = await heddleRun(
      {
        "main.ts": `import { Event, spawn } from "heddle";
const never = new Event({ name: "never" });
const t = spawn(() => { never.wait(2000); });
t.join(2500);`,
      },
      [],
      ["--dump-on-hang", "200"],
    );
    assert.match(stderr, /never/);
  });
});
