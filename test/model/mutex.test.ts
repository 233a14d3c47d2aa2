// core/mutex on the modelled word: exclusion, no lost wake-up, no hang, also when a thread dies at any step.
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
  platform,
  prove,
  recover,
  resetIsolates,
  scratch,
  word,
} from "./core.ts";
import type { Change, Model, Outcome } from "./model.ts";

const LOCK = scratch(0);
const COUNT = scratch(1);
const LOCK_REASON = 1;

function label(_: unknown, addr: number): string | undefined {
  return addr === LOCK ? "lock" : addr === COUNT ? "count" : labelOf(addr);
}

function setup(threads: number): () => void {
  return () => {
    resetIsolates(threads);
    word.store(LOCK, 0);
    word.store(COUNT, 0);
  };
}

/** Work that only exclusion makes right. */
function work(): void {
  word.store(COUNT, word.load(COUNT) + 1);
}

/** Locks, works, unlocks; an abandoned lock is repaired first. Returns how it went. */
function body(until: () => Deadline = () => deadline.NEVER): () => string {
  return () => {
    const outcome = mutex.lock(LOCK, until(), LOCK_REASON);
    if (outcome === "abandoned") {
      // Of those who see it abandoned one repairs it; the others queue again.
      if (!mutex.recover(LOCK)) return body(until)();
    } else if (outcome !== "acquired") return "timed out";
    work();
    assert.ok(mutex.unlock(LOCK), "unlock by the holder");
    return outcome;
  };
}

/** What the supervisor does; this lock is no record that it could find. */
function recovery(handOver: boolean): (state: void, victim: number) => void {
  return (_, victim) => {
    mutex.abandon(LOCK, identOf(victim), handOver);
    recover(_, victim);
  };
}

function finish(threads: number): (state: void, outcome: Outcome) => void {
  return (_, outcome) => {
    const word1 = word.load(LOCK);
    assert.equal(mutex.ownerOf(word1), 0, "nobody holds it at the end");
    if (!mutex.isAbandoned(word1))
      assert.equal(mutex.tryLock(LOCK), "acquired", "it can be taken at the end");
    assertNobodyWaits(threads);
    const done = Object.values(outcome.values).filter(
      (value) => value === "acquired" || value === "abandoned",
    ).length;
    const count = word.load(COUNT);
    // The dead one may have worked before it died.
    if (outcome.dead === undefined) assert.equal(count, done);
    else assert.ok(count === done || count === done + 1, `${count} for ${done}`);
  };
}

/** The rows of the state table that were seen, over all models of this file. */
const rows = new Set<number>();
/** A row of the table as a number: held or not, then the bits. */
function row(held: boolean, bits: number): number {
  return (held ? 8 : 0) | bits;
}

/** Only the rows of the state table in core/mutex.ts. */
function legal(): void {
  const state = word.load(LOCK);
  const bits = state & 7;
  rows.add(row(mutex.ownerOf(state) !== 0, bits));
  if (mutex.ownerOf(state) !== 0) assert.ok((bits & ~mutex.WAITERS) === 0, `held, with bits ${bits}`);
  else if ((bits & mutex.HANDOFF) !== 0)
    assert.equal(bits, mutex.HANDOFF | mutex.WAITERS, "reserved for nobody");
}

/** M2: an owner comes into the word by its own hand, and leaves it so. */
function byOwner(_: void, { addr, before, after, thread }: Change): void {
  if (addr !== LOCK || mutex.ownerOf(before) === mutex.ownerOf(after)) return;
  const ident = identOf("ABC".indexOf(thread));
  assert.ok(
    [mutex.ownerOf(before), mutex.ownerOf(after)].includes(ident),
    `${thread}: ${before} to ${after}`,
  );
  assert.ok(mutex.ownerOf(before) === 0 || mutex.ownerOf(after) === 0, `${thread}: ${before} to ${after}`);
}

function plan(name: string, threads: Model<void>["threads"], more: Partial<Model<void>> = {}): Model<void> {
  const count = Object.keys(threads).length;
  return { name, setup: setup(count), threads, finish: finish(count), invariant: legal, label, ...more };
}

const forEver = body();
const atMost5ms = body(() => deadline.deadlineOf(5));
const poll = body(() => deadline.POLL);

function spinning(test: () => void): void {
  platform.setSpinLimit(2);
  try {
    test();
  } finally {
    platform.setSpinLimit(0);
  }
}

describe("model: mutex", () => {
  it("excludes, and wakes everyone: 2 threads, twice each", () => {
    const twice = (): void => {
      forEver();
      forEver();
    };
    prove(plan("mutex 2x2", { A: twice, B: twice }, { finish: () => assert.equal(word.load(COUNT), 4) }));
  });
  it("excludes, and wakes everyone: 3 threads", () => {
    prove(plan("mutex 3", { A: forEver, B: forEver, C: forEver }));
  });
  it("excludes when it spins first: 3 threads", () => {
    spinning(() => prove(plan("mutex spin", { A: forEver, B: forEver, C: forEver })));
  });
  it("loses no wake-up to a deadline that passes: 3 threads", () => {
    prove(plan("mutex deadline", { A: forEver, B: atMost5ms, C: forEver }));
    prove(plan("mutex deadlines", { A: forEver, B: atMost5ms, C: atMost5ms }));
  });
  it("neither waits nor overtakes when it polls", () => {
    prove(plan("mutex poll", { A: forEver, B: forEver, C: poll }));
  });
  it("loses no wake-up to an interruption: 3 threads", () => {
    prove(interrupted());
  });

  it("is changed by its owner only, and taken by nobody for another", () => {
    prove(plan("mutex owner", { A: forEver, B: forEver, C: poll }, { transition: byOwner }));
  });
  it("is not taken from a waiter that it is reserved for", () => {
    let reserved = 0;
    const transition = (_: void, { addr, before, after, thread }: Change): void => {
      if (addr !== LOCK || mutex.ownerOf(after) === 0 || (before & mutex.HANDOFF) === 0) return;
      reserved += 1;
      assert.equal(thread, "B", "only B stands in the line");
    };
    const model = plan("mutex reserved", { A: poll, B: forEver, C: poll }, { transition });
    prove(model);
    spinning(() => prove({ ...model, name: "mutex reserved, spinning" }));
    assert.ok(reserved > 0, "no schedule reserves it");
  });

  for (const handOver of [false, true]) {
    const rule = handOver ? "handed over" : "abandoned";
    // The threads are alike; in one of two rules it is enough that one of them dies.
    const kill = { recover: recovery(handOver), ...(handOver ? { victims: ["B"] } : {}) };
    it(`survives a thread killed at every step, ${rule}: 2 threads, a deadline`, () => {
      prove(plan(`mutex kill 2 ${rule}`, { A: forEver, B: atMost5ms }, { kill }));
    });
    it(`survives a thread killed at every step, ${rule}: 3 threads`, () => {
      prove(plan(`mutex kill 3 ${rule}`, { A: forEver, B: forEver, C: forEver }, { kill }));
    });
  }

  it("has been in every legal state of the table", () => {
    const { WAITERS, HANDOFF, ABANDONED } = mutex;
    const held = [0, WAITERS].map((bits) => row(true, bits));
    const free = [0, WAITERS, HANDOFF | WAITERS, ABANDONED | WAITERS].map((bits) => row(false, bits));
    assert.deepEqual([...rows].sort(), [...held, ...free].sort());
  });
});

/** B is interrupted wherever it is: it throws before it sleeps, as the thread layer's hook makes it. */
function interrupted(): Model<void> {
  const INTERRUPT = scratch(2);
  const victim = (): string => {
    park.hooks.beforeSleep = () => {
      if (word.load(INTERRUPT) === 1) throw new Error("interrupted");
    };
    try {
      return forEver();
    } catch (error) {
      if (String(error) !== "Error: interrupted") throw error;
      return "interrupted";
    } finally {
      park.hooks.beforeSleep = () => {};
    }
  };
  const interrupter = (): string => {
    word.store(INTERRUPT, 1);
    line.rouse(layout.blockingWaiterAt(2));
    return forEver();
  };
  const base = plan("mutex interrupt", { A: forEver, B: victim, C: interrupter });
  return {
    ...base,
    setup: () => {
      base.setup();
      word.store(INTERRUPT, 0);
    },
  };
}
