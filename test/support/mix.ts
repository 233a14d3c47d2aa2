// Everything at once, by chance: locks, events, nested threads, interrupts and kills, with a seed that repeats the choices.
import assert from "node:assert/strict";
import {
  activeCount,
  AtomicInt,
  dumpThreads,
  enumerate,
  Event,
  InterruptedError,
  Lock,
  sharedArray,
  sleep,
  spawn,
  type Thread,
  ThreadTerminatedError,
} from "../../src/api/index.ts";
import { assertHeapAtRest, assertHeapSound } from "./heap-walk.ts";
import { Random } from "./random.ts";
import { PATIENCE_MS } from "./threads.ts";

const LOCKS = 3;
type Actor = Thread<[number], number>;

function makeWorld() {
  return {
    locks: Array.from({ length: LOCKS }, (_, i) => new Lock({ name: `L${i}`, onAbandon: "acquire" })),
    /** Changed under its lock alone, with an ordinary addition. */
    counts: sharedArray(Int32Array, LOCKS),
    /** Changed under the same lock, right after. */
    tallies: Array.from({ length: LOCKS }, () => new AtomicInt()),
    event: new Event(),
    stop: new AtomicInt(),
  };
}
type World = ReturnType<typeof makeWorld>;

/** What an actor does until it is stopped: returns how many steps it took. */
function actorOf({ locks, counts, tallies, event, stop }: World): (seed: number) => Promise<number> {
  const touch = (i: number): void => {
    counts[i] = (counts[i] as number) + 1;
    tallies[i]?.increment();
    locks[i]?.release();
  };
  const child = (i: number): number => {
    locks[i]?.acquire();
    touch(i);
    return i;
  };
  const deeds: ((i: number, random: Random) => unknown)[] = [
    (i) => locks[i]?.acquire() && touch(i),
    (i, random) => locks[i]?.acquire(random.next() * 2) && touch(i),
    (i) => locks[i]?.tryAcquire() && touch(i),
    async (i) => (await locks[i]?.acquireAsync(5)) && touch(i),
    async (i) => {
      const control = new AbortController();
      const wait = locks[i]?.acquireAsync({ signal: control.signal }).then(() => touch(i));
      await Promise.resolve();
      control.abort();
      await wait?.catch((error: unknown) => {
        if (error !== control.signal.reason) throw error;
      });
    },
    (_, random) => event.wait(random.next()),
    () => event.waitAsync(1),
    () => event.set(),
    () => event.clear(),
    (i) => assert.equal(spawn(child, i).result(), i),
    (_, random) => sleep(random.next()),
  ];
  return async (seed) => {
    const random = new Random(seed);
    let steps = 0;
    for (; stop.load() === 0; steps++) {
      try {
        await random.pick(deeds)(random.below(LOCKS), random);
      } catch (error) {
        if (!(error instanceof InterruptedError)) throw error;
      }
    }
    return steps;
  };
}

/** `rounds` rounds of chance with so many actors at a time; throws what went wrong. */
export function mixUp(rounds: number, random: Random, alive = 5): void {
  const world = makeWorld();
  const body = actorOf(world);
  const actors: Actor[] = [];
  let kills = 0;
  const enter = (): void => void actors.push(spawn(body, random.below(2 ** 31)));
  for (let i = 0; i < alive; i++) enter();
  for (let round = 0; round < rounds; round++) {
    const choice = random.below(10);
    if (choice < 5) {
      sleep(random.next() * 2);
    } else if (choice < 7) {
      random.pick(actors).interrupt("by chance");
    } else {
      const victim = random.take(actors);
      victim.terminate();
      kills++;
      assert.ok(victim.join(PATIENCE_MS), `${victim.name} hangs\n${dumpThreads()}`);
      assert.ok(victim.exception instanceof ThreadTerminatedError, String(victim.exception));
      enter();
    }
    assertHeapSound();
  }
  world.stop.store(1);
  endAll(actors);
  assertWorldWhole(world, kills);
}

function endAll(actors: readonly Actor[]): void {
  for (const actor of actors) {
    assert.ok(actor.join(PATIENCE_MS), `${actor.name} hangs\n${dumpThreads()}`);
    assert.ok(actor.result() >= 0);
  }
  // Children of the killed.
  for (const thread of enumerate().slice(1)) assert.ok(thread.join(PATIENCE_MS), `${thread.name} hangs`);
  assert.equal(activeCount(), 1);
}

function assertWorldWhole({ locks, counts, tallies }: World, kills: number): void {
  let torn = 0;
  locks.forEach((lock, i) => {
    assert.ok(lock.acquire(PATIENCE_MS), `${String(lock)} was lost`);
    lock.release();
    assert.equal(lock.statistics().waiting, 0);
    torn += Math.abs((counts[i] as number) - (tallies[i]?.load() ?? 0));
  });
  assert.ok(torn <= kills, `${torn} updates were lost, with ${kills} kills`);
  assertHeapAtRest();
}
