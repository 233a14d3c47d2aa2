// core/sequence on the modelled word: flags, grants in order, nothing lost when a waiter leaves or dies.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Deadline } from "../../src/core/deadline.ts";
import {
  assertNobodyWaits,
  deadline,
  identOf,
  labelOf,
  layout,
  line,
  mutex,
  park,
  prove,
  recover,
  resetIsolates,
  scratch,
  self,
  sequence,
  word,
} from "./core.ts";
import { note } from "./explore.ts";
import type { Model } from "./model.ts";

const FLAG = scratch(0);
const LOCK = scratch(1);
const ITEMS = scratch(2);
const EVENT_REASON = 2;
const CONDITION_REASON = 6;
const LOCK_REASON = 1;
const NAMES: Readonly<Record<number, string>> = { [FLAG]: "flag", [LOCK]: "lock", [ITEMS]: "items" };
const never = (): Deadline => deadline.NEVER;
const in5ms = (): Deadline => deadline.deadlineOf(5);

function plan(name: string, threads: Model<void>["threads"], more: Partial<Model<void>> = {}): Model<void> {
  const count = Object.keys(threads).length;
  return {
    name,
    threads,
    label: (_, addr) => NAMES[addr] ?? labelOf(addr),
    setup: () => {
      resetIsolates(count);
      for (const addr of [FLAG, LOCK, ITEMS]) word.store(addr, 0);
    },
    ...more,
    finish: (state, outcome) => {
      assertNobodyWaits(count);
      more.finish?.(state, outcome);
    },
  };
}

const waiter =
  (until: () => Deadline = never) =>
  (): boolean =>
    sequence.awaitFlag(FLAG, 1, until(), EVENT_REASON);

/** As Event.set and Event.clear do. */
function set(): void {
  if (word.or(FLAG, 1) === 0) sequence.wakeAll(FLAG);
}
function clear(): void {
  word.and(FLAG, ~1);
}

describe("model: the condition word as a flag", () => {
  it("wakes everybody who waits when it is set", () => {
    const finish: Model<void>["finish"] = (_, { values }) => {
      assert.equal(values["A"], true);
      assert.equal(values["B"], true);
    };
    prove(plan("flag", { A: waiter(), B: waiter(), set }, { finish }));
  });

  it("releases those who waited although it is cleared at once", () => {
    const blink = (): void => {
      const waiting = line.lengthOf(FLAG);
      note(`${waiting}`);
      set();
      clear();
    };
    const finish: Model<void>["finish"] = (_, { notes, blocked }) => {
      assert.ok(
        2 - blocked.length >= Number(notes[0]),
        `${notes[0]} waited, ${blocked.join()} were not released`,
      );
    };
    const model = plan("blink", { A: waiter(), B: waiter(), blink }, { mayBlock: ["A", "B"] });
    prove({ ...model, finish });
  });

  it("answers false only when its deadline has passed, and true when it was set", () => {
    const seen = new Set<unknown>();
    const finish: Model<void>["finish"] = (_, { values }) => {
      seen.add(values["A"]);
      assert.equal(values["B"], true);
    };
    prove(plan("flag deadline", { A: waiter(in5ms), B: waiter(), set }, { finish }));
    assert.deepEqual([...seen].sort(), [false, true]);
  });

  it("survives a thread killed at every step", () => {
    // A setter that died before it set anything sets nothing: then somebody else must.
    const kill = {
      recover: (_: void, victim: number): void => {
        recover(_, victim);
        set();
      },
    };
    const model = plan("flag kill", { A: waiter(), B: waiter(in5ms), set }, { kill });
    prove({ ...model, bounds: { timeJumps: 0 } });
  });

  it("lets waiters see a flag whose setter died after it had set it", () => {
    const finish: Model<void>["finish"] = (_, { blocked }) => {
      assert.ok(
        word.load(FLAG) === 0 || blocked.length === 0,
        `the flag is set, ${blocked.join()} did not see it`,
      );
    };
    const model = plan("flag setter dies", { A: waiter(), B: waiter(), set }, { mayBlock: ["A", "B"] });
    prove({ ...model, finish, kill: { victims: ["set"], recover } });
  });
});

/** A consumer as Condition makes one: the lock guards ITEMS, the line of FLAG is the condition. */
const consumer =
  (until: () => Deadline = never) =>
  (): boolean => {
    const limit = until();
    take();
    let granted = true;
    while (word.load(ITEMS) === 0 && granted) {
      const release = (): void => {
        note(`${self.self.ident} waits`);
        assert.ok(mutex.unlock(LOCK));
      };
      granted = park.block(sequence.grantWait(FLAG, CONDITION_REASON, release), limit) !== park.TIMED_OUT;
      take();
    }
    const got = word.load(ITEMS) > 0;
    if (got) word.add(ITEMS, -1);
    mutex.unlock(LOCK);
    return got;
  };
function producer(items: number): void {
  take();
  word.add(ITEMS, items);
  sequence.wakeSome(FLAG, items);
  mutex.unlock(LOCK);
}
/** A holder that died leaves the items as they were: each change of them is one step. */
function take(): void {
  while (mutex.lock(LOCK, deadline.NEVER, LOCK_REASON) === "abandoned") if (mutex.recover(LOCK)) return;
}

describe("model: the condition word as grants", () => {
  it("gives each item to one waiter: 2 consumers, 1 producer of 2", () => {
    const finish: Model<void>["finish"] = (_, { values }) => {
      assert.deepEqual([values["A"], values["B"], word.load(ITEMS)], [true, true, 0]);
    };
    prove(plan("grant 2", { A: consumer(), B: consumer(), producer: () => producer(2) }, { finish }));
  });

  it("passes a grant on whose waiter leaves at its deadline", () => {
    const finish: Model<void>["finish"] = (_, { values, blocked }) => {
      const got = [values["A"], values["B"]].filter((value) => value === true).length;
      assert.equal(got + word.load(ITEMS), 1, "one item was made");
      assert.ok(!(blocked.includes("A") && word.load(ITEMS) === 1), "an item lies there and A sleeps");
    };
    const model = plan(
      "grant deadline",
      { A: consumer(), B: consumer(in5ms), producer: () => producer(1) },
      { mayBlock: ["A"] },
    );
    prove({ ...model, finish });
  });

  it("grants in the order in which they came", () => {
    const turn = (name: string) => (): void => {
      const release = (): void => void mutex.unlock(LOCK);
      take();
      note(name);
      park.block(sequence.grantWait(FLAG, CONDITION_REASON, release), deadline.NEVER);
    };
    const finish: Model<void>["finish"] = (_, { notes, blocked }) => {
      const first = notes.filter((name) => name !== "one")[0];
      const granted = notes.indexOf("one") > 0;
      if (granted) assert.ok(!blocked.includes(first!), `${first} came first, ${blocked.join()} still wait`);
    };
    const one = (): void => {
      take();
      note("one");
      sequence.wakeSome(FLAG, 1);
      mutex.unlock(LOCK);
    };
    const model = plan("grant order", { A: turn("A"), B: turn("B"), one }, { mayBlock: ["A", "B"] });
    prove({ ...model, finish });
  });

  // The waiters are alike; that A is the one who dies is no loss, B may come before or after it.
  it("passes a grant on whose waiter was killed at any step", () => {
    const kill = {
      recover: (_: void, victim: number): void => {
        const place = word.load(layout.field(layout.blockingWaiterAt(identOf(victim)), layout.WAITER.ADDR));
        if (place !== FLAG) note(`${identOf(victim)} had left`);
        mutex.abandon(LOCK, identOf(victim), false);
        recover(_, victim);
      },
    };
    const finish: Model<void>["finish"] = (_, { dead, blocked, notes }) => {
      // A grant that its waiter had taken died with it, as an item would that it had taken.
      const took = [1, 2].some(
        (ident) => notes.includes(`${ident} waits`) && notes.includes(`${ident} had left`),
      );
      if (dead === "producer" || took) return;
      assert.ok(
        !(word.load(ITEMS) > 0 && blocked.length > 0),
        `an item lies there and ${blocked.join()} sleep`,
      );
    };
    const model = plan(
      "grant kill",
      { A: consumer(), B: consumer(), producer: () => producer(1) },
      { mayBlock: ["A", "B"], bounds: { timeJumps: 0 } },
    );
    prove({ ...model, finish, kill: { ...kill, victims: ["A"] } });
  });
});
