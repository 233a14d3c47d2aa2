// core/handover and core/registry on the modelled word: how a runnable thread comes to a carrier, and only to one.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Addr } from "../../src/core/word.ts";
import { become, deadline, labelOf, layout, prove, resetIsolates, sequence, word } from "./core.ts";
import type { Model } from "./model.ts";

const registry = await import("../../src/core/registry.ts");
const { nextThread } = await import("../../src/core/handover.ts");
const { PHASE, ISOLATE_STATE } = registry;
const { field, HEADER, ISOLATE, isolateAt, THREAD } = layout;
const JOIN_REASON = 3;
const DOORBELL = HEADER.DOORBELL as Addr;

type Threads = readonly Addr[];
/** What a thread's body waits for, by index: the end of that thread. */
type Waits = readonly (number | undefined)[];

function run(threads: Threads, waits: Waits, isolate: Addr, thread: Addr): void {
  word.store(field(isolate, ISOLATE.THREAD), thread);
  const other = waits[threads.indexOf(thread)];
  if (other !== undefined) {
    sequence.awaitFlag(field(threads[other]!, THREAD.STATE), PHASE.TERMINATED, deadline.NEVER, JOIN_REASON);
  }
  // As thread/body.ts and thread/carry.ts do around the end of a body.
  word.store(field(isolate, ISOLATE.STATE), ISOLATE_STATE.FINISHING);
  assert.ok(registry.retire(thread, PHASE.RUNNING), "retired by its carrier");
  word.store(field(isolate, ISOLATE.THREAD), 0);
}

const carrier =
  (index: number, waits: Waits) =>
  (threads: Threads): void => {
    const isolate = isolateAt(index);
    for (;;) {
      word.store(field(isolate, ISOLATE.STATE), ISOLATE_STATE.BUSY);
      let thread = nextThread(isolate, false, 0, () => {});
      if (thread === 0) thread = nextThread(isolate, true, 0, () => {});
      run(threads, waits, isolate, thread);
    }
  };
function start(thread: Addr): void {
  registry.enrol(thread);
  // As thread/launch.ts does.
  if (!registry.anyFinishing(0) && !registry.handToIdle(thread)) registry.ringSupervisor();
}

function plan(
  name: string,
  count: number,
  carriers: number,
  waits: Waits,
  more: Partial<Model<Threads>> = {},
): Model<Threads> {
  const names = ["A", "B", "C"].slice(0, carriers);
  return {
    name,
    threads: {
      ...Object.fromEntries(names.map((name, i) => [name, carrier(i + 1, waits)])),
      starter: (threads) => threads.forEach(start),
    },
    mayBlock: names,
    label: (_, addr) => labelOf(addr),
    setup: () => {
      resetIsolates(carriers + 1);
      for (const at of [HEADER.MAIN, HEADER.THREADS_HIGH, DOORBELL]) word.store(at as Addr, 0);
      for (let slot = 0; slot < 8; slot += 1) word.store(layout.threadSlotAt(slot), 0);
      for (let isolate = 1; isolate <= carriers + 1; isolate += 1) {
        for (const offset of Object.values(ISOLATE)) word.store(field(isolateAt(isolate), offset), 0);
        word.store(field(isolateAt(isolate), ISOLATE.STATE), ISOLATE_STATE.BUSY);
      }
      become(-1);
      return Array.from({ length: count }, (_, i) => {
        const thread = registry.newThread(`T${i}`, 0);
        word.store(field(thread, THREAD.STATE), PHASE.STARTING);
        return thread;
      });
    },
    finish: (threads) => {
      const phases = threads.map((thread) => word.load(field(thread, THREAD.STATE)));
      if (phases.every((phase) => phase === PHASE.TERMINATED)) return;
      // The supervisor, once rung, starts carriers for the threads beyond those that idle carriers will take.
      const runnable = phases.filter((phase) => phase === PHASE.RUNNABLE).length;
      const idle = names.filter(
        (_, i) => word.load(field(isolateAt(i + 1), ISOLATE.STATE)) === ISOLATE_STATE.IDLE,
      );
      assert.ok(word.load(DOORBELL) > 0, "a thread does not end, and nobody rang");
      assert.ok(runnable > idle.length, `${runnable} threads are left, for ${idle.join()} to take`);
    },
    ...more,
  };
}

describe("model: handing threads to carriers", () => {
  it("leaves no thread beside a parked carrier", () => {
    prove(plan("hand over 1", 2, 1, []));
    prove(plan("hand over 2", 2, 2, [1]));
  });
  it("runs a thread once although two starters and two carriers know of it", () => {
    const model = plan("hand over from two", 2, 1, []);
    const { A } = model.threads;
    const first = (threads: Threads): void => start(threads[0]!);
    const second = (threads: Threads): void => start(threads[1]!);
    prove({ ...model, threads: { A: A!, first, second } });
  });
  it("rings for a thread that a finishing carrier does not take", () => {
    prove(plan("hand over to finishing", 3, 1, [undefined, 2], { bounds: { preemptions: 2 } }));
  });
  it("forgets none of several that were left to one finishing carrier", () => {
    // The first waits for the second, and that for the third: each needs a carrier of its own at once.
    const model = plan("hand over many", 3, 3, [1, 2], { bounds: { preemptions: 0 } });
    const setup = (): Threads => {
      const threads = model.setup();
      word.store(field(isolateAt(1), ISOLATE.STATE), ISOLATE_STATE.FINISHING);
      return threads;
    };
    prove({ ...model, setup });
  });
  it("hands nothing to a carrier that runs something", () => {
    prove(plan("hand over 3", 3, 2, [2, 0], { bounds: { preemptions: 2 } }));
  });
});
