// Many short threads, one after the other: what each took comes back. test/stress has the long version.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runSource } from "../support/child.ts";
import { assertStartsLeaveNothing } from "../support/starts.ts";

test("start() and join() of 500 short threads leave memory, handles and descriptors where they were", async () => {
  await assert.doesNotReject(assertStartsLeaveNothing(200, 500, 96));
});

test("what a body leaves behind in its event loop, and blocks there, keeps no other thread from starting", async () => {
  const { stdout, status, timedOut } = await runSource(`
    import { spawn } from "heddle";
    const block = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    for (let i = 0; i < 2; i++) {
      spawn(() => void setImmediate(block)).join();
      const numbers = [1, 2, 3].map((n) => spawn(() => n * 10 + i));
      console.log(numbers.map((thread) => thread.result()).join());
      console.log(spawn(() => spawn(() => "nested").result()).result());
    }
    process.exit(0);
  `);
  assert.deepEqual([stdout, status, timedOut], ["10,20,30\nnested\n11,21,31\nnested\n", 0, false]);
});
