// Awaiting waiters in the same line as blocked ones. An event loop is modelled by a thread that sleeps until its
// isolate's ASYNC word is rung and then looks, step for step as core/park-async.ts does.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertNobodyWaits, deadline, identOf, labelOf, layout, line, mutex, park, prove } from "./core.ts";
import { recover, resetIsolates, scratch, self, sequence, word } from "./core.ts";
import type { LockOutcome } from "../../src/core/mutex.ts";
import type { Wait } from "../../src/core/park.ts";
import type { Model } from "./model.ts";

const { field, ISOLATE, isolateAt, WAITER } = layout;
const LOCK = scratch(0);
const FLAG = scratch(1);
const COUNT = scratch(2);
const LOCK_REASON = 1;
const EVENT_REASON = 2;
const NAMES: Readonly<Record<number, string>> = { [LOCK]: "lock", [FLAG]: "flag", [COUNT]: "count" };

/** One pending Async call, and the event loop that it lives in. */
function awaited<R>(wait: Wait<R>): R {
  const w = line.claimAsync();
  const waiting = line.enter(w, wait.addr, wait.reason, wait.want);
  const state = field(w, WAITER.STATE);
  const doorbell = field(isolateAt(self.self.isolate), ISOLATE.ASYNC);
  let outcome = park.look(wait, w, waiting, false);
  while (outcome === undefined) {
    const seen = word.load(doorbell);
    if (line.stateOf(word.load(state)) !== line.WAITING) outcome = park.look(wait, w, waiting, false);
    if (outcome === undefined) word.wait(doorbell, seen, Infinity);
  }
  line.leave(w);
  line.freeAsync(w);
  assert.notEqual(outcome, park.TIMED_OUT);
  return outcome as R;
}

function plan(name: string, threads: Model<void>["threads"], more: Partial<Model<void>> = {}): Model<void> {
  const count = Object.keys(threads).length;
  return {
    name,
    threads,
    label: (_, addr) => NAMES[addr] ?? labelOf(addr),
    setup: () => {
      resetIsolates(count);
      for (const addr of [LOCK, FLAG, COUNT]) word.store(addr, 0);
    },
    ...more,
    finish: (state, outcome) => {
      assertNobodyWaits(count);
      more.finish?.(state, outcome);
    },
  };
}

/** Locks one way or the other, works, unlocks. */
function worker(take: () => LockOutcome | typeof park.TIMED_OUT): () => string {
  return () => {
    while (take() === "abandoned") if (mutex.recover(LOCK)) break;
    word.store(COUNT, word.load(COUNT) + 1);
    assert.ok(mutex.unlock(LOCK));
    return "done";
  };
}
const blocks = worker(() => mutex.lock(LOCK, deadline.NEVER, LOCK_REASON));
const awaits = worker(() => mutex.tryLock(LOCK) ?? awaited(mutex.lockWait(LOCK, LOCK_REASON)));

const everyoneWorked: Model<void>["finish"] = (_, { values, dead }) => {
  const done = Object.values(values).filter((value) => value === "done").length;
  const count = word.load(COUNT);
  assert.ok(count === done || (dead !== undefined && count === done + 1), `${count} for ${done}`);
};

describe("model: one line for blocked and awaiting waiters", () => {
  it("hands a mutex from one to the other", () => {
    prove(plan("async lock", { A: blocks, B: awaits, C: blocks }, { finish: everyoneWorked }));
    prove(plan("async locks", { A: awaits, B: awaits, C: blocks }, { finish: everyoneWorked }));
  });

  it("releases both when a flag is set", () => {
    const set = (): void => {
      word.or(FLAG, 1);
      sequence.wakeAll(FLAG);
    };
    const threads = {
      A: () => awaited(sequence.flagWait(FLAG, 1, EVENT_REASON)),
      B: () => sequence.awaitFlag(FLAG, 1, deadline.NEVER, EVENT_REASON),
      set,
    };
    prove(plan("async flag", threads));
  });

  it("survives the death of either at every step", () => {
    const kill = {
      recover: (_: void, victim: number): void => {
        mutex.abandon(LOCK, identOf(victim), false);
        recover(_, victim);
      },
    };
    prove(plan("async lock kill", { A: blocks, B: awaits }, { finish: everyoneWorked, kill }));
    const third = { ...kill, victims: ["B"] };
    prove(
      plan("async lock kill 3", { A: blocks, B: awaits, C: awaits }, { finish: everyoneWorked, kill: third }),
    );
  });
});
