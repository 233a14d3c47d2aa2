// core/hand on the modelled word: a message whose consumer is killed at any step is in the queue, or freed, once.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Addr } from "../../src/core/word.ts";
import { identOf, prove, recover } from "./core.ts";
import { note } from "./explore.ts";
import type { Model } from "./model.ts";
import { FIFO, get, type Kind, LIFO, makeQueue, makeSeat, plan, PRIORITY, put, rest } from "./queue-model.ts";

const hand: typeof import("../../src/core/hand.ts") = await import("../../src/core/hand.ts");
const ring = await import("../../src/core/ring.ts");
const stack = await import("../../src/core/stack.ts");
const priority = await import("../../src/core/priority.ts");
const { TAG } = await import("./slot.ts");

hand.setDiscardItem((message) => note(`freed ${message}`));

interface State {
  readonly q: Addr;
  readonly seat: Addr;
}

/** The kinds with messages as items. */
const kinds: readonly Kind[] = [
  { ...FIFO, put: (q, item) => ring.offer(q, TAG.MESSAGE, item) },
  { ...LIFO, put: (q, item) => stack.push(q, TAG.MESSAGE, item) },
  { ...PRIORITY, put: (q, item) => priority.insert(q, TAG.MESSAGE, item, TAG.NUMBER, item) },
];

for (const kind of kinds) {
  describe(`model: the hand of a consumer of the ${kind.name} queue`, () => {
    it("is emptied once when the consumer is killed at any step", () => {
      const base = kind.name === "FIFO" ? FIFO : kind.name === "LIFO" ? LIFO : PRIORITY;
      const shape = { ...kind, kind: base.kind };
      const setup = (): State => {
        const q = makeQueue(base, 0, 2);
        for (const item of [32, 64]) kind.put(q, item);
        return { q, seat: makeSeat(q, identOf(0)) };
      };
      const consumer = ({ q, seat }: State): void => {
        const item = get(shape, q, seat) as number;
        note(`read ${item}`);
        hand.letGo(item as Addr);
      };
      const finish: NonNullable<Model<State>["finish"]> = ({ q }, { notes, dead }) => {
        const left = rest(kind, q);
        const freed = notes.filter((text) => text.startsWith("freed ")).map((text) => Number(text.slice(6)));
        const read = notes.filter((text) => text.startsWith("read ")).map((text) => Number(text.slice(5)));
        assert.equal(new Set([...left, ...freed]).size, left.length + freed.length, "in the queue and freed");
        assert.equal(
          new Set([...left, ...freed, ...read]).size,
          3,
          `${left.join()} left, ${freed.join()} freed, ${read.join()} read`,
        );
        if (dead === undefined) assert.deepEqual(freed, []);
      };
      const threads = { A: consumer, B: ({ q }: State) => put(kind, q, 96) };
      prove(
        plan(`${kind.name} hand`, setup, threads, {
          finish,
          kill: { recover, victims: ["A"] },
          bounds: { preemptions: 1 },
        }),
      );
    });
  });
}
