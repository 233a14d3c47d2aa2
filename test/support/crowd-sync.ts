// 16 threads on two cores, on each thing that threads wait with: what must hold whatever the schedule.
import assert from "node:assert/strict";
import {
  AtomicInt,
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  InterruptedError,
  Lock,
  RLock,
  RWLock,
  Semaphore,
  sharedArray,
  sleep,
  spawn,
  type Thread,
} from "../../src/api/index.ts";
import type { Random } from "./random.ts";
import { PATIENCE_MS, results } from "./threads.ts";

/** What a crowd does with one of them: `turns` turns for each thread; throws what went wrong. */
export type Crowd = (count: number, turns: number) => void;

/** Runs the body in `count` threads. */
function all(count: number, body: (index: number) => void): void {
  results(Array.from({ length: count }, (_, index) => spawn(body, index)));
}

function rlock(count: number, turns: number): void {
  const lock = new RLock();
  const total = sharedArray(Int32Array, 1);
  all(count, () => {
    for (let i = 0; i < turns; i++) {
      lock.with(() => lock.with(() => (total[0] = (total[0] as number) + 1)));
    }
  });
  assert.equal(total[0], count * turns);
  assert.deepEqual([lock.statistics().depth, lock.statistics().waiting], [0, 0]);
}

function permits(make: () => Semaphore): Crowd {
  return (count, turns) => {
    const semaphore = make();
    const most = semaphore.statistics().value;
    const inside = new AtomicInt();
    all(count, (index) => {
      const want = 1 + (index % most);
      for (let i = 0; i < turns; i++) {
        semaphore.acquire({ permits: want });
        if (inside.add(want) + want > most) throw new Error("more are inside than there are permits");
        inside.sub(want);
        semaphore.release(want);
      }
    });
    assert.deepEqual([semaphore.statistics().value, semaphore.statistics().waiting], [most, 0]);
  };
}

function condition(count: number, turns: number): void {
  const turn = new AtomicInt();
  const changed = new Condition(new Lock());
  all(count, (index) => {
    for (let i = 0; i < turns; i++) {
      changed.with(() => {
        changed.waitFor(() => turn.load() % count === index);
        turn.increment();
        changed.notifyAll();
      });
    }
  });
  assert.equal(turn.load(), count * turns);
  assert.equal(changed.statistics().waiting, 0);
}

function barrier(count: number, turns: number): void {
  const meeting = new Barrier(count);
  const arrived = new AtomicInt();
  all(count, () => {
    for (let i = 1; i <= turns; i++) {
      arrived.increment();
      meeting.wait();
      if (arrived.load() < i * count) throw new Error("one passed before all had come");
    }
  });
  assert.equal(arrived.load(), count * turns);
  assert.deepEqual([meeting.nWaiting, meeting.broken], [0, false]);
}

function rwlock(count: number, turns: number): void {
  const lock = new RWLock();
  const [readers, writers] = [new AtomicInt(), new AtomicInt()];
  const total = sharedArray(Int32Array, 1);
  all(count, (index) => {
    for (let i = 0; i < turns; i++) {
      if (index % 4 === 0) {
        lock.write.with(() => {
          if (writers.increment() !== 1 || readers.load() !== 0) throw new Error("a writer is not alone");
          total[0] = (total[0] as number) + 1;
          writers.decrement();
        });
      } else {
        lock.read.with(() => {
          readers.increment();
          if (writers.load() !== 0) throw new Error("a reader beside a writer");
          readers.decrement();
        });
      }
    }
  });
  assert.equal(total[0], Math.ceil(count / 4) * turns);
  assert.deepEqual([lock.statistics().readers, lock.statistics().waiting], [0, 0]);
}

function event(count: number, turns: number): void {
  const doors = Array.from({ length: turns }, () => new Event());
  const through = new AtomicInt();
  all(count, (index) => {
    for (const door of doors) {
      if (index === 0) door.set();
      else if (!door.wait(PATIENCE_MS)) throw new Error("the door was not opened");
      through.increment();
    }
  });
  assert.equal(through.load(), count * turns);
}

/** All of them, by name. */
export const crowds: Readonly<Record<string, Crowd>> = {
  RLock: rlock,
  Semaphore: permits(() => new Semaphore(5)),
  BoundedSemaphore: permits(() => new BoundedSemaphore(5)),
  Condition: condition,
  Barrier: barrier,
  RWLock: rwlock,
  Event: event,
};

const OPTIONS = { onAbandon: "acquire" } as const;

function makeWorld() {
  const lock = new Lock(OPTIONS);
  return {
    stop: new AtomicInt(),
    rlock: new RLock(OPTIONS),
    lock,
    condition: new Condition(lock),
    semaphore: new Semaphore(3),
    rw: new RWLock(OPTIONS),
    barrier: new Barrier(2),
    event: new Event(),
    writing: new AtomicInt(),
    violations: new AtomicInt(),
  };
}
type World = ReturnType<typeof makeWorld>;

/** One step with each of them, by chance; what a kill or an interrupt may leave behind is put right by the last one. */
function actorOf(world: World): (seed: number) => number {
  const { stop, rlock, condition, semaphore, rw, barrier, event, writing, violations } = world;
  const deeds: ((ms: number) => unknown)[] = [
    () => rlock.with(() => rlock.with(() => 1)),
    (ms) => rlock.acquire(ms) && rlock.release(),
    (ms) => condition.with(() => condition.wait(ms)),
    () => condition.with(() => condition.notify()),
    () => condition.with(() => condition.notifyAll()),
    (ms) => semaphore.acquire({ permits: 2, timeoutMs: ms }) && semaphore.release(2),
    (ms) => rw.read.acquire(ms) && (writing.load() === 0 || violations.increment(), rw.read.release()),
    () =>
      rw.write.with(() => {
        writing.store(1);
        writing.store(0);
      }),
    (ms) => {
      try {
        barrier.wait(ms);
      } catch (error) {
        if ((error as Error).name !== "BrokenBarrierError") throw error;
        barrier.reset();
      }
    },
    (ms) => event.wait(ms),
    () => event.set(),
    () => event.clear(),
  ];
  return (seed) => {
    let steps = 0;
    for (let state = seed | 1; stop.load() === 0; steps++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      try {
        deeds[(state >>> 8) % deeds.length]?.((state >>> 20) % 3);
      } catch (error) {
        if (!(error instanceof InterruptedError)) throw error;
      }
    }
    return steps;
  };
}

/** `rounds` rounds of interrupts and kills among `alive` threads that use everything; throws what went wrong. */
export function harass(rounds: number, random: Random, alive: number): void {
  const world = makeWorld();
  const body = actorOf(world);
  const actors: Thread<[number], number>[] = [];
  const enter = (): void => void actors.push(spawn(body, random.below(2 ** 31)));
  for (let i = 0; i < alive; i++) enter();
  for (let round = 0; round < rounds; round++) {
    if (random.below(3) > 0) {
      random.pick(actors).interrupt("by chance");
      if (random.below(4) === 0) sleep(1);
      continue;
    }
    const victim = random.take(actors);
    victim.terminate();
    assert.ok(victim.join(PATIENCE_MS), `${victim.name} hangs`);
    world.writing.store(0); // it may have died while it wrote
    enter();
  }
  world.stop.store(1);
  results(actors);
  assertWhole(world);
}

function assertWhole({ rlock, lock, condition, semaphore, rw, barrier, event, violations }: World): void {
  for (const thing of [rlock, lock, rw.write, rw.read]) {
    assert.ok(thing.acquire(PATIENCE_MS), `${String(thing)} was lost`);
    thing.release();
  }
  for (const thing of [rlock, lock, condition, semaphore, rw, barrier, event]) {
    assert.equal(thing.statistics().waiting, 0, String(thing));
  }
  assert.ok(semaphore.statistics().value <= 3, "permits were doubled");
  assert.deepEqual([rw.statistics().readers, rw.statistics().writer], [0, undefined]);
  assert.ok(violations.load() >= 0);
}
