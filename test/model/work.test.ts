// core/work and core/crew on the modelled word: each task is run once, none is left beside a sleeping worker, whoever dies.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Addr } from "../../src/core/word.ts";
import {
  assertNobodyWaits,
  become,
  deadline,
  heap,
  identOf,
  inRecords,
  labelOf,
  layout,
  mutex,
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
const work: typeof import("../../src/core/work.ts") = await import("../../src/core/work.ts");
const crew: typeof import("../../src/core/crew.ts") = await import("../../src/core/crew.ts");
const tables: typeof import("../../src/core/future-layout.ts") = await import(
  "../../src/core/future-layout.ts"
);
const { KIND } = await import("../../src/core/kind.ts");
const { FUTURE, POOL, WORKER } = tables;
const { CREW_STATE } = crew;
const { field } = layout;

/** What a task ends with: that it was run, or that its worker died. */
const RAN = 8;
const DEATH = 16;

interface State {
  readonly pool: Addr;
  readonly line: Addr;
  /** By their tags. */
  readonly futures: readonly Addr[];
}

const wordOf = (f: Addr): number => word.load(field(f, FUTURE.STATE));
const resultOf = (f: Addr): number => word.load(field(f, FUTURE.RESULT));
const isShut = (pool: Addr): boolean => (word.load(field(pool, POOL.STATE)) & crew.SHUT) !== 0;

/** A pool whose first workers are awake and whose line has the first of `futures` tasks. */
function setup(workers: number, futures: number, waiting: number): State {
  const pool = heap.allocateRecord();
  for (let offset = 4; offset < 64; offset += 4) word.store(field(pool, offset), 0);
  const line = work.newLine();
  const shape = { LINE: line, SIZE: workers, RUNS: 1, REFS: 1, SLACK: 1, CREW: crew.newCrew(workers, 1) };
  for (const [name, value] of Object.entries(shape)) word.store(field(pool, POOL[name as "LINE"]), value);
  word.store(pool, KIND.POOL);
  crew.eachWorker(pool, (worker, index) => {
    word.store(field(worker, WORKER.IDENT), identOf(index));
    word.store(field(worker, WORKER.STATE), CREW_STATE.SEARCHING);
  });
  const made = Array.from({ length: futures }, (_, tag) => future.newFuture(tag));
  for (let tag = 0; tag < waiting; tag++) work.append(line, made[tag] as Addr, tag);
  return { pool, line, futures: made };
}

/** As a submitter's and a worker's `summon` does; nobody can start a thread here. */
function summon(pool: Addr): void {
  crew.rally(pool, crew.ringWorker);
}

const deliver = (f: Addr): void => {
  if (future.notifyCancelled(f)) note(`delivered ${f}`);
};

/** As `serve()` in futures/worker.ts, without spins. */
const worker =
  (index: number) =>
  ({ pool, line }: State): void => {
    const me = crew.workerAt(pool, index);
    const state = field(me, WORKER.STATE);
    for (;;) {
      const task = work.take(line, crew.runAt(me, 0), identOf(index), deliver);
      if (task !== 0) {
        word.store(state, CREW_STATE.BUSY);
        if (work.backlog(line) > 0) summon(pool);
        note(`ran ${task}`);
        word.store(state, CREW_STATE.SEARCHING);
        assert.ok(future.finish(task, RAN), "nobody else may end it");
        word.store(crew.runAt(me, 0), 0);
        continue;
      }
      if (isShut(pool) && work.backlog(line) === 0) break;
      word.store(state, CREW_STATE.PARKED);
      word.store(field(pool, POOL.SLACK), 1);
      if (work.backlog(line) === 0 && !isShut(pool)) park.block(crew.parkWait(me), deadline.NEVER);
      else crew.unpark(me);
    }
    vacate(pool, me);
  };

function vacate(pool: Addr, me: Addr): void {
  word.store(field(me, WORKER.STATE), CREW_STATE.FREE);
  word.store(field(pool, POOL.SLACK), 1);
}

const submit = ({ pool, line, futures }: State, tag: number): void => {
  work.append(line, futures[tag] as Addr, tag);
  summon(pool);
};
const shut = ({ pool }: State): void => {
  crew.setPool(pool, crew.SHUT);
  crew.eachWorker(pool, (each) => {
    if (crew.unpark(each)) crew.ringWorker(each);
  });
};
/** Submits these tasks, then shuts the pool down. */
const submitter =
  (...tags: number[]) =>
  (state: State): void => {
    for (const tag of tags) submit(state, tag);
    shut(state);
  };

/** What the supervisor does when a thread has died (futures/care.ts), beside what it does for any thread. */
function bury(state: State, victim: number): void {
  recover(state, victim);
  const { pool, line } = state;
  const ident = identOf(victim);
  mutex.abandon(work.putWord(line), ident, true);
  crew.eachWorker(pool, (each) => {
    if (word.load(field(each, WORKER.IDENT)) !== ident) return;
    const run = crew.runAt(each, 0);
    const f = word.load(run) as Addr;
    word.store(run, 0);
    if (f !== 0) close(f, ident);
    vacate(pool, each);
  });
  crew.restoreSlack(pool);
  if (work.backlog(line) > 0) summon(pool);
}

function close(f: Addr, ident: number): void {
  const now = wordOf(f);
  if (future.phaseOf(now) === future.CANCELLED) deliver(f);
  if (future.phaseOf(now) !== future.RUNNING || future.tagOf(now) !== ident) return;
  if (resultOf(f) === 0) future.finish(f, DEATH);
  else future.complete(f);
}

/** W2 */
function ranAtMostOnce(notes: readonly string[]): void {
  const ran = notes.filter((text) => text.startsWith("ran "));
  assert.equal(new Set(ran).size, ran.length, ran.join());
}

function plan(
  name: string,
  make: () => State,
  threads: Model<State>["threads"],
  finish: NonNullable<Model<State>["finish"]>,
  more: Partial<Model<State>> = {},
): Model<State> {
  const count = Object.keys(threads).length;
  return {
    name,
    threads,
    label: (_, addr) => labelOf(addr),
    quiet: ({ pool }, addr) => inRecords(addr, pool),
    setup: () => {
      resetIsolates(count);
      emptyHeap();
      become(-1);
      return make();
    },
    invariant: (_, notes) => ranAtMostOnce(notes),
    ...more,
    bounds: { timeJumps: 0, ...more.bounds },
    finish: (state, outcome) => {
      if (more.mayBlock === undefined) assertNobodyWaits(count);
      finish(state, outcome);
    },
  };
}

/** Everything was run. */
const allRan: NonNullable<Model<State>["finish"]> = ({ futures }) =>
  assert.deepEqual(
    futures.map((f) => [wordOf(f), resultOf(f)]),
    futures.map(() => [future.DONE, RAN]),
  );
/** Everything has ended: it was run, or its worker died; of one death, one task at most. */
const allEnded: NonNullable<Model<State>["finish"]> = ({ futures, line }, { dead }) => {
  assert.equal(work.backlog(line), 0);
  for (const f of futures) assert.equal(wordOf(f), future.DONE);
  const lost = futures.filter((f) => resultOf(f) !== RAN);
  assert.ok(lost.length <= (dead === undefined ? 0 : 1), `${lost.length} lost`);
};
const ONE = { preemptions: 1 } as const;

describe("model: the task line", () => {
  it("gives each task to one of two workers", () => {
    const threads = { A: worker(0), B: worker(1), submitter: submitter() };
    prove(plan("line two workers", () => setup(2, 2, 2), threads, allRan));
  });

  it("leaves no task beside a worker that goes to sleep", () => {
    prove(plan("line sleep", () => setup(1, 2, 0), { A: worker(0), submitter: submitter(0, 1) }, allRan));
  });

  it("leaves no task beside two workers that go to sleep", () => {
    const threads = { A: worker(0), B: worker(1), submitter: submitter(0, 1) };
    prove(plan("line two sleepers", () => setup(2, 2, 0), threads, allRan));
  });

  it("takes tasks of two submitters", () => {
    const threads = {
      A: worker(0),
      B: (state: State) => submit(state, 0),
      C: (state: State) => submit(state, 1),
    };
    prove(plan("line two submitters", () => setup(1, 2, 0), threads, allRan, { mayBlock: ["A"] }));
  });

  it("passes a task that is cancelled meanwhile, and delivers it once", () => {
    const canceller = ({ futures }: State): boolean => future.cancel(futures[0] as Addr);
    prove(
      plan(
        "line cancelled",
        () => setup(2, 1, 1),
        { A: worker(0), canceller, submitter: submitter() },
        ({ futures: [f] }, { values, notes }) => {
          const cancelled = values["canceller"] === true;
          const delivered = notes.filter((text) => text.startsWith("delivered"));
          assert.equal(delivered.length, cancelled ? 1 : 0);
          assert.equal(resultOf(f as Addr), cancelled ? 0 : RAN);
          assert.notEqual(wordOf(f as Addr) & future.DONE, 0);
        },
      ),
    );
  });

  it("loses one task at most when a worker is killed at any step", () => {
    const threads = { A: worker(0), B: worker(1), submitter: submitter(1) };
    prove(
      plan("line killed worker", () => setup(2, 2, 1), threads, allEnded, {
        bounds: ONE,
        kill: { recover: bury, victims: ["A"] },
      }),
    );
  });

  it("goes on when a submitter is killed at any step", () => {
    const threads = {
      A: worker(0),
      B: (state: State) => submit(state, 0),
      C: (state: State) => submit(state, 1),
    };
    prove(
      plan(
        "line killed submitter",
        () => setup(1, 2, 0),
        threads,
        ({ futures, line }) => {
          assert.equal(work.backlog(line), 0);
          assert.deepEqual([wordOf(futures[1] as Addr), resultOf(futures[1] as Addr)], [future.DONE, RAN]);
          assert.ok([future.DONE, future.pendingWord(0)].includes(wordOf(futures[0] as Addr)));
        },
        { mayBlock: ["A"], bounds: ONE, kill: { recover: bury, victims: ["B"] } },
      ),
    );
  });
});
