// Conformance: what a child inherits, and how programs of several processes end (MP).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { programFolder, runProgram, runSource } from "../support/child.ts";
import { until } from "../support/until.ts";

test("MP149 MP175 a child has the flags of its parent, and so has its own; its exit handlers run at its end", async () => {
  const { stdout, stderr } = await runSource(
    `
    import { Process } from "heddle/multiprocessing";
    const flags = () => console.log(process.execArgv.join(" "), process.noDeprecation);
    new Process({ target: () => {
      process.on("exit", (code) => console.log("exit handler", code));
      flags();
      new Process({ target: flags }).start().join();
    } }).start().join();
  `,
    { nodeArgs: ["--no-deprecation", "--stack-trace-limit=7"] },
  );
  const line = "--no-deprecation --stack-trace-limit=7 true\n";
  assert.deepEqual([stdout, stderr], [`${line}${line}exit handler 0\n`, ""]);
});

test("a program ends when its children that are no daemons have ended; daemons end with it", async () => {
  const { stdout, status } = await runSource(`
    import { Process } from "heddle/multiprocessing";
    import { sleep } from "heddle";
    new Process({ target: () => { sleep(1e9); }, daemon: true }).start();
    new Process({ target: () => { sleep(50); console.log("child"); } }).start();
    console.log("main");
  `);
  assert.deepEqual([stdout, status], ["main\nchild\n", 0]);
});

/** Nobody may have come for the exit code of an orphan yet: such a zombie does not run. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};

for (const body of [
  "sleep(1e9)",
  "for (;;);",
  "new Lock().acquire() && new Lock({ name: 'x' }).acquire() && sleep(1e9)",
]) {
  test(`MP005 no orphans: a child in ${body} and its own child end when the first process is killed`, async () => {
    const folder = programFolder({
      "main.mjs": `
        import { Process } from "heddle/multiprocessing";
        import { sleep, Lock } from "heddle";
        new Process({ target: () => {
          new Process({ target: () => { console.log("pid " + process.pid); ${body}; } }).start();
          console.log("pid " + process.pid);
          ${body};
        } }).start();
        sleep(1e9);
      `,
    });
    const pids = new Set<number>();
    const { signal } = await runProgram([folder.file("main.mjs")], {
      onOutput: (text, child) => {
        for (const [, pid] of text.matchAll(/pid (\d+)\n/g)) pids.add(Number(pid));
        if (pids.size === 2) child.kill("SIGKILL");
      },
    });
    folder.remove();
    assert.equal(signal, "SIGKILL");
    assert.equal(pids.size, 2);
    await until(() => [...pids].every((pid) => !isAlive(pid)), { what: "the end of all of them" });
  });
}
