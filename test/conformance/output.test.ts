// What threads write: console and the streams of the process, the excepthook's text, stacks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { run, WAYS } from "./programs.ts";

for (const way of WAYS) {
  test(`${way}: 8 threads write whole lines, each in its order, while main is blocked`, async () => {
    const result = await run("writers.mjs", way);
    assert.deepEqual([result.status, result.timedOut], [0, false]);
    const lines = result.stdout.trimEnd().split("\n");
    assert.equal(lines.pop(), "main is free", "main wrote when the threads had ended");
    const errors = result.stderr.trimEnd().split("\n");
    assert.deepEqual([lines.length, errors.length], [6 * 200, 2 * 200]);
    const next = new Map<string, number>();
    for (const line of [...lines, ...errors]) {
      const [, thread, number, filling] = /^thread (\d) line (\d+) (x*) end$/.exec(line) ?? assert.fail(line);
      assert.equal(Number(number), next.get(thread!) ?? 0);
      assert.equal(filling?.length, (Number(number) * 37) % 3000);
      next.set(thread!, Number(number) + 1);
    }
    assert.deepEqual(
      [...next.values()],
      Array.from({ length: 8 }, () => 200),
    );
  });

  test(`${way}: what a thread writes is seen at once, though main is blocked for good`, async () => {
    const result = await run("seen-at-once.mjs", way, {
      onOutput: (_text, child) => child.kill("SIGKILL"),
    });
    assert.equal(result.stdout, "written by a thread\n");
    assert.equal(result.timedOut, false);
  });

  test(`TH72 TH80 TH85 ${way}: an error in a thread is told with name, function and stack; status 0`, async () => {
    const result = await run("thread-fails.mjs", way);
    assert.deepEqual([result.status, result.timedOut], [0, false]);
    assert.equal(result.stdout, "main goes on\n");
    const place = String.raw`at weave \(.*programs/thread-fails\.mjs:8:9\)`;
    assert.match(
      result.stderr,
      new RegExp(String.raw`^Exception in thread loom \(weave\):\nYarnError: out of yarn\n +${place}`),
    );
    assert.match(result.stderr, /\[cause\]: TypeError: no sheep\n/);
    assert.match(result.stderr, /\nHOOK Thread-1 \(weave\): out of yarn\n/);
    assert.match(
      result.stderr,
      new RegExp(String.raw`\nException in thread Thread-2 \(weave\):\nYarnError: out of yarn\n +${place}`),
    );
    assert.match(result.stderr, /\nException in thread Thread-3:\n'just text'\n/);
    assert.equal(result.stderr.match(/Exception in thread/g)?.length, 3);
  });

  test(`TH84 ${way}: when the hook itself throws, that is told, and the program goes on`, async () => {
    const result = await run("hook-fails.mjs", way);
    assert.deepEqual([result.status, result.timedOut], [0, false]);
    assert.equal(result.stdout, "main goes on\n");
    assert.match(
      result.stderr,
      /^Exception in excepthook:\nRangeError: the hook is broken\n +at .*hook-fails\.mjs:5:9/,
    );
  });
}

test("heddle run: the stack of an error in a thread names the TypeScript file and its lines, on both sides", async () => {
  const result = await run("stack.ts", "heddle run");
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /^RangeError: out of yarn\n/);
  assert.match(result.stdout, /at weave \(.*programs\/stack\.ts:9:\d+\)/);
  assert.match(result.stdout, /at .*programs\/stack\.ts:13:\d+/);
  assert.match(result.stdout, /whose result was asked for at[^]*at .*programs\/stack\.ts:15:\d+/);
});
