// Kills threads at random moments while they change what all share, and walks over all of it after each kill.
import assert from "node:assert/strict";
import {
  AtomicInt,
  dumpThreads,
  Event,
  heapStatistics,
  Lock,
  shared,
  sleep,
  spawn,
} from "../../src/api/index.ts";
import { update, ThreadTerminatedError, type Thread } from "../../src/api/index.ts";
import { assertContainersWhole } from "./container-walk.ts";
import { assertHeapAtRest, assertHeapSound } from "./heap-walk.ts";
import { Random } from "./random.ts";
import { PATIENCE_MS } from "./threads.ts";
import { untilSync } from "./until.ts";

type Victim = Thread<[number], void>;
type Key = number | string | bigint | boolean | null;

function makeWorld() {
  return {
    numbers: shared({ a: 0, b: 0, another: 0 } as Record<string, number>),
    object: shared({} as Record<string, unknown>),
    list: shared([] as unknown[]),
    stack: shared([1, 2, 3] as unknown[]),
    map: shared(new Map<Key, unknown>()),
    set: shared(new Set<unknown>()),
    lock: new Lock(),
    turns: new AtomicInt(),
  };
}
type World = ReturnType<typeof makeWorld>;

const NAMES = [
  "a",
  "ab",
  "name",
  "longer than a box",
  "größer",
  "0",
  "17",
  "__proto__",
  "\ud800",
  "x".repeat(300),
];
/** Elements of an array and entries of a table, at most so many or thereabouts. */
const MANY = 40;

function keyFrom(random: Random): Key {
  const n = random.below(MANY);
  return random.pick<Key>([n, `k${n}`, `a longer key ${n}`, BigInt(n) ** 20n, n < 20, null, -n / 3]);
}

/** Data of any kind: plain, nested, cyclic, and references to what is shared already. */
function valueFrom(random: Random, world: World, depth = 2): unknown {
  const choice = random.below(depth > 0 ? 16 : 9);
  const inner = (): unknown => valueFrom(random, world, depth - 1);
  switch (choice) {
    case 0:
      return random.pick(NAMES);
    case 1:
      return "long ".repeat(random.below(200));
    case 2:
      return BigInt(random.below(1000)) ** BigInt(random.below(40));
    case 3:
      return new Date(random.below(1e9));
    case 4:
      return random.pick<unknown>([null, undefined, true, Number.NaN, -0]);
    case 5:
      return world.lock;
    case 6:
      return random.pick<unknown>([world.object, world.list, world.map, world.set, world.numbers]);
    case 7:
    case 8:
      return random.next();
    case 9:
    case 10:
      return { [random.pick(NAMES)]: inner(), twice: inner(), n: 1 };
    case 11:
      return [inner(), inner(), 7];
    case 12:
      return new Map<Key, unknown>([[keyFrom(random), inner()]]);
    case 13:
      return new Set([random.pick<unknown>([keyFrom(random), world.lock, { n: 1 }]), "member"]);
    default: {
      const knot: Record<string, unknown> = { inner: inner() };
      knot["self"] = [knot, new Map([["knot", knot]])];
      return knot;
    }
  }
}

/** Changes at any place within a value that was read. */
function dig(value: unknown, random: Random, world: World): void {
  if (Array.isArray(value)) value[random.below(4)] = valueFrom(random, world, 1);
  else if (value instanceof Map) value.set(keyFrom(random), valueFrom(random, world, 1));
  else if (value instanceof Set) value.add(random.below(9));
  else if (typeof value === "object" && value !== null && "twice" in value) {
    value.twice = valueFrom(random, world, 1);
    Object.assign(value, { n: random.next() });
  }
}

type Deed = (world: World, random: Random) => unknown;
const DEEDS: readonly Deed[] = [
  ({ numbers }) => (numbers["a"] = (numbers["a"] as number) + 1),
  ({ numbers }, random) => (numbers[random.pick(NAMES)] = random.next()),
  ({ numbers }, random) => delete numbers[random.pick(NAMES)],
  (world, random) => (world.object[random.pick(NAMES)] = valueFrom(random, world)),
  (world, random) => (world.object[random.pick(NAMES)] = valueFrom(random, world)),
  (world, random) => delete world.object[random.pick(NAMES)],
  (world, random) => dig(world.object[random.pick(NAMES)], random, world),
  ({ object }) => ({ ...object }),
  (world, random) => world.list.push(valueFrom(random, world)),
  (world, random) => world.list.push(valueFrom(random, world), 1, valueFrom(random, world, 0)),
  (world, random) => world.list.unshift(valueFrom(random, world)),
  (world, random) => (world.list[random.below(MANY)] = valueFrom(random, world)),
  (world, random) => dig(world.list[random.below(MANY)], random, world),
  (world, random) => world.list.splice(random.below(MANY), random.below(6), valueFrom(random, world)),
  ({ list }) => list.pop(),
  ({ list }) => list.shift(),
  ({ list }) => list.reverse(),
  ({ list }) => list.length > MANY && (list.length = MANY / 2),
  ({ stack }, random) => stack.length < MANY && stack.push(random.next()),
  ({ stack }) => stack.pop(),
  ({ stack }) => stack.shift(),
  (world, random) => world.stack.length < MANY && world.stack.push(valueFrom(random, world, 1)),
  ({ stack }) => stack.fill(1),
  ({ stack }) => stack.sort(),
  (world, random) => world.map.set(keyFrom(random), valueFrom(random, world)),
  (world, random) => world.map.set(keyFrom(random), valueFrom(random, world)),
  ({ map }, random) => map.delete(keyFrom(random)),
  (world, random) => dig(world.map.get(keyFrom(random)), random, world),
  ({ map }, random) => random.below(20) === 0 && map.clear(),
  ({ map }, random) => update(map, keyFrom(random), (old) => (typeof old === "number" ? old + 1 : 0)),
  ({ map }) => [...map.keys()],
  (world, random) => world.set.add(random.pick([world.map, world.set, world.lock])),
  ({ set }, random) => set.add(keyFrom(random)),
  ({ set }, random) => set.delete(keyFrom(random)),
  ({ set }) => set.size > MANY * 4 && set.clear(),
];

function bodyOf(world: World): (seed: number) => Promise<void> {
  return async (seed) => {
    const random = new Random(seed);
    for (;;) {
      for (let i = 0; i < 200; i++) {
        random.pick(DEEDS)(world, random);
        world.turns.increment();
      }
      await new Promise((resolve) => setImmediate(resolve)); // what was looked at can be given back
    }
  };
}

function bury(victim: Victim): void {
  assert.ok(victim.join(PATIENCE_MS), `${victim.name} was terminated and hangs\n${dumpThreads()}`);
  assert.ok(victim.exception instanceof ThreadTerminatedError, String(victim.exception));
}

/** Waits until so many more deeds were done. */
function untilTurns({ turns }: World, more: number): void {
  const goal = turns.load() + more;
  try {
    untilSync(() => turns.load() >= goal, { what: "the threads to go on", deadlineMs: PATIENCE_MS });
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${dumpThreads()}`, { cause: error });
  }
}

/** What remains of the world when it was emptied. */
function empty({ numbers, object, list, stack, map, set }: World): void {
  // Not by Object.keys(), which looks at the values as well, so that main would have an object of each.
  for (const name of [...NAMES, "b", "another"]) {
    delete numbers[name];
    delete object[name];
  }
  list.length = 0;
  stack.length = 0;
  map.clear();
  set.clear();
}

/** How many containers there are more than before. What the last of the dead had is given back soon after its join() ends. */
function leftOver(before: number): number {
  const deadline = performance.now() + PATIENCE_MS / 10;
  for (;;) {
    const left = assertContainersWhole(true).containers - before;
    if (left <= 0 || performance.now() > deadline) return left;
    sleep(1);
  }
}

/** Kills `rounds` threads, `alive` of them alive at any time; throws what was not whole. Returns how many things stayed though nothing refers to them. */
export function killSharers(rounds: number, random: Random, alive = 3): number {
  const world = makeWorld();
  const body = bodyOf(world);
  const victims: Victim[] = [];
  const enter = (): void => void victims.push(spawn(body, random.below(2 ** 31)));
  for (let i = 0; i < alive; i++) enter();
  const before = assertContainersWhole().containers;
  for (let round = 0; round < rounds; round++) {
    untilTurns(world, random.below(200));
    for (let i = random.below(2e4); i > 0; i--) Math.imul(i, i);
    const victim = random.take(victims);
    victim.terminate();
    bury(victim);
    assertContainersWhole();
    assertHeapSound();
    enter();
  }
  for (const victim of victims) victim.terminate();
  victims.forEach(bury);
  empty(world);
  const left = leftOver(before);
  assertHeapAtRest();
  return left;
}

/** Threads do what they like with the world, then it is emptied: how many containers and bytes stayed. */
export function dropAll(deeds: number, random: Random): { readonly objects: number; readonly bytes: number } {
  const world = makeWorld();
  const done = new Event();
  const never = new Event();
  const work = (seed: number): void => {
    const chance = new Random(seed);
    for (let i = 0; i < deeds; i++) chance.pick(DEEDS)(world, chance);
    done.set();
    never.wait();
  };
  assertContainersWhole();
  const before = heapStatistics();
  for (let turn = 0; turn < 2; turn++) {
    const thread = spawn(work, random.below(2 ** 31));
    assert.ok(done.wait(PATIENCE_MS), dumpThreads());
    done.clear();
    thread.terminate();
    assert.ok(thread.join(PATIENCE_MS), dumpThreads());
  }
  empty(world);
  const objects = leftOver(before.objects);
  return { objects, bytes: heapStatistics().usedBytes - before.usedBytes };
}
