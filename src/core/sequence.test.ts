import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { crew, results } from "../../test/support/threads.ts";
import { untilSync } from "../../test/support/until.ts";
import { deadlineOf, NEVER, POLL } from "./deadline.ts";
import { allocate } from "./heap.ts";
import { lengthOf } from "./line.ts";
import { block, TIMED_OUT } from "./park.ts";
import { REASON } from "./reason.ts";
import { awaitFlag, grantWait, wakeAll, wakeSome } from "./sequence.ts";
import { type Addr, load, store } from "./word.ts";

const word = allocate(16);
const order = (word + 8) as Addr;

function untilInLine(count: number): void {
  untilSync(() => lengthOf(word) === count, { what: `${count} in the line` });
}

/** In a thread: waits for a grant; true: it had one. */
function awaitGrant(): boolean {
  return (
    block(
      grantWait(word, REASON.CONDITION, () => {}),
      deadlineOf(20_000),
    ) !== TIMED_OUT
  );
}

describe("sequence", () => {
  beforeEach(() => {
    store(word, 0);
    store(order, 0);
  });

  it("awaitFlag() looks at once, and polls without joining the line", () => {
    store(word, 4);
    assert.equal(awaitFlag(word, 4, POLL, REASON.EVENT), true);
    assert.equal(awaitFlag(word, 6, NEVER, REASON.EVENT), true);
    assert.equal(awaitFlag(word, 2, POLL, REASON.EVENT), false);
  });

  it("awaitFlag() is false when the deadline passes, and leaves the line", () => {
    assert.equal(awaitFlag(word, 1, deadlineOf(2), REASON.EVENT), false);
    assert.equal(lengthOf(word), 0);
  });

  it("wakeAll() releases all who wait, though the flag is undone at once", () => {
    const threads = crew(8, () => awaitFlag(word, 1, deadlineOf(20_000), REASON.EVENT));
    untilInLine(8);
    store(word, 1);
    wakeAll(word);
    store(word, 0);
    assert.deepEqual(results(threads), Array(8).fill(true));
  });

  it("wakeSome() releases exactly so many, the oldest first", () => {
    const threads = [];
    for (let i = 0; i < 5; i++) {
      threads.push(...crew(1, awaitGrant));
      untilInLine(i + 1);
    }
    assert.equal(wakeSome(word, 2), 2);
    results(threads.splice(0, 2));
    assert.deepEqual(
      threads.map((thread) => thread.isAlive()),
      [true, true, true],
    );
    assert.equal(wakeSome(word, 10), 3);
    assert.deepEqual(results(threads), [true, true, true]);
    assert.equal(wakeSome(word, 1), 0);
  });

  it("a wait for a grant ignores the word: only a grant ends it", () => {
    store(word, -1);
    assert.equal(
      block(
        grantWait(word, REASON.CONDITION, () => {}),
        deadlineOf(1),
      ),
      TIMED_OUT,
    );
  });

  it("grantWait() releases its lock after it has joined the line, before it sleeps", () => {
    let inLine = -1;
    block(
      grantWait(word, REASON.CONDITION, () => {
        inLine = lengthOf(word);
        wakeSome(word, 1);
      }),
      NEVER,
    );
    assert.equal(inLine, 1);
    assert.equal(load(word), 0);
  });

  it("a grant to a waiter that leaves without it goes to the next in line", () => {
    const threads: ReturnType<typeof crew<boolean>> = [];
    const leaves = {
      ...grantWait(word, REASON.CONDITION, () => {}),
      poll: (): undefined => {
        threads.push(...crew(1, awaitGrant));
        untilInLine(2);
        assert.equal(wakeSome(word, 1), 1); // that is us, the oldest
        throw new RangeError("it leaves");
      },
    };
    assert.throws(() => block(leaves, NEVER), RangeError);
    assert.deepEqual(results(threads), [true]);
    assert.equal(lengthOf(word), 0);
  });
});
