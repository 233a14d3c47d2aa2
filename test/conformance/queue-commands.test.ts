// Queues beside an ordinary array under random commands; and under random commands of several threads, where what can be
// said is that nothing is lost or doubled and that each producer's items come in its order.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Empty, Full, ShutDown, spawn } from "../../src/api/index.ts";
import { answerOf, type Command, ModelQueue } from "../support/queue-commands.ts";
import { type AnyQueue, type QueueKind, queueKinds } from "../support/queues.ts";
import { results } from "../support/threads.ts";

const rests: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(undefined, null, true, false, Number.NaN, -0, Infinity),
  fc.integer(),
  fc.double(),
  fc.bigInt(),
  fc.string({ maxLength: 40 }),
  fc.array(fc.string(), { maxLength: 3 }),
  fc.record({ id: fc.integer(), tags: fc.array(fc.string(), { maxLength: 2 }) }),
);

/** `call` of each with what it is given; puts and gets are the most. */
function commandsFor({ full }: QueueKind): fc.Arbitrary<Command[]> {
  const puts = (["put", "putNowait", "putTimed", "putAsync"] as const).map((call) =>
    fc.record({ call: fc.constant(call), key: fc.integer({ min: 0, max: 5 }), rest: rests }),
  );
  const plain = (...calls: readonly string[]) =>
    fc.record({ call: fc.constantFrom(...calls) }) as fc.Arbitrary<Command>;
  const shutdown = fc.record({ call: fc.constant("shutdown" as const), immediate: fc.boolean() });
  const maxsize = fc.record({
    call: fc.constant("maxsize" as const),
    maxsize: fc.integer({ min: -1, max: 4 }),
  });
  const command = fc.oneof(
    { weight: 12, arbitrary: fc.oneof(...puts) },
    { weight: 8, arbitrary: plain("get", "getTimed", "getAsync", "getOptions") },
    { weight: 4, arbitrary: plain("look", "iterate", "iterateAsync") },
    { weight: 1, arbitrary: shutdown },
    { weight: full ? 6 : 0, arbitrary: plain("taskDone", "join", "joinAsync") },
    { weight: full ? 2 : 0, arbitrary: maxsize },
  );
  return fc.array(command, { maxLength: 60, size: "max" });
}

for (const kind of queueKinds) {
  test(`${kind.name} answers as an ordinary array does, whatever it is asked`, async () => {
    const maxsizes = fc.integer({ min: -1, max: 5 });
    const run = async (maxsize: number, commands: readonly Command[]): Promise<void> => {
      const queue = kind.make<unknown>(maxsize);
      const model = new ModelQueue(kind, maxsize);
      for (const command of commands)
        assert.deepEqual(
          await answerOf(kind, queue, command),
          model.answer(command),
          JSON.stringify(command.call),
        );
    };
    await assert.doesNotReject(
      async () => await fc.assert(fc.asyncProperty(maxsizes, commandsFor(kind), run), { numRuns: 150 }),
    );
  });
}

/** Forms of put and of get; a form that does not wait is asked until it has it. */
const PUTS = 4;
const GETS = 5;
const EACH = 1000;

/** One thread's work, as a list of forms. */
function producerOf(queue: AnyQueue) {
  const again = (step: () => void): void => {
    for (;;) {
      try {
        step();
        return;
      } catch (error) {
        if (!(error instanceof Full)) throw error;
      }
    }
  };
  return async (first: number, forms: readonly number[]): Promise<void> => {
    for (const [i, form] of forms.entries()) {
      const item = first + i;
      if (form === 0) queue.put(item);
      else if (form === 1) again(() => queue.put(item, 1));
      else if (form === 2) await queue.putAsync(item);
      else again(() => queue.put(item, { timeoutMs: 0.1 }));
    }
  };
}

/** Gets until the queue is shut down and empty, each time in the next form. */
function consumerOf(queue: AnyQueue) {
  const gets: readonly (() => number | Promise<number>)[] = [
    () => queue.get(),
    () => queue.get(1),
    () => queue.getAsync(),
    () => queue.get({ timeoutMs: 0.1 }),
    () => queue.getAsync(1),
  ];
  return async (forms: readonly number[]): Promise<number[]> => {
    const items: number[] = [];
    for (let i = 0; ; i++) {
      try {
        items.push((await gets[forms[i % forms.length] ?? 0]?.()) as number);
      } catch (error) {
        if (error instanceof ShutDown) return items;
        if (!(error instanceof Empty)) throw error;
      }
    }
  };
}

interface Plan {
  maxsize: number;
  producers: number[][];
  consumers: number[][];
}
const plans: fc.Arbitrary<Plan> = fc.record({
  maxsize: fc.integer({ min: 0, max: 3 }),
  producers: fc.array(fc.array(fc.nat(PUTS - 1), { maxLength: 40, size: "max" }), {
    minLength: 1,
    maxLength: 3,
  }),
  consumers: fc.array(fc.array(fc.nat(GETS - 1), { minLength: 1, maxLength: 9 }), {
    minLength: 1,
    maxLength: 3,
  }),
});

for (const kind of queueKinds) {
  test(`${kind.name} loses and doubles nothing under random commands of several threads`, () => {
    const run = ({ maxsize, producers, consumers }: Plan): void => {
      const queue = kind.make<number>(maxsize);
      const [produce, consume] = [producerOf(queue), consumerOf(queue)];
      const getting = consumers.map((forms) => spawn(consume, forms));
      results(producers.map((forms, p) => spawn(produce, p * EACH, forms)));
      queue.shutdown();
      const got = results(getting);
      const put = producers.flatMap((forms, p) => forms.map((_, i) => p * EACH + i));
      assert.deepEqual(
        got.flat().sort((a, b) => a - b),
        put,
      );
      if (kind.name !== "Queue" && kind.name !== "SimpleQueue") return;
      for (const items of got)
        for (const p of producers.keys()) {
          const own = items.filter((item) => Math.floor(item / EACH) === p);
          assert.deepEqual(
            own,
            [...own].sort((a, b) => a - b),
            "a producer's items out of its order",
          );
        }
    };
    assert.doesNotThrow(() => fc.assert(fc.property(plans, run), { numRuns: 20 }));
  });
}
