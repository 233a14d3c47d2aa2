// The simplest process: a function, run in a process of its own.
import assert from "node:assert/strict";
import { Process } from "heddle/multiprocessing";

function worker(): void {
  console.log("Process is running");
}

const p = new Process({ target: worker });
assert.equal(p.isAlive(), false);
p.start();
assert.notEqual(p.pid, process.pid);
p.join();
assert.equal(p.exitcode, 0);
console.log("Process has ended");
