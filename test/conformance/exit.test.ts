// How programs end: what is waited for, what is not, with which status, and what is left to say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet, run, WAYS, WELL } from "./programs.ts";

for (const way of WAYS) {
  test(`TH33 TH57 ${way}: threads are waited for, also those of a thread that has ended`, async () => {
    const result = await run("waits-for-threads.mjs", way);
    assert.deepEqual(quiet(result), WELL);
    assert.equal(result.stdout, "child ends\nend of main\ngrandchild ends\n");
  });

  test(`TH53 ${way}: a thread that joins the main thread goes on when main's work has ended`, async () => {
    const result = await run("joins-main.mjs", way);
    assert.deepEqual(quiet(result), WELL);
    assert.equal(result.stdout, "end of main\njoined main: true terminated\n");
  });

  test(`TH50 TH52 TH56 ${way}: daemons do not keep the program and run no line more`, async () => {
    const result = await run("daemons.mjs", way);
    assert.deepEqual(quiet(result), WELL);
    assert.equal(result.stdout, "end of main 10\n");
  });

  test(`${way}: process.exit(7) in main while 20 threads are blocked ends the process at once`, async () => {
    const result = await run("exit-blocked.mjs", way);
    assert.deepEqual(quiet(result), { ...WELL, status: 7 });
    assert.equal(result.stdout, "leaving\n");
  });

  test(`${way}: a pending Async wait keeps the process alive as a timer would, and no longer`, async () => {
    const result = await run("async-keeps-alive.mjs", way);
    assert.deepEqual(quiet(result), WELL);
    assert.equal(result.stdout, "true\ntrue\ntrue\ntrue\n");
  });

  test(`TH32 TH41 TH45 TH46 TH47 TH48 TH111 ${way}: in an 'exit' handler nothing hangs`, async () => {
    const result = await run("finalizing.mjs", way);
    assert.deepEqual(quiet(result), WELL);
    assert.deepEqual(result.stdout.trimEnd().split("\n"), [
      "end of main",
      "start, in a handler from before the first thread: InvalidStateError",
      "current is main: true",
      "alive and no daemon: 1",
      "start: InvalidStateError",
      "join of an ended daemon: true",
      "join of a live daemon with a timeout: false",
      "join of a live daemon: InvalidStateError",
      "acquire of a free lock: true",
      "acquire with a timeout of a daemon's lock: false",
      "acquire of a daemon's lock: InvalidStateError",
      "local: main's own",
    ]);
  });

  test(`TH62 TH109 TH110 ${way}: what is to be done at the end is done once, after the threads have ended`, async () => {
    const result = await run("at-exit.mjs", way);
    assert.deepEqual(quiet(result), WELL);
    assert.equal(result.stdout, "end of main\nthread ends\nat exit: 1 alive\n");
  });

  test(`TS01 ${way}: a signal that a thread sends runs its handler in the main thread`, async () => {
    const result = await run("signals.mjs", way);
    assert.deepEqual(quiet(result), WELL);
    assert.equal(result.stdout, "handler in main: true SIGUSR2 true\nSIGTERM 0\n");
  });
}

test("node: an error that nobody catches in main ends the process as Node does, with status 1", async () => {
  const result = await run("main-fails.mjs", "node");
  assert.deepEqual([result.status, result.signal, result.timedOut], [1, null, false]);
  assert.match(result.stderr, /RangeError: main fails\n +at .*main-fails\.mjs:11:7/);
});

test("TH17 heddle run: an error that nobody catches in main is told at once; threads are waited for; status 1", async () => {
  const result = await run("main-fails.mjs", "heddle run");
  assert.deepEqual([result.status, result.signal, result.timedOut], [1, null, false]);
  assert.match(result.stderr, /RangeError: main fails\n +at .*main-fails\.mjs:11:7/);
  assert.equal(result.stdout, "the thread ends\n");
});

test("TH08 TH11 TH44 TH60 heddle first loaded in a raw Worker: its threads work and are waited for", async () => {
  const result = await run("first-in-worker.mjs");
  assert.deepEqual(quiet(result), WELL);
  assert.deepEqual(result.stdout.trimEnd().split("\n").sort(), [
    '"worker exits"',
    "the worker's thread ends",
    "worker ended 0",
    '{"result":42,"same":true,"alive":true}',
  ]);
});

test("TH21 LK05 LK14 LK45 what a thread used is collected after its end, and so is a lock or semaphore that nobody has", async () => {
  const result = await run("forgets-target.mjs", "node", { nodeArgs: ["--expose-gc"] });
  assert.deepEqual(quiet(result), WELL);
  assert.equal(result.stdout, "true,true,true,true,true,true,true\n");
});

test("TH14 TH49 when no worker can be started, start() throws and the thread may be started later", async () => {
  const result = await run("no-carrier.mjs");
  assert.deepEqual(quiet(result), WELL);
  assert.equal(result.stdout, "true true\nnew undefined 1\n5\n");
});

test("TH79 Ctrl-C while the program only waits for its threads ends it, with status 130 or by the signal", async () => {
  for (const way of WAYS) {
    let sent = false;
    const result = await run("sigint.mjs", way, {
      onOutput: (_text, child) => {
        if (!sent) child.kill("SIGINT");
        sent = true;
      },
    });
    assert.equal(result.timedOut, false, way);
    assert.ok(
      result.status === 130 || result.signal === "SIGINT",
      `${way}: ${result.status} ${result.signal}`,
    );
    assert.equal(result.stdout, "ready\n");
  }
});
