/**
 * The barrier: a number of threads pass together, again and again.
 *
 * The word is `generation << 17 | BROKEN | arrived`. RESET_0 … RESET_7 name the generations
 * that were reset: generation g stands in the slot g % 8, if any of that remainder does.
 *
 *   | arrived      | BROKEN | state                                                      |
 *   | ------------ | ------ | ---------------------------------------------------------- |
 *   | 0            | 0      | empty                                                      |
 *   | 1 … parties−1| 0      | filling: those who arrived wait                            |
 *   | parties      | 0      | full: the last to arrive runs the action                   |
 *   | any          | 1      | broken: whoever waits or comes gets BrokenBarrierError      |
 *
 * Transitions: arrive (+1), pass (full → empty, next generation), break (any state of a
 * generation → BROKEN), reset (any → empty, next generation, its slot = the old one).
 * Who comes while it is full waits in the line until it is empty, and arrives then.
 *
 * Invariants
 *   B1  A waiter joins the line before it arrives, so whoever changes the generation
 *       after that finds it there.
 *   B2  A generation that is over is recognised by its number alone: it was passed,
 *       unless its slot names it. So nothing has to be handed to a waiter, and nothing
 *       is lost with one that dies. A slot that names a later generation has forgotten
 *       this one: who slept that long is told that it broke, never that it passed.
 *   B3  The last to arrive is not in the line while it runs the action, which may wait
 *       for locks itself. ACTOR names it from before it leaves the line until the
 *       generation is over: if it dies, the supervisor breaks the barrier.
 *   B4  A waiter that is to leave without passing (timeout, interruption, death) breaks its
 *       generation while it is in the line still: the others would wait for it for ever. WANT of its record says which
 *       one that is (0: it has not arrived, and breaks the present one).
 *   B5  Only one of passing and breaking wins a generation, so all of it pass or none:
 *       a waiter that comes too late to break what it left has passed.
 *   B6  Generations are counted modulo 2^15. Whoever ends generation g empties the slot
 *       of g + 4 of what is older, so none is met again when the numbers come round.
 *
 * Lineage: the generation of java.util.concurrent's CyclicBarrier, on one word.
 */
import { BARRIER, field, WAITER } from "./layout.ts";
import { kickAll } from "./line.ts";
import type { Wait } from "./park.ts";
import { REASON } from "./reason.ts";
import { self } from "./self.ts";
import { type Addr, compareExchange, load, store } from "./word.ts";

const ARRIVED = 0xffff;
const BROKEN = 0x10000;
const GENERATION_SHIFT = 17;
const GENERATIONS = 2 ** 15;
const SLOTS = 8;
/** An empty slot. */
const NONE = -1;
/** The most threads that a barrier can have. */
export const MAX_PARTIES: number = ARRIVED;

/** How a wait ended: with the caller's place, as the last to arrive of a generation, or broken. */
export type Passage = { readonly index: number } | { readonly last: number } | "broken";

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

/** Prepares the words of a new barrier. */
export function openBarrier(record: Addr, parties: number): void {
  store(field(record, BARRIER.PARTIES), parties);
  for (let generation = 0; generation < SLOTS; generation++) store(slotOf(record, generation), NONE);
}

function slotOf(record: Addr, generation: number): Addr {
  return (field(record, BARRIER.RESET_0) + 4 * (generation % SLOTS)) as Addr;
}

/** How many generations `later` is after `earlier`; negative: before. */
function ahead(later: number, earlier: number): number {
  return ((later - earlier) << GENERATION_SHIFT) >> GENERATION_SHIFT;
}

/** Writes down that a generation was reset, unless a later one has taken the slot. */
function markReset(record: Addr, generation: number): void {
  const slot = slotOf(record, generation);
  for (;;) {
    const seen = load(slot);
    if (seen !== NONE && ahead(seen, generation) >= 0) return;
    if (compareExchange(slot, seen, generation) === seen) return;
  }
}

/** B6 */
function emptySlotAhead(record: Addr, generation: number): void {
  const slot = slotOf(record, generation + SLOTS / 2);
  const seen = load(slot);
  if (seen !== NONE && ahead(generation, seen) > SLOTS / 2) compareExchange(slot, seen, NONE);
}

/** Was a generation that is over passed? B2 */
function wasPassed(record: Addr, generation: number): boolean {
  const seen = load(slotOf(record, generation));
  return seen === NONE || ahead(generation, seen) > 0;
}

/** One arrival: the word as it was; undefined: it is full, its action runs and it empties soon. */
function arrive(record: Addr): number | "broken" | undefined {
  for (;;) {
    const word = load(wordOf(record));
    if (isBroken(word)) return "broken";
    if ((word & ARRIVED) === load(field(record, BARRIER.PARTIES))) return undefined;
    if (compareExchange(wordOf(record), word, word + 1) === word) return word;
  }
}

/** The wait of one thread at the barrier. */
export function barrierWait(record: Addr): Wait<Passage> {
  const parties = load(field(record, BARRIER.PARTIES));
  let arrival: number | undefined;
  let left = false;
  return {
    addr: wordOf(record),
    reason: REASON.BARRIER,
    want: 0,
    poll: (w) => {
      if (arrival === undefined) {
        const arrived = left ? "broken" : arrive(record); // B1
        if (typeof arrived !== "number") return arrived;
        arrival = arrived;
        store(field(w, WAITER.WANT), generationOf(arrival) + 1); // B4
      }
      const index = arrival & ARRIVED;
      const generation = generationOf(arrival);
      if (index === parties - 1) {
        store(field(record, BARRIER.ACTOR), self.ident); // B3
        return { last: generation };
      }
      const word = load(wordOf(record));
      if (generationOf(word) === generation) return isBroken(word) ? "broken" : undefined;
      return wasPassed(record, generation) ? { index } : "broken"; // B2
    },
    giveUp: () => {
      left = true;
      if (arrival === undefined) breakBarrier(record);
      else breakGeneration(record, generationOf(arrival)); // B4
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

/** The last to arrive lets everyone of its generation pass. False: the barrier was broken or reset meanwhile. */
export function pass(record: Addr, generation: number): boolean {
  const full = (generation << GENERATION_SHIFT) | load(field(record, BARRIER.PARTIES));
  emptySlotAhead(record, generation);
  const passed = compareExchange(wordOf(record), full, nextOf(generation)) === full;
  if (passed) kickAll(wordOf(record));
  compareExchange(field(record, BARRIER.ACTOR), self.ident, 0); // the next generation may have an actor by now
  return passed;
}

/** The last to arrive could not run the action to its end. */
export function failAction(record: Addr, generation: number): void {
  breakGeneration(record, generation);
  compareExchange(field(record, BARRIER.ACTOR), self.ident, 0);
}

/** The empty word of the next generation. */
function nextOf(generation: number): number {
  return ((generation + 1) % GENERATIONS) << GENERATION_SHIFT;
}

/** Breaks the barrier as it is now, for those who wait and those who come. */
export function breakBarrier(record: Addr): void {
  breakGeneration(record, generationOf(load(wordOf(record))));
}

/** A thread died while it waited; `want` is what its record said. B4 */
export function breakForDead(record: Addr, want: number): void {
  if (want === 0) breakBarrier(record);
  else breakGeneration(record, want - 1);
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
      compareExchange(wordOf(record), word, word | BROKEN); // or it could be passed after its slot says that it was not: B5
      continue;
    }
    markReset(record, generationOf(word));
    emptySlotAhead(record, generationOf(word));
    if (compareExchange(wordOf(record), word, nextOf(generationOf(word))) === word) break;
  }
  kickAll(wordOf(record));
}
