// heddle in a worker that the program has started itself, whatever that worker was given.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

test("a worker of the program's own imports heddle, whatever its workerData is", async () => {
  const given = [undefined, null, "text", { code: "text" }, { heddle: undefined, code: 7 }];
  for (const workerData of [...given, { heddle: null }, { heddle: { code: 7, memory: "text" } }]) {
    const worker = new Worker(
      `import("heddle").then(({ Lock }) => {
         const lock = new Lock();
         lock.acquire();
         require("node:worker_threads").parentPort.postMessage(lock.locked());
       });`,
      { eval: true, workerData },
    );
    assert.deepEqual(await once(worker, "message"), [true]);
    await worker.terminate();
  }
});
