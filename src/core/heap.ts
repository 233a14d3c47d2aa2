/**
 * The heap: blocks of shared memory, from any thread to any thread.
 *
 * Small blocks (up to 32 KiB) come from pages of one size each. A page begins
 * with a bitmap, one bit a block, 1 = in use. The bitmap *is* the state: there
 * are no lists to corrupt. Allocating sets a bit of a page that the isolate owns,
 * freeing clears the bit from anywhere. Larger blocks are runs of pages.
 *
 * Invariants
 *   H1  A bit is set by the page's owner alone, and cleared by whoever frees the
 *       block: so an isolate never waits for another to allocate.
 *   H2  One word changes per step. A thread that dies between two steps leaves a
 *       sound heap; at worst one block that nobody knows stays in use.
 *   H3  FREED counts the blocks that were freed since the owner last looked. It is
 *       only a hint where to look, and may be wrong by what is being freed now.
 *   H4  Clearing the bit is the last thing that a free does: the page may be empty
 *       then, given back by its owner, and full of somebody else's data.
 *
 * Lineage: mimalloc's pages with one owner each; the bitmap instead of its lists
 * because a list is two words.
 */
import { FIRST_PAGE, HEADER, PAGE_SIZE, pageWordAt } from "./layout.ts";
import {
  baseOf,
  claimPage,
  claimRun,
  classOf,
  freePage,
  freeRun,
  kindOf,
  lowOf,
  PAGE,
  PAGES,
  pageOf,
  resetHint,
  smallWord,
} from "./pages.ts";
import { self } from "./self.ts";
import { type Addr, add, and, compareExchange, exchange, load, or, store } from "./word.ts";
import { HeapExhaustedError, InternalError } from "../errors.ts";

/** Bytes of a block, by size class. Class 0 is for records that the supervisor must find: see {@link eachRecord}. */
const SIZES = [
  64, 128, 32, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288,
  16384, 32512,
] as const;
const RECORD_CLASS = 0;
/** Class 1 is for threads alone: whoever still has a stale address of one always reads a thread. */
const THREAD_CLASS = 1;
/** Class 2 is for containers alone, so that a collection finds them all: see {@link eachContainer}. */
const CONTAINER_CLASS = 2;
const LARGEST_SMALL = 32512;
/** A page: FREED, then the bitmap, then the blocks. */
const FREED = 0;
const BITMAP = 64;
const DATA = 512;

const blocksOf = SIZES.map((size) => Math.floor((PAGE_SIZE - DATA) / size));
const wordsOf = blocksOf.map((blocks) => Math.ceil(blocks / 32));

/** Size class by size in units of 32 bytes. */
const classFor = new Uint8Array(LARGEST_SMALL / 32 + 1);
for (let units = 0, c = CONTAINER_CLASS + 1; units < classFor.length; units++) {
  while ((SIZES[c] as number) < units * 32) c++;
  classFor[units] = c;
}

/** What this isolate allocates from: by size class, its pages, the one in hand, and the bitmap word reached in it. */
interface Cache {
  readonly pages: number[];
  current: number;
  cursor: number;
  /** Where in `pages` to look next for one with freed blocks. */
  next: number;
}
let caches: Cache[] = [];
function freshCaches(): Cache[] {
  return SIZES.map(() => ({ pages: [], current: 0, cursor: 0, next: 0 }));
}
caches = freshCaches();

/** Forgets which pages the isolate owns. For the model checker, which plays several isolates in one. */
export function swapCaches(other: unknown): unknown {
  resetHint();
  const mine = caches;
  caches = (other as Cache[] | undefined) ?? freshCaches();
  return mine;
}

/** What is done before memory is said to be full. */
export const heapHooks: {
  /** Gives back what it can. False: that cannot be done here. */
  full: () => boolean;
} = { full: () => false };

/** Allocates at least `bytes` bytes, 8-aligned, contents undefined. Throws HeapExhaustedError. */
export function allocate(bytes: number): Addr {
  if (bytes <= LARGEST_SMALL) return allocateSmall(classFor[(bytes + 31) >>> 5] as number, bytes);
  const pages = Math.ceil(bytes / PAGE_SIZE);
  const head = claimRun(pages) || (trim() ? claimRun(pages) : 0);
  if (head !== 0) return baseOf(head);
  const again = heapHooks.full() ? claimRun(pages) : 0; // once: what was given back may be too little
  return again !== 0 ? baseOf(again) : exhausted(bytes);
}

/** Allocates a record of 64 bytes that {@link eachRecord} finds. Its first word must be 0 until it is whole. */
export function allocateRecord(): Addr {
  return allocateSmall(RECORD_CLASS, 64);
}

/** Allocates the memory of a thread's record; while it is free its words keep their last meaning. */
export function allocateThread(): Addr {
  return allocateSmall(THREAD_CLASS, SIZES[THREAD_CLASS]);
}

/** Allocates the memory of a container. Its first word is 0 until it is whole. */
export function allocateContainer(): Addr {
  return allocateSmall(CONTAINER_CLASS, SIZES[CONTAINER_CLASS]);
}

/** Frees a record; from here on it is not found. */
export function freeRecord(record: Addr): void {
  store(record, 0);
  free(record);
}

function allocateSmall(sizeClass: number, bytes: number): Addr {
  const cache = caches[sizeClass] as Cache;
  for (;;) {
    const a = fromCurrent(cache, sizeClass);
    if (a !== 0) return a;
    if (!refill(cache, sizeClass) && !(heapHooks.full() && refill(cache, sizeClass))) return exhausted(bytes);
  }
}

/** Takes the next free block of the page in hand; 0: it is full. */
function fromCurrent(cache: Cache, sizeClass: number): Addr {
  if (cache.current === 0) return 0 as Addr;
  const base = baseOf(cache.current);
  const count = wordsOf[sizeClass] as number;
  for (; cache.cursor < count; cache.cursor++) {
    const a = (base + BITMAP + cache.cursor * 4) as Addr;
    const free = ~load(a);
    if (free === 0) continue;
    const bit = 31 - Math.clz32(free & -free);
    or(a, 1 << bit); // H1
    return (base + DATA + (cache.cursor * 32 + bit) * (SIZES[sizeClass] as number)) as Addr;
  }
  return 0 as Addr;
}

/** Pages that one refill looks at before it takes a new one: bounds its cost, and the memory that waits unused. */
const REFILL_LOOKS = 32;

/** Puts a page with free blocks in hand. False: memory is full. */
function refill(cache: Cache, sizeClass: number): boolean {
  const worthwhile = Math.max(1, (blocksOf[sizeClass] as number) >> 3);
  if (reuse(cache, Math.min(REFILL_LOOKS, cache.pages.length), worthwhile)) return true;
  const page = adopt(sizeClass) || fresh(sizeClass);
  if (page !== 0) {
    cache.pages.push(page);
    cache.current = page;
    cache.cursor = 0;
    return true;
  }
  return reuse(cache, cache.pages.length, 1) || (trim() && refill(cache, sizeClass));
}

/** Looks at up to `looks` of the isolate's own pages for one where at least `wanted` blocks were freed. */
function reuse(cache: Cache, looks: number, wanted: number): boolean {
  for (let i = 0; i < looks; i++) {
    cache.next = (cache.next + 1) % cache.pages.length;
    const page = cache.pages[cache.next] as number;
    const freed = (baseOf(page) + FREED) as Addr;
    if (load(freed) < wanted) continue;
    exchange(freed, 0); // H3
    cache.current = page;
    cache.cursor = 0;
    return true;
  }
  return false;
}

/** Takes over a page whose isolate died; 0: there is none of this size. */
function adopt(sizeClass: number): number {
  if (load(HEADER.PAGES_ORPHANED as Addr) <= 0) return 0;
  const orphan = smallWord(sizeClass, 0);
  const high = load(HEADER.PAGES_HIGH as Addr);
  for (let page = FIRST_PAGE; page < high; page++) {
    if (load(pageWordAt(page)) !== orphan) continue;
    if (compareExchange(pageWordAt(page), orphan, smallWord(sizeClass, self.isolate)) !== orphan) continue;
    add(HEADER.PAGES_ORPHANED as Addr, -1);
    return page;
  }
  return 0;
}

/** Claims a page and prepares it; 0: memory is full. */
function fresh(sizeClass: number): number {
  const page = claimPage();
  if (page === 0) return 0;
  const base = baseOf(page);
  const count = wordsOf[sizeClass] as number;
  store((base + FREED) as Addr, 0);
  for (let i = 0; i < count; i++) store((base + BITMAP + i * 4) as Addr, 0);
  const last = (blocksOf[sizeClass] as number) & 31;
  if (last !== 0) store((base + BITMAP + (count - 1) * 4) as Addr, -1 << last);
  if (sizeClass <= CONTAINER_CLASS) {
    for (let offset = DATA; offset < PAGE_SIZE; offset += 4) store((base + offset) as Addr, 0);
  }
  store(pageWordAt(page), smallWord(sizeClass, self.isolate)); // G1
  return page;
}

/** Gives the isolate's empty pages back to everyone. True: there were some. */
export function trim(): boolean {
  let some = false;
  caches.forEach((cache, sizeClass) => {
    for (let i = cache.pages.length - 1; i >= 0; i--) {
      const page = cache.pages[i] as number;
      if (inUse(page, sizeClass) > 0) continue;
      cache.pages.splice(i, 1);
      if (cache.current === page) cache.current = 0;
      freePage(page);
      some = true;
    }
    cache.next = 0;
  });
  return some;
}

/** Frees a block, from any thread. */
export function free(a: Addr): void {
  const page = pageOf(a);
  const word = load(pageWordAt(page));
  if (kindOf(word) !== PAGE.SMALL) {
    if (a !== baseOf(page) || !freeRun(page)) corrupt("free", a);
    return;
  }
  const sizeClass = classOf(word);
  const index = (a - baseOf(page) - DATA) / (SIZES[sizeClass] as number);
  if (!Number.isInteger(index) || index < 0) corrupt("free", a);
  const bit = 1 << (index & 31);
  add((baseOf(page) + FREED) as Addr, 1); // H4
  const old = and((baseOf(page) + BITMAP + (index >> 5) * 4) as Addr, ~bit);
  if ((old & bit) === 0) corrupt("free", a);
}

/** Bytes that the block at `a` may hold. */
export function capacityOf(a: Addr): number {
  const word = load(pageWordAt(pageOf(a)));
  if (kindOf(word) === PAGE.SMALL) return SIZES[classOf(word)] as number;
  if (kindOf(word) === PAGE.HEAD) return lowOf(word) * PAGE_SIZE;
  return corrupt("measure", a);
}

/** Blocks in use on a page of small blocks. */
function inUse(page: number, sizeClass: number): number {
  const count = wordsOf[sizeClass] as number;
  let used = (blocksOf[sizeClass] as number) - count * 32; // the bits behind the last block are always set
  for (let i = 0; i < count; i++) used += popCount(load((baseOf(page) + BITMAP + i * 4) as Addr));
  return used;
}

function popCount(word: number): number {
  let n = word;
  n -= (n >>> 1) & 0x55555555;
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return (((n + (n >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** Visits every record made by {@link allocateRecord} that is in use. */
export function eachRecord(visit: (record: Addr) => void): void {
  const high = load(HEADER.PAGES_HIGH as Addr);
  for (let page = FIRST_PAGE; page < high; page++) {
    const word = load(pageWordAt(page));
    if (kindOf(word) !== PAGE.SMALL || classOf(word) !== RECORD_CLASS) continue;
    eachUsed(page, RECORD_CLASS, visit);
  }
}

/** Visits the memory of every container that is in use, that of half-made ones included. */
export function eachContainer(visit: (container: Addr) => void): void {
  const high = load(HEADER.PAGES_HIGH as Addr);
  for (let page = FIRST_PAGE; page < high; page++) {
    const word = load(pageWordAt(page));
    if (kindOf(word) === PAGE.SMALL && classOf(word) === CONTAINER_CLASS)
      eachUsed(page, CONTAINER_CLASS, visit);
  }
}

/** How many containers there are. */
export function containerCount(): number {
  const high = load(HEADER.PAGES_HIGH as Addr);
  let count = 0;
  for (let page = FIRST_PAGE; page < high; page++) {
    const word = load(pageWordAt(page));
    if (kindOf(word) === PAGE.SMALL && classOf(word) === CONTAINER_CLASS)
      count += inUse(page, CONTAINER_CLASS);
  }
  return count;
}

/** Visits the blocks in use on one page. */
function eachUsed(page: number, sizeClass: number, visit: (block: Addr) => void): void {
  const blocks = blocksOf[sizeClass] as number;
  const size = SIZES[sizeClass] as number;
  for (let first = 0; first < blocks; first += 32) {
    let bits = load((baseOf(page) + BITMAP + first / 8) as Addr);
    for (; bits !== 0; bits &= bits - 1) {
      const i = first + 31 - Math.clz32(bits & -bits);
      if (i < blocks) visit((baseOf(page) + DATA + i * size) as Addr);
    }
  }
}

/** What the heap holds now, in bytes and blocks. A snapshot. */
export interface HeapUse {
  readonly reservedBytes: number;
  readonly claimedBytes: number;
  readonly usedBytes: number;
  readonly blocks: number;
}

/** Walks the whole heap. Throws InternalError where a page word makes no sense. */
export function heapUse(): HeapUse {
  const high = load(HEADER.PAGES_HIGH as Addr);
  let claimed = 0;
  let used = 0;
  let blocks = 0;
  for (let page = FIRST_PAGE; page < high; page++) {
    const word = load(pageWordAt(page));
    const kind = kindOf(word);
    if (kind > PAGE.TAIL || (kind === PAGE.SMALL && classOf(word) >= SIZES.length))
      corrupt("read", baseOf(page));
    if (kind !== PAGE.FREE) claimed += PAGE_SIZE;
    if (kind === PAGE.HEAD) {
      blocks++;
      used += lowOf(word) * PAGE_SIZE;
    } else if (kind === PAGE.SMALL) {
      const count = inUse(page, classOf(word));
      blocks += count;
      used += count * (SIZES[classOf(word)] as number);
    }
  }
  return { reservedBytes: (PAGES - FIRST_PAGE) * PAGE_SIZE, claimedBytes: claimed, usedBytes: used, blocks };
}

function exhausted(bytes: number): never {
  const use = heapUse();
  throw new HeapExhaustedError(
    `Cannot allocate ${bytes} bytes of shared memory: ${use.usedBytes} of ${use.reservedBytes} bytes are in use`,
  );
}

function corrupt(verb: string, a: Addr): never {
  const word = load(pageWordAt(pageOf(a)));
  throw new InternalError(
    `Cannot ${verb} block ${a}: it is not in use (page word 0x${(word >>> 0).toString(16)})`,
  );
}
