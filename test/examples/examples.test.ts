import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CLI, ROOT, runProgram } from "../support/child.ts";

const EXAMPLES: readonly string[] = [
  "thread/hello",
  "thread/constructor",
  "thread/numbers-and-letters",
  "thread/life-cycle",
  "lock/race",
  "lock/counter",
  "lock/forms",
  "event/client-server",
  "notes/start-and-join",
  "notes/semaphore",
  "notes/condition",
  "notes/local-data",
  "queue/producer-consumer",
  "queue/media-player",
  "shared/n-body",
  "process/hello",
  "process/isolation",
  "process/ping-pong",
  "process/pool",
  "shared/race",
  "shared/counted",
  "shared/word-frequency",
  "futures/downloader",
  "futures/primes",
  "futures/progress",
  "classic/philosophers",
  "classic/producer-consumer",
  "classic/water",
  "classic/reusable-barrier",
  "classic/readers-writers",
  "classic/sleeping-barber",
  "classic/cigarette-smokers",
  "classic/santa-claus",
  "classic/unisex-bathroom",
];

for (const name of EXAMPLES) {
  describe(`examples/${name}`, () => {
    for (const [how, args] of [
      ["compiled, in Node", [`${ROOT}/dist/examples/${name}.js`]],
      ["as TypeScript, under heddle run", [CLI, "run", `${ROOT}/examples/${name}.ts`]],
    ] as const) {
      it(`runs ${how}`, async () => {
        const { status, signal, stdout, stderr, timedOut } = await runProgram([...args], {
          deadlineMs: 30_000,
        });
        assert.equal(status, 0, JSON.stringify({ signal, timedOut, stdout, stderr }, undefined, 1));
        assert.equal(stderr, "");
      });
    }
  });
}
