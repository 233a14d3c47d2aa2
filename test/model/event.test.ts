// sync/event on the modelled word: set() reaches everyone who waits, whatever comes between.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertNobodyWaits, inRecords, labelOf, prove, recover, resetIsolates } from "./core.ts";
import { note } from "./explore.ts";
import type { Model } from "./model.ts";

const { Event } = await import("../../src/sync/event.ts");
const { addressOf } = await import("../../src/value/handle.ts");
type Event = InstanceType<typeof Event>;

const wait = (event: Event): boolean => event.wait();
const waitAtMost5ms = (event: Event): boolean => event.wait(5);
const set = (event: Event): void => event.set();

function plan(
  name: string,
  threads: Model<Event>["threads"],
  more: Partial<Model<Event>> = {},
): Model<Event> {
  const count = Object.keys(threads).length;
  return {
    name,
    threads,
    label: (_, addr) => labelOf(addr),
    quiet: (event, addr) => inRecords(addr, addressOf(event)!),
    setup: () => {
      resetIsolates(count);
      return new Event();
    },
    ...more,
    finish: (event, outcome) => {
      if (outcome.blocked.length === 0) assertNobodyWaits(count);
      more.finish?.(event, outcome);
    },
  };
}

describe("model: Event", () => {
  it("releases 2 waiters", () => {
    const finish: Model<Event>["finish"] = (_, { values }) =>
      assert.ok(values["A"] === true && values["B"] === true);
    prove(plan("Event", { A: wait, B: wait, set }, { finish }));
  });

  it("releases who waited although it is cleared at once", () => {
    const blink = (event: Event): void => {
      note(`${event.statistics().waiting}`);
      event.set();
      event.clear();
    };
    const finish: Model<Event>["finish"] = (_, { notes, blocked }) => {
      assert.ok(
        2 - blocked.length >= Number(notes[0]),
        `${notes[0]} waited, ${blocked.join()} were not released`,
      );
    };
    prove(plan("Event blink", { A: wait, B: wait, blink }, { finish, mayBlock: ["A", "B"] }));
  });

  it("is seen by two setters and a waiter with a timeout", () => {
    const finish: Model<Event>["finish"] = (event) => assert.ok(event.isSet());
    prove(plan("Event setters", { A: waitAtMost5ms, set, again: set }, { finish }));
  });

  it("answers false only after the timeout", () => {
    const seen = new Set<unknown>();
    const finish: Model<Event>["finish"] = (_, { values }) => void seen.add(values["A"]);
    prove(plan("Event timeout", { A: waitAtMost5ms, B: wait, set }, { finish }));
    assert.deepEqual([...seen].sort(), [false, true]);
  });

  it("leaves nobody asleep when it is set, whoever was killed at whatever step", () => {
    const finish: Model<Event>["finish"] = (event, { blocked }) => {
      assert.ok(!event.isSet() || blocked.length === 0, `it is set and ${blocked.join()} sleep`);
    };
    const model = plan(
      "Event kill",
      { A: wait, B: waitAtMost5ms, set },
      { finish, mayBlock: ["A"], kill: { recover } },
    );
    prove({ ...model, bounds: { timeJumps: 0 } });
  });
});
