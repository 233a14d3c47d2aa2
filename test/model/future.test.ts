// core/future on the modelled word: one end for each future, seen by all who wait, whoever dies on the way.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Addr } from "../../src/core/word.ts";
import {
  assertNobodyWaits,
  become,
  deadline,
  identOf,
  layout,
  park,
  prove,
  recover,
  resetIsolates,
  word,
} from "./core.ts";
import { note } from "./explore.ts";
import type { Model } from "./model.ts";
import { emptyHeap } from "./queue-model.ts";

const future: typeof import("../../src/core/future.ts") = await import("../../src/core/future.ts");
const { FUTURE } = await import("../../src/core/future-layout.ts");

/** What futures end with: any numbers but 0. */
const RESULT = 8;
const OTHER = 16;
const DEATH = 24;
const TAG = 5;

interface State {
  readonly futures: readonly Addr[];
}

/** What a future's STATE, and its RESULT, are. */
const wordOf = (f: Addr): number => word.load(layout.field(f, FUTURE.STATE));
const resultOf = (f: Addr): number => word.load(layout.field(f, FUTURE.RESULT));
const at = (state: State, index = 0): Addr => state.futures[index] as Addr;

/** As a worker does: claims, then ends what it claimed. */
const runner =
  (thread: number, result: number) =>
  (state: State): string => {
    const claim = future.claim(at(state), TAG, identOf(thread));
    if (claim === "claimed") assert.ok(future.finish(at(state), result), "nobody else may end it");
    if (claim === "cancelled") future.notifyCancelled(at(state));
    return claim;
  };
/** As `setResult` does. */
const setter =
  (result: number, index = 0) =>
  (state: State): boolean =>
    future.finish(at(state, index), result);
const canceller = (state: State): boolean => future.cancel(at(state));
/** As `result()` does, without its spins: what it saw. */
const waiter = (state: State): number => {
  park.block(future.overWait(at(state)), deadline.NEVER);
  assert.ok(future.isOver(wordOf(at(state))));
  note("awake");
  return resultOf(at(state));
};
/** As `wait()` does. */
const doneWaiter = (state: State): boolean => {
  park.block(future.doneWait(at(state)), deadline.NEVER);
  return (wordOf(at(state)) & future.DONE) !== 0;
};
/** As `asCompleted()` does: until all of them are done. */
const watcher = (state: State): number => {
  const isDone = (f: Addr): boolean => (wordOf(f) & future.DONE) !== 0;
  let pending = [...state.futures];
  let looks = 0;
  while (pending.length > 0) {
    const look = (): true | undefined =>
      pending.some((f) => isDone(f) || !future.mark(f, future.WATCHED)) ? true : undefined;
    park.block(future.watchWait(look), deadline.NEVER);
    pending = pending.filter((f) => !isDone(f));
    looks++;
  }
  return looks;
};

/** What the supervisor does for a dead worker (futures/care.ts), beside what it does for any thread. */
function bury(state: State, victim: number): void {
  recover(state, victim);
  const f = at(state);
  const now = wordOf(f);
  if (future.phaseOf(now) === future.CANCELLED) future.notifyCancelled(f);
  if (future.phaseOf(now) !== future.RUNNING || future.tagOf(now) !== identOf(victim)) return;
  if (resultOf(f) === 0) future.finish(f, DEATH);
  else future.complete(f);
}

/** F1: what it ended with stays; an end is final. */
const transition: NonNullable<Model<State>["transition"]> = (state, { addr, before, after }) => {
  for (const f of state.futures) {
    if (addr === layout.field(f, FUTURE.RESULT)) assert.equal(before, 0, "a second result");
    if (addr !== layout.field(f, FUTURE.STATE)) continue;
    assert.ok((before & future.DONE) === 0 || after === before, "an end was taken back");
    if ((after & (future.DONE | future.CANCELLED)) === future.DONE) assert.notEqual(resultOf(f), 0);
  }
};

function plan(
  name: string,
  threads: Model<State>["threads"],
  finish: NonNullable<Model<State>["finish"]>,
  more: Partial<Model<State>> & { readonly count?: number } = {},
): Model<State> {
  const count = Object.keys(threads).length;
  return {
    name,
    threads,
    transition,
    setup: () => {
      resetIsolates(count);
      emptyHeap();
      become(-1);
      return { futures: Array.from({ length: more.count ?? 1 }, () => future.newFuture(TAG)) };
    },
    ...more,
    bounds: { timeJumps: 0, ...more.bounds },
    finish: (state, outcome) => {
      assertNobodyWaits(count);
      finish(state, outcome);
    },
  };
}

describe("model: futures", () => {
  it("are either run or cancelled, and who waits hears of it", () => {
    const threads = { A: runner(0, RESULT), B: canceller, waiter };
    prove(
      plan("future run or cancelled", threads, (state, { values }) => {
        const cancelled = values["B"] === true;
        assert.equal(values["A"] === "claimed", !cancelled);
        assert.deepEqual([values["waiter"], resultOf(at(state))], cancelled ? [0, 0] : [RESULT, RESULT]);
        assert.equal((wordOf(at(state)) & future.CANCELLED) !== 0, cancelled);
      }),
    );
  });

  it("are run by one of two", () => {
    prove(
      plan("future two runners", { A: runner(0, RESULT), B: runner(1, OTHER), waiter }, (_, { values }) => {
        assert.deepEqual([values["A"], values["B"]].sort(), ["claimed", "gone"]);
        assert.equal(values["waiter"], values["A"] === "claimed" ? RESULT : OTHER);
      }),
    );
  });

  it("keep the first of two results", () => {
    prove(
      plan("future two results", { A: setter(RESULT), B: setter(OTHER), waiter }, (state, { values }) => {
        assert.notEqual(values["A"], values["B"], "one of them set it");
        assert.equal(values["waiter"], values["A"] === true ? RESULT : OTHER);
        assert.equal(resultOf(at(state)), values["waiter"]);
      }),
    );
  });

  it("that are cancelled count as done once that was noticed", () => {
    const threads = { A: runner(0, RESULT), B: canceller, waiter: doneWaiter };
    prove(
      plan("future cancelled and noticed", threads, (state, { values }) => {
        assert.equal(values["waiter"], true);
        assert.equal(resultOf(at(state)), values["B"] === true ? 0 : RESULT);
      }),
    );
  });

  it("are watched, several by one", () => {
    const threads = { A: setter(RESULT, 0), B: setter(OTHER, 1), watcher };
    prove(
      plan(
        "futures watched",
        threads,
        (state, { values }) => {
          assert.ok((values["watcher"] as number) <= 2);
          assert.deepEqual(state.futures.map(resultOf), [RESULT, OTHER]);
        },
        { count: 2 },
      ),
    );
  });

  it("end when their runner is killed at any step", () => {
    const threads = { A: runner(0, RESULT), B: canceller, waiter };
    prove(
      plan(
        "future killed runner",
        threads,
        (state, { values }) => {
          const result = resultOf(at(state));
          assert.ok(future.isOver(wordOf(at(state))));
          assert.ok(values["B"] === true ? result === 0 : [RESULT, DEATH].includes(result), `${result}`);
          assert.equal(values["waiter"], result);
        },
        { kill: { recover: bury, victims: ["A"] } },
      ),
    );
  });

  it("are waited for by others when one who waits is killed", () => {
    const threads = { A: runner(0, RESULT), waiter, other: waiter };
    prove(
      plan(
        "future killed waiter",
        threads,
        (_, { values }) => {
          assert.equal(values["other"], RESULT);
        },
        { kill: { recover, victims: ["waiter"] }, bounds: { preemptions: 1 } },
      ),
    );
  });
});
