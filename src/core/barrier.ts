/**
 * The barrier: a number of threads pass together, again and again.
 *
 * The word is `generation << 17 | BROKEN | arrived`; RESET names the generation that
 * was reset last.
 *
 *   | arrived      | BROKEN | state                                                      |
 *   | ------------ | ------ | ---------------------------------------------------------- |
 *   | 0            | 0      | empty                                                      |
 *   | 1 … parties−1| 0      | filling: those who arrived wait                            |
 *   | parties      | 0      | full: the last to arrive runs the action                   |
 *   | any          | 1      | broken: whoever waits or comes gets BrokenBarrierError      |
 *
 * Transitions: arrive (+1), pass (full → empty, next generation), break (any state of a
 * generation → BROKEN), reset (any → empty, next generation, RESET = the old one).
 *
 * Invariants
 *   B1  A waiter joins the line before it arrives, so whoever changes the generation
 *       after that finds it there.
 *   B2  A generation that is over is recognised by its number alone: it was passed,
 *       unless RESET names it. So nothing has to be handed to a waiter, and nothing is
 *       lost with one that dies.
 *   B3  The last to arrive is not in the line while it runs the action, which may wait
 *       for locks itself. ACTOR names it: if it dies, the supervisor breaks the barrier.
 *   B4  A waiter that leaves without passing (timeout, interruption, death) breaks its
 *       generation: the others would wait for it for ever.
 *   B5  Only one of passing and breaking wins a generation, so all of it pass or none:
 *       a waiter that comes too late to break what it left has passed.
 *
 * Lineage: the generation of java.util.concurrent's CyclicBarrier, on one word.
 */
import { BARRIER, field } from "./layout.ts";
import { kickAll } from "./line.ts";
import type { Wait } from "./park.ts";
import { REASON } from "./reason.ts";
import { type Addr, compareExchange, load, store } from "./word.ts";

const ARRIVED = 0xffff;
const BROKEN = 0x10000;
const GENERATION_SHIFT = 17;
/** The most threads that a barrier can have. */
export const MAX_PARTIES: number = ARRIVED;

/** How a wait ended: with the caller's place, as the last to arrive, or broken. */
export type Passage = { readonly index: number } | "last" | "broken";

export function arrivedOf(word: number): number {
  return (word & BROKEN) === 0 ? word & ARRIVED : 0;
}
export function isBroken(word: number): boolean {
  return (word & BROKEN) !== 0;
}
function generationOf(word: number): number {
  return word >>> GENERATION_SHIFT;
}
function wordOf(record: Addr): Addr {
  return field(record, BARRIER.WORD);
}

/** One arrival: the word as it was, or undefined when the barrier is broken. */
function arrive(record: Addr): number | undefined {
  for (;;) {
    const word = load(wordOf(record));
    if (isBroken(word)) return undefined;
    if ((word & ARRIVED) === load(field(record, BARRIER.PARTIES))) continue; // full: its action runs, it empties soon
    if (compareExchange(wordOf(record), word, word + 1) === word) return word;
  }
}

/** The wait of one thread at the barrier. */
export function barrierWait(record: Addr): Wait<Passage> {
  const parties = load(field(record, BARRIER.PARTIES));
  let arrival: number | undefined;
  return {
    addr: wordOf(record),
    reason: REASON.BARRIER,
    want: 0,
    entered: () => {
      arrival = arrive(record); // B1
    },
    poll: () => {
      if (arrival === undefined) return "broken";
      const index = arrival & ARRIVED;
      if (index === parties - 1) return "last";
      const word = load(wordOf(record));
      if (generationOf(word) === generationOf(arrival)) return isBroken(word) ? "broken" : undefined;
      return load(field(record, BARRIER.RESET)) === generationOf(arrival) ? "broken" : { index }; // B2
    },
    cancelled: () => {
      if (arrival !== undefined) breakGeneration(record, generationOf(arrival)); // B4
    },
  };
}

/**
 * The place of one whose deadline passed, if the others came before it could break the
 * barrier: then it has passed with them. Undefined: it broke the barrier. B5
 */
export function placeAfterAll(wait: Wait<Passage>): Passage | undefined {
  const passage = wait.poll(0 as Addr, false);
  return passage === "broken" ? undefined : passage;
}

/** The last to arrive lets everyone pass. False: the barrier was broken or reset meanwhile. */
export function pass(record: Addr): boolean {
  const full = load(wordOf(record));
  if (isBroken(full) || (full & ARRIVED) !== load(field(record, BARRIER.PARTIES))) return false;
  if (compareExchange(wordOf(record), full, nextGeneration(full)) !== full) return false;
  kickAll(wordOf(record));
  return true;
}

function nextGeneration(word: number): number {
  return (generationOf(word) + 1) << GENERATION_SHIFT;
}

/** Breaks the barrier as it is now, for those who wait and those who come. */
export function breakBarrier(record: Addr): void {
  breakGeneration(record, generationOf(load(wordOf(record))));
}

function breakGeneration(record: Addr, generation: number): void {
  for (;;) {
    const word = load(wordOf(record));
    if (generationOf(word) !== generation || isBroken(word)) return;
    if (compareExchange(wordOf(record), word, word | BROKEN) === word) break;
  }
  kickAll(wordOf(record));
}

/** Empties the barrier: those who wait get BrokenBarrierError, those who come start anew. */
export function resetBarrier(record: Addr): void {
  for (;;) {
    const word = load(wordOf(record));
    if ((word & (ARRIVED | BROKEN)) === 0) return;
    if (!isBroken(word)) {
      compareExchange(wordOf(record), word, word | BROKEN); // or it could be passed after RESET says that it was not: B5
      continue;
    }
    store(field(record, BARRIER.RESET), generationOf(word));
    if (compareExchange(wordOf(record), word, nextGeneration(word)) === word) break;
  }
  kickAll(wordOf(record));
}
