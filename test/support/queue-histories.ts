// Histories of queues: three threads call at random, note when each call began and ended by a clock of ticks, and what it
// answered; then a search says whether one thread could have got the same answers.
import { AtomicInt, Barrier, Empty, Full, sharedArray, ShutDown, spawn } from "../../src/api/index.ts";
import { linearize, type Operation, type Sequential } from "./linearizable.ts";
import type { AnyQueue, QueueKind } from "./queues.ts";
import { Random } from "./random.ts";
import { results } from "./threads.ts";

const THREADS = 3;
const CALLS = 6;
/** Looks at who is awake: about as long as it takes to wake a thread up. */
const PATIENCE = 30_000;
/** What a call was, and what it answered in place of an item. */
const PUT = 0;
const GET = 1;
const SIZE = 2;
const SHUT = 3;
const SHUT_NOW = 4;
const DONE = -1;
const NONE = -2;
const REFUSED = -3;
/** Words of one call: begun, ended, what, item put, answer. */
const WORDS = 5;

interface Call {
  readonly what: number;
  readonly item: number;
  readonly answer: number;
}

/** The items in the order in which they were put; `shut` as the record of a queue has it. */
interface State {
  readonly items: readonly number[];
  readonly shut: number;
}

/** What an ordinary array would have answered. Items are their own keys. */
function sequential({ next }: QueueKind, maxsize: number): Sequential<State, Call> {
  const answer = ({ items, shut }: State, { what, item }: Call): [number, State] => {
    if (what === SHUT || what === SHUT_NOW) {
      const now = what === SHUT_NOW || shut === 2;
      return [DONE, { items: now ? [] : items, shut: now ? 2 : 1 }];
    }
    if (what === SIZE) return [items.length, { items, shut }];
    if (what === PUT) {
      if (shut !== 0) return [REFUSED, { items, shut }];
      if (maxsize > 0 && items.length >= maxsize) return [NONE, { items, shut }];
      return [DONE, { items: [...items, item], shut }];
    }
    if (items.length === 0) return [shut === 0 ? NONE : REFUSED, { items, shut }];
    const index = next(items);
    return [items[index] as number, { items: items.filter((_, i) => i !== index), shut }];
  };
  return {
    initial: { items: [], shut: 0 },
    step: (state, call) => {
      const [answered, after] = answer(state, call);
      return answered === call.answer ? after : undefined;
    },
    key: ({ items, shut }) => `${items.join()}/${shut}`,
  };
}

/** Makes one call; returns its answer. */
function perform(queue: AnyQueue, what: number, item: number): number {
  try {
    if (what === PUT) queue.put(item, { block: false });
    else if (what === GET) return queue.getNowait();
    else if (what === SIZE) return queue.qsize();
    else queue.shutdown(what === SHUT_NOW);
    return DONE;
  } catch (error) {
    if (error instanceof Empty || error instanceof Full) return NONE;
    if (error instanceof ShutDown) return REFUSED;
    throw error;
  }
}

/** What may be called in a history: shutting down at once and looking at the size meanwhile have no common moment. */
const FLAVOURS: readonly (readonly number[])[] = [
  [PUT, PUT, PUT, GET, GET, SIZE],
  [PUT, PUT, PUT, GET, GET, GET, GET, PUT, SHUT],
  [PUT, PUT, PUT, GET, GET, GET, GET, PUT, SHUT_NOW],
];
const SIZES: readonly number[] = [0, 1, 2];

/**
 * Records this many histories, and throws the first one that no order of its calls makes right. Returns in how many calls
 * of different threads met.
 */
export function checkHistories(kind: QueueKind, count: number, seed: number): number {
  const sizes = Array.from({ length: count }, (_, i) =>
    kind.full ? (SIZES[i % SIZES.length] as number) : 0,
  );
  const queues = sizes.map((maxsize) => kind.make(maxsize));
  const notes = sharedArray(Int32Array, count * THREADS * CALLS * WORDS);
  const clock = new AtomicInt();
  const meeting = new Barrier(THREADS);
  const awake = sharedArray(Int32Array, count);
  const body = (thread: number): void => {
    const random = new Random(seed * THREADS + thread);
    for (const [round, queue] of queues.entries()) {
      const flavour = FLAVOURS[round % FLAVOURS.length] as readonly number[];
      meeting.wait();
      // The barrier wakes one after the other: who is awake waits a little for another, or hardly two calls would meet.
      Atomics.add(awake, round, 1);
      for (let turns = 0; turns < PATIENCE && Atomics.load(awake, round) < 2; ) turns++;
      for (let i = 0; i < CALLS; i++) {
        const what = random.pick(flavour);
        const item = random.below(100) * 100 + thread * CALLS + i;
        const at = ((round * THREADS + thread) * CALLS + i) * WORDS;
        notes[at] = clock.increment();
        notes[at + 4] = perform(queue, what, item);
        notes[at + 1] = clock.increment();
        notes[at + 2] = what;
        notes[at + 3] = item;
      }
    }
  };
  results(Array.from({ length: THREADS }, (_, thread) => spawn(body, thread)));
  let met = 0;
  for (const [round, maxsize] of sizes.entries()) {
    const history = historyAt(notes, round);
    if (haveMet(history)) met++;
    if (linearize(history, sequential(kind, maxsize)) === undefined)
      throw new Error(`No order explains ${kind.name}(${maxsize}), seed ${seed}:\n${textOf(history)}`);
  }
  return met;
}

/** Did a call begin before one of another thread had ended, and the other way round? */
function haveMet(history: readonly Operation<Call>[]): boolean {
  return history.some((one, i) =>
    history.some(
      (other, j) =>
        Math.floor(i / CALLS) < Math.floor(j / CALLS) && one.begun < other.ended && other.begun < one.ended,
    ),
  );
}

function historyAt(notes: Int32Array, round: number): Operation<Call>[] {
  return Array.from({ length: THREADS * CALLS }, (_, i) => {
    const at = (round * THREADS * CALLS + i) * WORDS;
    const [begun, ended, what, item, answer] = notes.subarray(at, at + WORDS) as unknown as number[];
    return { begun, ended, call: { what, item, answer } } as Operation<Call>;
  });
}

function textOf(history: readonly Operation<Call>[]): string {
  const names = ["put", "get", "qsize", "shutdown", "shutdown(true)"];
  return history
    .map(({ begun, ended, call }, i) => {
      const { what, item, answer } = call;
      const argument = what === PUT ? ` ${item}` : "";
      return `thread ${Math.floor(i / CALLS)} [${begun}, ${ended}] ${names[what]}${argument} -> ${answer}`;
    })
    .join("\n");
}
