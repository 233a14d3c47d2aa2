import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { spawn } from "../api/index.ts";
import { crew, results } from "../../test/support/threads.ts";
import { untilSync } from "../../test/support/until.ts";
import { type Deadline, deadlineOf, NEVER, POLL } from "./deadline.ts";
import { allocate } from "./heap.ts";
import { field, WAITER } from "./layout.ts";
import { claimAsync, enter, freeAsync, KICKED, leave, lengthOf, stateOf, waited } from "./line.ts";
import { i32 } from "./memory.ts";
import {
  abandon,
  ABANDONED,
  HANDOFF,
  isAbandoned,
  lock,
  ownerOf,
  passOn,
  recover,
  tryLock,
  unlock,
  unlockAny,
  WAITERS,
} from "./mutex.ts";
import { TIMED_OUT } from "./park.ts";
import { REASON } from "./reason.ts";
import { self } from "./self.ts";
import { type Addr, load, store } from "./word.ts";

const word = allocate(8);
const STRANGER = 4711;
const strangersWord = STRANGER << 3;

/** Runs `body` while a waiter that never looks stands in the line. */
function withWaiter(body: (w: Addr) => void): void {
  const w = claimAsync();
  enter(w, word, REASON.LOCK, 0);
  try {
    body(w);
  } finally {
    leave(w);
    freeAsync(w);
  }
}
function isKicked(w: Addr): boolean {
  return stateOf(load(field(w, WAITER.STATE))) === KICKED;
}

describe("mutex", () => {
  beforeEach(() => store(word, 0));

  it("tryLock() takes a free word and writes the owner's ident into it", () => {
    assert.equal(tryLock(word), "acquired");
    assert.equal(ownerOf(load(word)), self.ident);
    assert.equal(tryLock(word), undefined);
    assert.equal(unlock(word), true);
    assert.equal(load(word), 0);
  });

  it("tryLock() of a word that a stranger holds leaves no mark", () => {
    store(word, strangersWord);
    assert.equal(tryLock(word), undefined);
    assert.equal(load(word), strangersWord);
  });

  it("unlock() refuses a word that is free or held by another, and changes nothing", () => {
    assert.equal(unlock(word), false);
    store(word, strangersWord | WAITERS);
    assert.equal(unlock(word), false);
    assert.equal(load(word), strangersWord | WAITERS);
  });

  it("unlockAny() frees it whoever holds it, and refuses a free one", () => {
    assert.equal(unlockAny(word), false);
    store(word, strangersWord);
    assert.equal(unlockAny(word), true);
    assert.equal(load(word), 0);
  });

  it("lock() gives up at the deadline and leaves the line, without a poll's mark", () => {
    store(word, strangersWord);
    assert.equal(lock(word, POLL, REASON.LOCK), TIMED_OUT);
    assert.equal(load(word), strangersWord);
    assert.equal(lock(word, deadlineOf(2), REASON.LOCK), TIMED_OUT);
    assert.equal(lengthOf(word), 0);
    assert.equal(ownerOf(load(word)), STRANGER);
  });

  it("lock() never waits past a deadline that has gone by", () => {
    store(word, strangersWord);
    assert.equal(lock(word, 1 as Deadline, REASON.LOCK), TIMED_OUT);
  });

  it("unlock() clears W when nobody waits", () => {
    store(word, self.key | WAITERS);
    assert.equal(unlock(word), true);
    assert.equal(load(word), 0);
  });

  it("unlock() wakes the head and leaves the word free: a passer-by may take it", () => {
    store(word, self.key | WAITERS);
    withWaiter((w) => {
      assert.equal(unlock(word), true);
      assert.equal(isKicked(w), true);
      if (load(word) === WAITERS) assert.equal(tryLock(word), "acquired");
    });
  });

  it("unlock() reserves the word for a head that has waited over 1 ms", () => {
    store(word, self.key | WAITERS);
    withWaiter((w) => {
      untilSync(() => waited(w) > 16, { what: "1 ms to pass" });
      assert.equal(unlock(word), true);
      assert.equal(load(word), WAITERS | HANDOFF);
      assert.equal(tryLock(word), undefined);
      assert.equal(lock(word, deadlineOf(2), REASON.LOCK), TIMED_OUT);
    });
    passOn(word);
    assert.equal(load(word), 0, "the reservation outlived the waiter");
  });

  it("a reservation for nobody is no reservation", () => {
    store(word, WAITERS | HANDOFF);
    assert.equal(tryLock(word), "acquired");
    assert.equal(ownerOf(load(word)), self.ident);
  });

  it("abandon() marks the word of a dead holder, and only that", () => {
    store(word, strangersWord);
    assert.equal(abandon(word, STRANGER + 1, false), false);
    assert.equal(load(word), strangersWord);
    withWaiter((w) => {
      assert.equal(abandon(word, STRANGER, false), true);
      assert.equal(isKicked(w), true);
    });
    assert.equal(isAbandoned(load(word)), true);
    assert.equal(ownerOf(load(word)), 0);
  });

  it("lock() and tryLock() of an abandoned word say so, and do not take it", () => {
    store(word, ABANDONED | WAITERS);
    assert.equal(tryLock(word), "abandoned");
    assert.equal(lock(word, NEVER, REASON.LOCK), "abandoned");
    assert.equal(load(word), ABANDONED | WAITERS);
  });

  it("abandon() with hand-over frees the word for the next", () => {
    store(word, strangersWord | WAITERS);
    withWaiter((w) => {
      assert.equal(abandon(word, STRANGER, true), true);
      assert.equal(isKicked(w), true);
    });
    assert.equal(tryLock(word), "acquired");
  });

  it("recover() takes an abandoned word, once, and no other", () => {
    assert.equal(recover(word), false);
    store(word, ABANDONED);
    assert.equal(recover(word), true);
    assert.equal(ownerOf(load(word)), self.ident);
    assert.equal(recover(word), false);
    assert.equal(unlock(word), true);
    assert.equal(load(word), 0);
  });

  it("lock() keeps threads apart: no update of a plain word is lost", () => {
    const counter = (word + 4) as Addr;
    store(counter, 0);
    const rounds = 20_000;
    const body = (): number => {
      for (let i = 0; i < rounds; i++) {
        lock(word, NEVER, REASON.LOCK);
        i32[counter >> 2] = (i32[counter >> 2] as number) + 1;
        unlock(word);
      }
      return ownerOf(load(word));
    };
    results(crew(4, body));
    assert.equal(load(counter), 4 * rounds);
    assert.equal(load(word), 0);
  });

  it("lock() with short deadlines keeps threads apart, too, and loses no wake-up", () => {
    const counter = (word + 4) as Addr;
    store(counter, 0);
    const body = (): number => {
      let got = 0;
      for (let i = 0; i < 3000; i++) {
        if (lock(word, deadlineOf(i % 3 === 0 ? 0.05 : 5), REASON.LOCK) === TIMED_OUT) continue;
        got++;
        i32[counter >> 2] = (i32[counter >> 2] as number) + 1;
        unlock(word);
      }
      return got;
    };
    const got = results(crew(4, body)).reduce((sum, n) => sum + n, 0);
    assert.equal(load(counter), got);
    assert.equal(ownerOf(load(word)), 0);
    assert.equal(results([spawn(() => lock(word, NEVER, REASON.LOCK))])[0], "acquired");
  });
});
