import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { deadlineOf } from "./deadline.ts";
import { allocateRecord, freeRecord } from "./heap.ts";
import { block, TIMED_OUT } from "./park.ts";
import { attach, probe } from "./probe.ts";
import { REASON } from "./reason.ts";

/** A wait that lasts a millisecond. */
function sleepShortly(): void {
  const addr = allocateRecord();
  const wait = { addr, reason: REASON.EVENT, want: 0, poll: () => undefined };
  assert.equal(block(wait, deadlineOf(1)), TIMED_OUT);
  freeRecord(addr);
}

describe("probes", () => {
  let detach = (): void => {};
  afterEach(() => detach());

  it("tell a recorder of this isolate when its thread sleeps and wakes, and why", () => {
    const seen: string[] = [];
    detach = attach({
      park: (reason) => seen.push(`park ${reason}`),
      unpark: (reason) => seen.push(`unpark ${reason}`),
    });
    sleepShortly();
    assert.deepEqual(seen.slice(0, 2), [`park ${REASON.EVENT}`, `unpark ${REASON.EVENT}`]);
  });

  it("tell nothing when nobody listens any more", () => {
    const seen: number[] = [];
    attach({ park: (reason) => seen.push(reason) })();
    sleepShortly();
    assert.deepEqual([seen, probe.recorder], [[], undefined]);
  });

  it("leave a recorder that was attached later when an earlier one is detached", () => {
    const detachEarlier = attach({});
    const later = {};
    detach = attach(later);
    detachEarlier();
    assert.equal(probe.recorder, later);
  });
});
