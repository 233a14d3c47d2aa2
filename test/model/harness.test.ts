// The model checker checked: it finds each planted bug, prints a schedule that fails again when it is
// replayed, and passes the repaired version after exploring everything.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Addr } from "../../src/core/word.ts";
import { decode, encode, inspect, note, type Report } from "./explore.ts";
import type { Model } from "./model.ts";
import { scratch } from "./reserve.ts";
import { add, compareExchange, exchange, load, notify, now, relax, store, wait } from "./word.ts";

const X = scratch(0);
const Y = scratch(1);
const Z = scratch(2);

function reset(): void {
  for (const word of [X, Y, Z]) store(word, 0);
}
function label(_: unknown, addr: number): string {
  return ["x", "y", "z"][(addr - X) / 4] ?? "?";
}
function plan(
  name: string,
  threads: Record<string, () => unknown>,
  more: Partial<Model<void>> = {},
): Model<void> {
  return { name, setup: reset, threads, label, ...more };
}

/** The planted bug is found, and its schedule fails the same way when it is replayed. */
function fails(model: Model<void>, reason: RegExp): Report {
  const report = inspect(model);
  assert.ok(report.failure, `${model.name}: the planted bug was not found in ${report.schedules} schedules`);
  assert.match(report.text!, reason);
  process.env["HEDDLE_MODEL_REPLAY"] = `${model.name}@${report.schedule}`;
  try {
    const again = inspect(model);
    assert.equal(again.text, report.text, "a replayed schedule tells the same story");
  } finally {
    delete process.env["HEDDLE_MODEL_REPLAY"];
  }
  return report;
}

function passes(model: Model<void>): Report {
  const report = inspect(model);
  assert.equal(report.failure?.reason, undefined, report.text);
  assert.ok(report.complete && report.schedules > 1, `${report.schedules} schedules`);
  return report;
}

function twice(body: () => unknown): Record<string, () => unknown> {
  return { A: body, B: body };
}
function expectTwo(): void {
  assert.equal(load(X), 2);
}

describe("model: interference", () => {
  const racy = (): void => store(X, load(X) + 1);

  it("finds the lost update of load + store", () => {
    const report = fails(plan("lost update", twice(racy), { finish: expectTwo }), /the end is wrong/);
    assert.match(report.text!, /A {2}load\(x\) {2}-> 0/);
    assert.match(report.schedule!, /^1\//, "one preemption suffices, and the printed schedule has no more");
  });

  it("passes add, and has explored both orders", () => {
    const report = passes(
      plan(
        "add",
        twice(() => add(X, 1)),
        { finish: expectTwo },
      ),
    );
    assert.equal(report.schedules, 2, "A B and B A");
  });

  it("passes load + store when no preemption is allowed", () => {
    passes(plan("no preemption", twice(racy), { finish: expectTwo, bounds: { preemptions: 0 } }));
  });

  it("finds a bug that needs two preemptions, and only with two", () => {
    const blink = (): void => {
      store(X, 1);
      store(X, 0);
    };
    const watch = (): void => assert.ok(!(load(X) === 1 && load(X) === 0), "seen");
    const model = plan("blink", { blink, watch, other: () => load(Y) });
    fails(model, /watch threw .*seen/);
    passes({ ...model, bounds: { preemptions: 1 } });
  });
});

/** A lock of three states, as in core; `broken` leaves out what the name says. */
function lock(broken?: "recheck" | "contended"): void {
  if (compareExchange(X, 0, 1) === 0) return;
  const mark = broken === "contended" ? 1 : 2;
  while (exchange(X, mark) !== 0) {
    wait(X, mark, Infinity);
    if (broken === "recheck") return;
  }
}
function unlock(): void {
  if (exchange(X, 0) === 2) notify(X, 1);
}
function critical(broken?: "recheck" | "contended"): () => void {
  return () => {
    lock(broken);
    const seen = load(Y);
    store(Y, seen + 1);
    unlock();
  };
}
function exclusive(expected: number): () => void {
  return () => assert.equal(load(Y), expected);
}

describe("model: locks", () => {
  it("passes the three-state mutex, 3 threads", () => {
    const body = critical();
    passes(plan("mutex", { A: body, B: body, C: body }, { finish: exclusive(3) }));
  });

  it("finds a woken thread that does not look again", () => {
    const body = critical("recheck");
    fails(
      plan("no re-check", { A: body, B: body, C: body }, { finish: exclusive(3) }),
      /the end is wrong|deadlock/,
    );
  });

  it("finds the notify that two states miss", () => {
    fails(
      plan("two states", twice(critical("contended")), { finish: exclusive(2) }),
      /deadlock: [AB] waits for x/,
    );
  });

  it("finds two locks taken in opposite order", () => {
    const take = (word: Addr): void => {
      while (exchange(word, 1) !== 0) wait(word, 1, Infinity);
    };
    const drop = (word: Addr): void => {
      store(word, 0);
      notify(word, 1);
    };
    const both = (first: Addr, second: Addr) => (): void => {
      take(first);
      take(second);
      drop(second);
      drop(first);
    };
    fails(plan("abba", { A: both(X, Y), B: both(Y, X) }), /deadlock: A waits for y, B waits for x/);
    passes(plan("abab", { A: both(X, Y), B: both(X, Y) }));
  });

  it("finds an invariant that breaks in the middle only", () => {
    const inside = (): void => {
      add(Z, 1);
      add(Z, -1);
    };
    const invariant = (): void => assert.ok(load(Z) <= 1, "two inside");
    fails(plan("inside", twice(inside), { invariant }), /the invariant does not hold: .*two inside/);
  });
});

describe("model: sleeping", () => {
  const wake = (): void => {
    store(X, 1);
    notify(X, 1);
  };

  it("finds the wake-up lost between looking and sleeping", () => {
    const sleeper = (): void => {
      if (load(X) === 0) wait(X, load(X), Infinity);
    };
    fails(plan("lost wake-up", { sleeper, wake }), /deadlock: sleeper waits for x/);
  });

  it("passes when the same value is tested and slept on", () => {
    const sleeper = (): void => {
      for (let seen = load(X); seen === 0; seen = load(X)) wait(X, seen, Infinity);
    };
    passes(plan("wake-up", { sleeper, wake }));
  });

  it("wakes the oldest sleeper first", () => {
    const sleeper = (name: string) => (): void => {
      add(Y, 1);
      note(name);
      wait(X, 0, Infinity);
    };
    const waker = (): void => {
      while (load(Y) < 2) relax();
      notify(X, 1);
    };
    // Without preemptions nothing comes between a note and its sleep.
    const finish: Model<void>["finish"] = (_, { notes, blocked }) => assert.deepEqual(blocked, [notes[1]]);
    const model = plan(
      "order",
      { A: sleeper("A"), B: sleeper("B"), waker },
      { finish, mayBlock: ["A", "B"] },
    );
    passes({ ...model, bounds: { preemptions: 0 } });
  });

  it("lets a finite wait end by itself, and the clock with it", () => {
    const sleeper = (): string => {
      const from = now();
      const ended = wait(X, 0, 5);
      assert.ok(ended !== "timed-out" || now() >= from + 5, "time has passed");
      return ended;
    };
    const seen = new Set<unknown>();
    const finish: Model<void>["finish"] = (_, { values }) => void seen.add(values["sleeper"]);
    passes(plan("timeout", { sleeper, wake }, { finish }));
    assert.deepEqual([...seen].sort(), ["not-equal", "ok", "timed-out"]);
  });

  it("lets time pass where a body reads the clock", () => {
    const seen = new Set<number>();
    const body = (): void => {
      const from = now();
      note(`${now() - from}`);
    };
    passes(plan("clock", { A: body }, { finish: (_, { notes }) => void seen.add(Number(notes[0])) }));
    assert.deepEqual([...seen].sort(), [0, 2]);
  });
});

describe("model: spinning", () => {
  it("lets the others run while one spins, at no cost", () => {
    const waiter = (): void => {
      while (load(X) === 0) relax();
    };
    passes(plan("spin", { waiter, setter: () => store(X, 1) }, { bounds: { preemptions: 0 } }));
  });

  it("finds a spin that nobody ends", () => {
    const waiter = (): void => {
      while (load(X) === 0) relax();
    };
    fails(plan("spin for ever", { waiter }), /waiter does not end/);
  });

  it("reaches the end of a bounded spin while the other has not moved", () => {
    const seen = new Set<unknown>();
    const waiter = (): boolean => {
      for (let turn = 0; turn < 2; turn += 1) {
        if (load(X) !== 0) return true;
        relax();
      }
      return false;
    };
    const finish: Model<void>["finish"] = (_, { values }) => void seen.add(values["waiter"]);
    passes(plan("bounded spin", { waiter, setter: () => store(X, 1) }, { finish }));
    assert.deepEqual([...seen].sort(), [false, true]);
  });
});

describe("model: killing", () => {
  /** Two states are enough to show who cleans up: 0 free, 1 + index held. */
  const take = (me: number) => (): void => {
    for (let held = compareExchange(X, 0, me); held !== 0; held = compareExchange(X, 0, me))
      wait(X, held, Infinity);
    add(Y, 1);
    store(X, 0);
    notify(X, 1);
  };
  const free = (_: void, victim: number): void => {
    if (compareExchange(X, victim + 1, 0) === victim + 1) notify(X, 1);
  };
  const threads = { A: take(1), B: take(2) };

  it("finds a lock that nobody frees after its owner", () => {
    fails(plan("orphan", threads, { kill: { recover: () => {} } }), /deadlock/);
  });

  it("finds the wake-up that died with the thread it had woken", () => {
    const report = fails(
      plan(
        "lost with it",
        { ...threads, C: take(3) },
        { kill: { recover: free }, bounds: { preemptions: 2 } },
      ),
      /deadlock/,
    );
    assert.match(report.text!, /KILLED/);
  });

  it("passes when the recovery also passes a wake-up on", () => {
    const recover = (state: void, victim: number): void => {
      free(state, victim);
      notify(X, Infinity);
    };
    const report = passes(plan("recovered", { ...threads, C: take(3) }, { kill: { recover } }));
    assert.ok(report.schedules > 100, `${report.schedules} schedules`);
  });

  it("kills at every step, the first included", () => {
    const seen = new Set<number>();
    const body = (): void => {
      for (let step = 0; step < 4; step += 1) add(X, 1);
    };
    const finish = (): void => void seen.add(load(X));
    passes(plan("every step", { A: body }, { kill: { recover: () => {} }, finish }));
    assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4]);
  });
});

describe("model: merging", () => {
  /** Three threads with everything in them: a lock, a deadline, the clock, a kill. */
  function outcomes(merge: boolean): { ends: string[]; report: Report } {
    const ends = new Set<string>();
    const lockFor5ms = (): string => {
      if (compareExchange(X, 0, 1) === 0) return "at once";
      const from = now();
      while (exchange(X, 2) !== 0) if (wait(X, 2, 5) === "timed-out") return `gave up after ${now() - from}`;
      return "later";
    };
    const body = (): string => {
      const how = lockFor5ms();
      if (how.startsWith("gave")) return how;
      store(Y, load(Y) + 1);
      unlock();
      return how;
    };
    const recover = (): void => {
      exchange(X, 0);
      notify(X, Infinity);
    };
    const finish: Model<void>["finish"] = (_, outcome) =>
      void ends.add(JSON.stringify([outcome.values, outcome.dead, outcome.notes, load(X), load(Y)]));
    const model = plan(
      "merging",
      { A: body, B: body, C: () => note(`${load(Y)}`) },
      { finish, kill: { recover } },
    );
    const report = inspect({ ...model, bounds: { merge } });
    assert.equal(report.failure?.reason, undefined, report.text);
    return { ends: [...ends].sort(), report };
  }

  it("loses no outcome: the same ends are reached when every run goes to its end", () => {
    const merged = outcomes(true);
    const all = outcomes(false);
    assert.deepEqual(merged.ends, all.ends);
    assert.ok(all.ends.length > 20, `${all.ends.length} ends`);
    assert.ok(
      all.report.schedules > 5 * merged.report.schedules,
      `${all.report.schedules} ${merged.report.schedules}`,
    );
  });
});

describe("model: bodies", () => {
  it("unwinds through catch and finally without effect", () => {
    const body = (): void => {
      try {
        add(X, 1);
        wait(Y, 0, Infinity);
        add(X, 1);
      } catch {
        store(Z, 1);
      } finally {
        add(X, 10);
      }
    };
    const waker = (): void => {
      store(Y, 1);
      notify(Y, 1);
    };
    const finish = (): void => {
      assert.equal(load(X), 12);
      assert.equal(load(Z), 0);
    };
    passes(plan("finally", { A: body, waker }, { finish }));
  });

  it("notices a body that depends on more than the words", () => {
    let calls = 0;
    const body = (): void => {
      calls += 1;
      if (calls % 2 === 0) add(X, 1);
      else load(Y);
      add(X, 1);
    };
    assert.match(String(inspect(plan("leak", twice(body))).failure?.reason), /took another way/);
  });

  it("encodes schedules so that they can be typed again", () => {
    const path = [0, 0, 0, 2, 1, 1, 0];
    assert.equal(encode(2, path), "2/0x3.2.1x2.0");
    assert.deepEqual(decode("2/0x3.2.1x2.0"), [2, path]);
  });
});
