// Child processes of a test: started as daemons, so that none outlives a test that failed.
import assert from "node:assert/strict";
import { Process } from "heddle/multiprocessing";

/** How long a test waits for what a process is to do, in milliseconds. */
export const PATIENCE_MS = 20_000;

/** Starts a daemon child. */
export function run(target: () => unknown): Process {
  return new Process({ target, daemon: true }).start();
}

/** Waits until children have ended, each with exit code 0. */
export function ended(...children: Process[]): void {
  for (const child of children) {
    assert.ok(child.join(PATIENCE_MS), `${child.name} has not ended`);
    assert.equal(child.exitcode, 0);
  }
}
