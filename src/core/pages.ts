/**
 * Heap pages: what each 64 KiB of the heap is used for, one word each.
 *
 * Page word: kind in bits 28–30, then by kind:
 *
 *   | kind    | rest                               | meaning                                      |
 *   | ------- | ---------------------------------- | -------------------------------------------- |
 *   | FREE    | 0                                  | anybody may claim it                         |
 *   | CLAIMED | isolate                            | being prepared or given back by that isolate |
 *   | SMALL   | size class << 16, isolate (0: none)| blocks of one size; that isolate allocates   |
 *   | HEAD    | number of pages                    | first page of a large block                  |
 *   | TAIL    | 0                                  | the other pages of a large block             |
 *
 * Invariants
 *   G1  A page becomes SMALL or HEAD only when what is behind the word is ready.
 *   G2  The pages before a TAIL are TAILs of the same run up to its HEAD, or up to
 *       the page CLAIMED by the isolate that is making or freeing the run: TAILs are
 *       made ascending, freed descending, the first page last. So when an isolate
 *       dies, the TAILs right behind a page that it had CLAIMED are its own, and no
 *       others: {@link reclaimPages}.
 *   G3  PAGES_HIGH is raised before a page is claimed: what is in use is below it.
 */
import { FIRST_PAGE, HEADER, MAX_PAGES, PAGE_SIZE, pageWordAt } from "./layout.ts";
import { raise } from "./line.ts";
import { buffer } from "./memory.ts";
import { self } from "./self.ts";
import { type Addr, add, compareExchange, load, store } from "./word.ts";

const KIND_SHIFT = 28;
export const PAGE = { FREE: 0, CLAIMED: 1, SMALL: 2, HEAD: 3, TAIL: 4 } as const;
const LOW = 0xffff;

/** Pages that this process's memory has. */
export const PAGES: number = Math.min(MAX_PAGES, Math.floor(buffer.byteLength / PAGE_SIZE));

export function kindOf(word: number): number {
  return word >>> KIND_SHIFT;
}
export function classOf(word: number): number {
  return (word >>> 16) & 0xfff;
}
/** Owner of a SMALL or CLAIMED page; number of pages of a HEAD. */
export function lowOf(word: number): number {
  return word & LOW;
}
export function smallWord(sizeClass: number, isolate: number): number {
  return (PAGE.SMALL << KIND_SHIFT) | (sizeClass << 16) | isolate;
}
export function pageOf(a: Addr): number {
  return a >>> 16;
}
export function baseOf(page: number): Addr {
  return (page * PAGE_SIZE) as Addr;
}

function claimedWord(): number {
  return (PAGE.CLAIMED << KIND_SHIFT) | self.isolate;
}

/** Where this isolate looks for a free page next: behind the one that it found last. */
let hint = FIRST_PAGE;
/** Forgets the hint. For the model checker, which plays several isolates in one. */
export function resetHint(): void {
  hint = FIRST_PAGE;
}

/** Changes a page from FREE to CLAIMED; false: it is not free. */
function claim(page: number): boolean {
  const word = pageWordAt(page);
  if (load(word) !== PAGE.FREE) return false;
  raise(HEADER.PAGES_HIGH as Addr, page + 1); // G3
  return compareExchange(word, PAGE.FREE, claimedWord()) === PAGE.FREE;
}

/** Claims one page; 0: there is none. */
export function claimPage(): number {
  const first = hint;
  for (let i = 0; i < PAGES - FIRST_PAGE; i++) {
    const page = FIRST_PAGE + ((first - FIRST_PAGE + i) % (PAGES - FIRST_PAGE));
    if (!claim(page)) continue;
    hint = page + 1 < PAGES ? page + 1 : FIRST_PAGE;
    add(HEADER.PAGES_CLAIMED as Addr, 1);
    return page;
  }
  return 0;
}

/**
 * Claims `count` pages in a row and makes them one large block; 0: there is no such run.
 * It claims only where it has seen a whole run free: others would find no page meanwhile.
 */
export function claimRun(count: number): number {
  for (let head = FIRST_PAGE; head + count <= PAGES; ) {
    const free = freeFrom(head, count);
    const claimed = free === count ? claimFrom(head, count) : 0;
    if (claimed < count) {
      dropRun(head, claimed);
      head += Math.max(claimed, free < count ? free : 0) + 1;
      continue;
    }
    for (let tail = head + 1; tail < head + count; tail++) store(pageWordAt(tail), PAGE.TAIL << KIND_SHIFT); // G2
    store(pageWordAt(head), (PAGE.HEAD << KIND_SHIFT) | count); // G1
    add(HEADER.PAGES_CLAIMED as Addr, count);
    return head;
  }
  return 0;
}

/** How many pages from `first` on are free, at most `count`. */
function freeFrom(first: number, count: number): number {
  let free = 0;
  while (free < count && load(pageWordAt(first + free)) === PAGE.FREE) free++;
  return free;
}

/** Claims pages from `first` on until one is not free any more; returns how many, at most `count`. */
function claimFrom(first: number, count: number): number {
  let claimed = 0;
  while (claimed < count && claim(first + claimed)) claimed++;
  return claimed;
}

function dropRun(first: number, length: number): void {
  for (let page = first; page < first + length; page++) store(pageWordAt(page), PAGE.FREE);
}

/** Frees a large block. False: `head` is not the first page of one. */
export function freeRun(head: number): boolean {
  const word = load(pageWordAt(head));
  if (kindOf(word) !== PAGE.HEAD) return false;
  if (compareExchange(pageWordAt(head), word, claimedWord()) !== word) return false; // G2
  const count = lowOf(word);
  for (let page = head + count - 1; page > head; page--) store(pageWordAt(page), PAGE.FREE);
  store(pageWordAt(head), PAGE.FREE);
  add(HEADER.PAGES_CLAIMED as Addr, -count);
  return true;
}

/** Gives a page of small blocks back; it is empty and belongs to the caller. */
export function freePage(page: number): void {
  store(pageWordAt(page), PAGE.FREE);
  add(HEADER.PAGES_CLAIMED as Addr, -1);
}

/** Takes over what a dead isolate owned: its small pages have no owner now, its half-made claims are free. */
export function reclaimPages(dead: number): void {
  const high = load(HEADER.PAGES_HIGH as Addr);
  for (let page = FIRST_PAGE; page < high; page++) {
    const word = load(pageWordAt(page));
    if (lowOf(word) !== dead) continue;
    if (kindOf(word) === PAGE.SMALL) {
      compareExchange(pageWordAt(page), word, smallWord(classOf(word), 0));
      add(HEADER.PAGES_ORPHANED as Addr, 1);
    } else if (kindOf(word) === PAGE.CLAIMED) {
      freeClaim(page);
    }
  }
}

/** Frees a page that a dead isolate had claimed, and the TAILs that belong to it. G2 */
function freeClaim(page: number): void {
  let last = page;
  while (last + 1 < PAGES && kindOf(load(pageWordAt(last + 1))) === PAGE.TAIL) last++;
  for (; last >= page; last--) store(pageWordAt(last), PAGE.FREE);
}
