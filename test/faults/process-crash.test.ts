// One process crashing leaves the others running; beside it, the same in a thread where that is possible.
import assert from "node:assert/strict";
import { test } from "node:test";
import { spawn, ThreadTerminatedError } from "heddle";
import { Pipe, Process, Queue } from "heddle/multiprocessing";
import { runSource } from "../support/child.ts";

const PATIENCE_MS = 30_000;

const CRASHES: readonly [what: string, body: () => unknown, exitcode: number][] = [
  ["SIGSEGV", () => process.kill(process.pid, "SIGSEGV"), -11],
  ["SIGKILL", () => process.kill(process.pid, "SIGKILL"), -9],
  ["process.abort()", () => process.abort(), -6],
  ["process.exit(3)", () => process.exit(3), 3],
  [
    "an uncaught error",
    () => {
      throw new Error("expected");
    },
    1,
  ],
];

for (const [what, body, exitcode] of CRASHES) {
  test(`${what} in a process: its parent sees ${exitcode}, a sibling's answer comes, its pipe ends`, () => {
    const [asked, answered] = [new Queue<number>(), new Queue<number>()];
    const sibling = new Process({ target: () => answered.put(asked.get() * 2), daemon: true }).start();
    const [mine, its] = Pipe();
    const crashing = new Process({
      target: () => {
        its.send("alive");
        its.recv();
        body();
        for (;;);
      },
    }).start();
    its.close();
    assert.equal(mine.recv(), "alive");
    mine.send("go");
    assert.ok(crashing.join(PATIENCE_MS));
    assert.equal(crashing.exitcode, exitcode);
    assert.throws(() => mine.recv(), { name: "EOFError" });
    asked.put(21);
    assert.equal(answered.get(PATIENCE_MS), 42);
    assert.ok(sibling.join(PATIENCE_MS));
    assert.equal(sibling.exitcode, 0);
  });
}

test("process.exit(3) and an uncaught error in a thread end that thread only; a signal would end the whole process", () => {
  const left = spawn(() => process.exit(3));
  const failed = spawn(() => {
    throw new RangeError("expected");
  });
  assert.equal(left.join(PATIENCE_MS), true);
  assert.throws(() => failed.result(PATIENCE_MS), RangeError);
  assert.ok(!(failed.exception instanceof ThreadTerminatedError));
});

test("out of memory in a process: it ends by a signal, its parent goes on", async () => {
  const { stdout } = await runSource(
    `
    import { Process } from "heddle/multiprocessing";
    const hungry = new Process({ target: () => { const all = []; for (;;) all.push(new Array(1e6).fill(all.length)); } }).start();
    hungry.join();
    console.log(hungry.exitcode < 0 ? "ended by a signal" : hungry.exitcode);
  `,
    { nodeArgs: ["--max-old-space-size=64"], deadlineMs: PATIENCE_MS },
  );
  assert.equal(stdout, "ended by a signal\n");
});
