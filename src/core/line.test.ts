import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { untilSync } from "../../test/support/until.ts";
import { allocate } from "./heap.ts";
import { field, HEADER, WAITER } from "./layout.ts";
import {
  claimAsync,
  enter,
  eachWaiter,
  freeAsync,
  grant,
  head,
  IDLE,
  KICKED,
  kickAll,
  kickHead,
  leave,
  lengthOf,
  NOTIFIED,
  raise,
  rearm,
  rouse,
  stateOf,
  waited,
  WAITING,
} from "./line.ts";
import { REASON } from "./reason.ts";
import { type Addr, load, store } from "./word.ts";

const word = allocate(8);
const other = (word + 4) as Addr;
const entered: Addr[] = [];

/** A waiter that joins the line of an address, at its end. */
function join(addr: Addr = word): Addr {
  const w = claimAsync();
  entered.push(w);
  enter(w, addr, REASON.EVENT, 0);
  return w;
}
function state(w: Addr): number {
  return stateOf(load(field(w, WAITER.STATE)));
}
/** Leaves the line and joins it again: a later wait of the same waiter. */
function rejoin(w: Addr): void {
  leave(w);
  enter(w, word, REASON.EVENT, 0);
}

describe("line", () => {
  afterEach(() => {
    for (const w of entered.splice(0)) {
      leave(w);
      freeAsync(w);
    }
    assert.deepEqual([head(word), lengthOf(word)], [0, 0]);
  });

  it("head() is the one that joined first, whatever its record's place", () => {
    const [first, second, third] = [join(), join(), join()];
    assert.equal(head(word), first);
    rejoin(first);
    assert.equal(head(word), second);
    leave(second);
    assert.equal(head(word), third);
    leave(third);
    assert.equal(head(word), first);
  });

  it("head() and lengthOf() look at one word's line only", () => {
    join(other);
    const mine = join();
    join(other);
    assert.equal(head(word), mine);
    assert.deepEqual([lengthOf(word), lengthOf(other)], [1, 2]);
  });

  it("head() keeps the order when tickets wrap around", () => {
    const before = load(HEADER.NEXT_TICKET as Addr);
    store(HEADER.NEXT_TICKET as Addr, 0x7fffffe8);
    const line = [join(), join(), join(), join(), join(), join()];
    for (const w of line) {
      assert.equal(head(word), w);
      assert.equal(grant(word, 1), 1);
      assert.equal(state(w), NOTIFIED);
      leave(w);
    }
    store(HEADER.NEXT_TICKET as Addr, before);
  });

  it("grant() serves the oldest first, as many as asked and no more than there are", () => {
    const line = [join(), join(), join()];
    assert.equal(grant(word, 2), 2);
    assert.deepEqual(line.map(state), [NOTIFIED, NOTIFIED, WAITING]);
    assert.equal(grant(word, Infinity), 1);
    assert.equal(grant(word, 1), 0);
    assert.deepEqual(line.map(leave), [true, true, true]);
  });

  it("grant() serves one that was only kicked", () => {
    const w = join();
    assert.equal(kickHead(word), true);
    assert.equal(state(w), KICKED);
    assert.equal(grant(word, 1), 1);
    assert.equal(leave(w), true);
  });

  it("leave() says whether there was a grant, once", () => {
    const w = join();
    grant(word, 1);
    assert.equal(leave(w), true);
    assert.equal(leave(w), false);
    assert.equal(state(w), IDLE);
  });

  it("kickHead() is false for an empty line, and kicks nobody behind the head", () => {
    assert.equal(kickHead(word), false);
    const [first, second] = [join(), join()];
    assert.equal(kickHead(word), true);
    assert.equal(kickHead(word), true);
    assert.deepEqual([state(first), state(second)], [KICKED, WAITING]);
  });

  it("kickAll() kicks everyone who waits, and leaves grants alone", () => {
    const line = [join(), join(), join()];
    grant(word, 1);
    kickAll(word);
    assert.deepEqual(line.map(state), [NOTIFIED, KICKED, KICKED]);
  });

  it("rearm() makes a kicked waiter wait again in its old place, and keeps a grant", () => {
    const [first] = [join(), join()];
    const waiting = load(field(first, WAITER.STATE));
    kickHead(word);
    rearm(first, waiting);
    assert.equal(load(field(first, WAITER.STATE)), waiting);
    assert.equal(head(word), first);
    grant(word, 1);
    rearm(first, waiting);
    assert.equal(state(first), NOTIFIED);
  });

  it("rouse() makes a waiter look again, and touches nobody who is in no line", () => {
    const w = join();
    rouse(w);
    assert.equal(state(w), KICKED);
    leave(w);
    rouse(w);
    assert.equal(state(w), IDLE);
  });

  it("waited() grows from the moment of joining, in 1/16 ms", () => {
    const w = join();
    assert.ok(waited(w) < 16_000);
    untilSync(() => waited(w) >= 32, { what: "2 ms to pass" });
    rejoin(w);
    assert.ok(waited(w) < 16_000);
  });

  it("claimAsync() gives each caller a record of its own, and takes freed ones again", () => {
    const records = Array.from({ length: 50 }, claimAsync);
    assert.equal(new Set(records).size, 50);
    const high = load(HEADER.ASYNC_HIGH as Addr);
    records.forEach(freeAsync);
    const again = Array.from({ length: 50 }, claimAsync);
    assert.equal(load(HEADER.ASYNC_HIGH as Addr), high);
    again.forEach(freeAsync);
  });

  it("eachWaiter() visits every record that may be in a line", () => {
    const line = [join(), join(other)];
    const seen = new Set<Addr>();
    eachWaiter((w) => seen.add(w));
    assert.ok(line.every((w) => seen.has(w)));
  });

  it("raise() only raises", () => {
    store(other, 5);
    raise(other, 9);
    raise(other, 7);
    assert.equal(load(other), 9);
  });
});
