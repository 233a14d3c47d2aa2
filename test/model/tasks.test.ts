// core/tasks on the modelled word: join() ends when all is done, or says that it never will be.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Addr } from "../../src/core/word.ts";
import { deadline, identOf, park, prove, recover } from "./core.ts";
import type { Model } from "./model.ts";
import { FIFO, get, type Kind, LIFO, makeQueue, makeSeat, plan, put } from "./queue-model.ts";

const tasks = await import("../../src/core/tasks.ts");

interface State {
  readonly q: Addr;
  readonly seats: readonly Addr[];
}

for (const kind of [FIFO, LIFO] as readonly Kind[]) {
  /** A queue with these items, at which threads 0 and 1 have seats. */
  const start =
    (...items: number[]) =>
    (): State => {
      const q = makeQueue(kind, 0, 2, items);
      return { q, seats: [0, 1].map((thread) => makeSeat(q, identOf(thread))) };
    };
  const consumer =
    (thread: number, count = 1) =>
    ({ q, seats }: State): void => {
      for (let i = 0; i < count; i++) {
        get(kind, q, seats[thread]);
        assert.ok(tasks.markDone(q, seats[thread] as Addr));
      }
    };
  const joiner = ({ q }: State): string =>
    String(tasks.lookAtTasks(q) ?? park.block(tasks.tasksWait(q), deadline.NEVER));

  describe(`model: tasks of the ${kind.name} queue`, () => {
    it("lets a joiner go when both items are done, not before", () => {
      const finish: Model<State>["finish"] = ({ q }, { values }) => {
        assert.deepEqual([values["joiner"], tasks.unfinishedOf(q)], ["done", 0]);
      };
      const threads = { A: consumer(0), B: consumer(1), joiner };
      prove(plan(`${kind.name} tasks`, start(1, 2), threads, { finish }));
    });

    it("keeps a joiner while a producer adds to what is unfinished", () => {
      const finish: Model<State>["finish"] = ({ q }, { values }) => {
        assert.deepEqual([values["joiner"], tasks.unfinishedOf(q)], ["done", 0]);
      };
      const threads = { A: consumer(0, 2), putter: ({ q }: State) => put(kind, q, 2), joiner };
      prove(plan(`${kind.name} tasks and put`, start(1), threads, { finish }));
    });

    it("tells a joiner when a consumer is killed at any step with an item", () => {
      const finish: Model<State>["finish"] = ({ q }, { values, dead, blocked }) => {
        const unfinished = tasks.unfinishedOf(q);
        assert.deepEqual(blocked, [], `${unfinished} unfinished`);
        if (dead === undefined) assert.equal(values["joiner"], "done");
        if (unfinished === 0) return;
        assert.equal(values["joiner"], "lost");
        assert.equal(unfinished, 1);
      };
      const threads = { A: consumer(0), B: consumer(1), joiner };
      const model = plan(`${kind.name} tasks kill`, start(1, 2), threads, {
        finish,
        mayBlock: ["B", "joiner"],
        bounds: { preemptions: 1 },
      });
      // B may be left without an item: then it sleeps, and the joiner waits with it until the item that A has not got comes.
      const alive: Model<State>["finish"] = (state, outcome) => {
        if (outcome.blocked.includes("B")) return;
        finish(state, outcome);
      };
      // Killed before it got anything: the item is in the queue, and nobody is left to get it.
      const fair: Model<State>["finish"] = (state, outcome) => {
        if (outcome.dead !== undefined && kind.get(state.q, 0 as Addr) === 1) return;
        alive(state, outcome);
      };
      prove({ ...model, finish: fair, kill: { recover, victims: ["A"] } });
    });
  });
}
