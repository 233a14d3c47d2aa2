// Kills threads at random moments while others go on, and looks after each kill whether anything was lost.
import assert from "node:assert/strict";
import { AbandonedLockError, AtomicInt, Event, Lock, sleep, spawn } from "../../src/api/index.ts";
import { dumpThreads, ThreadTerminatedError, type Thread } from "../../src/api/index.ts";
import { assertHeapAtRest, assertHeapSound } from "./heap-walk.ts";
import type { Random } from "./random.ts";
import { PATIENCE_MS } from "./threads.ts";
import { untilSync } from "./until.ts";

/** What the victims share. */
interface Arena {
  /** Handed over when its holder dies. */
  readonly lock: Lock;
  /** Abandoned when its holder dies; whoever meets that recovers it. */
  readonly strict: Lock;
  readonly event: Event;
  /** Who is between acquire and release of each lock: at most one, or exclusion is broken. */
  readonly inside: AtomicInt;
  readonly insideStrict: AtomicInt;
  readonly violations: AtomicInt;
  /** Raised by everyone all the time: it standing still means that all hang. */
  readonly turns: AtomicInt;
}

type Victim = Thread<unknown[], unknown>;

function makeArena(): Arena {
  return {
    lock: new Lock({ name: "passing", onAbandon: "acquire" }),
    strict: new Lock({ name: "strict" }),
    event: new Event({ name: "bell" }),
    inside: new AtomicInt(),
    insideStrict: new AtomicInt(),
    violations: new AtomicInt(),
    turns: new AtomicInt(),
  };
}

/** Takes the strict lock, recovering it when its holder died. */
function takeStrict(strict: Lock, timeoutMs: number): boolean {
  for (;;) {
    try {
      return strict.acquire(timeoutMs);
    } catch (error) {
      if (!(error instanceof AbandonedLockError)) throw error;
      if (strict.recover()) return true;
    }
  }
}

/** The victims by what they do: hold, wait for (blocking, timed, async) or release a lock or an event. */
function victimsOf(arena: Arena): (() => unknown)[] {
  const { lock, strict, event, inside, insideStrict, violations, turns } = arena;
  const pass = (word: AtomicInt, me: number): void => {
    word.store(me);
    turns.increment();
    if (word.exchange(0) !== me) violations.increment();
  };
  return [
    function holds() {
      for (let me = 1; ; me = (me % 1e6) + 1) {
        lock.acquire();
        pass(inside, me);
        lock.release();
      }
    },
    function holdsLong() {
      for (let me = 2e6; ; me++) {
        lock.acquire();
        inside.store(me);
        sleep(1);
        if (inside.exchange(0) !== me) violations.increment();
        turns.increment();
        lock.release();
      }
    },
    function waitsTimed() {
      for (let me = 4e6; ; me++) {
        if (!lock.acquire(2)) continue;
        pass(inside, me);
        lock.release();
      }
    },
    async function awaits() {
      for (let me = 6e6; ; me++) {
        if (!(await lock.acquireAsync(me % 2 === 0 ? 2 : undefined))) continue;
        pass(inside, me);
        lock.release();
      }
    },
    function recovers() {
      for (let me = 8e6; ; me++) {
        if (!takeStrict(strict, 5)) continue;
        pass(insideStrict, me);
        strict.release();
      }
    },
    function waitsForEvent() {
      for (;;) {
        event.wait(1);
        turns.increment();
      }
    },
    async function awaitsEvent() {
      for (;;) {
        await event.waitAsync(1);
        turns.increment();
      }
    },
    function rings() {
      for (;;) {
        event.set();
        event.clear();
        turns.increment();
      }
    },
    function waitsForEver() {
      new Event().wait();
    },
  ];
}

/** Waits for a moment to strike: at once, after some work, or when the victim sleeps. */
function awaitMoment(random: Random, victim: Victim): void {
  const how = random.below(4);
  if (how === 0) return;
  if (how === 3 && random.below(2) === 0) {
    const turns = random.below(2000);
    for (let i = 0; i < turns && victim.state !== "blocked"; i++) Math.random();
    return;
  }
  const work = random.below(how === 1 ? 3e4 : 6e5);
  for (let i = 0; i < work; i++) Math.imul(i, i);
}

function bury(victim: Victim): void {
  if (!victim.join(PATIENCE_MS)) {
    throw new Error(`Cannot join ${victim.name}: it was terminated and hangs\n${dumpThreads()}`);
  }
  assert.ok(victim.exception instanceof ThreadTerminatedError, String(victim.exception));
}

/** Both locks can still be had, by a waiter with patience. */
function assertNoLockLost({ lock, strict, inside, insideStrict }: Arena): void {
  assert.ok(lock.acquire(PATIENCE_MS), `${String(lock)} was lost\n${dumpThreads()}`);
  inside.store(0);
  lock.release();
  assert.ok(takeStrict(strict, PATIENCE_MS), `${String(strict)} was lost\n${dumpThreads()}`);
  insideStrict.store(0);
  strict.release();
}

/** Kills `rounds` threads, with `alive` of them alive at any time; throws what went wrong. */
export async function killThreads(rounds: number, random: Random, alive = 5): Promise<void> {
  const arena = makeArena();
  const bodies = victimsOf(arena);
  const victims: Victim[] = [];
  for (let i = 0; i < alive; i++) victims.push(spawn(random.pick(bodies)));
  for (let round = 1; round <= rounds; round++) {
    const victim = random.take(victims);
    awaitMoment(random, victim);
    victim.terminate();
    bury(victim);
    assertNoLockLost(arena);
    assertHeapSound();
    assert.equal(arena.violations.load(), 0, "two threads were inside one lock");
    victims.push(spawn(random.pick(bodies)));
    if (round % 16 !== 0) continue;
    await new Promise((resolve) => setImmediate(resolve)); // finalizers
    assertSomeProgress(arena, victims, bodies);
  }
  for (const victim of victims) victim.terminate();
  victims.forEach(bury);
  assertNoLockLost(arena);
  assertHeapAtRest();
  assert.deepEqual([arena.lock.statistics().waiting, arena.event.statistics().waiting], [0, 0]);
}

function assertSomeProgress({ turns }: Arena, victims: Victim[], bodies: (() => unknown)[]): void {
  victims.push(spawn(bodies[0] as () => unknown)); // one that never waits for the others
  const before = turns.load();
  untilSync(() => turns.load() !== before, { what: "any thread to go on", deadlineMs: PATIENCE_MS });
  const spare = victims.shift() as Victim;
  spare.terminate();
  bury(spare);
}
