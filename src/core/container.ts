/**
 * Containers: what `shared()` makes, as records. They refer to each other from their places.
 *
 *   | REFS | LINKS | state                                                        |
 *   | ---- | ----- | ------------------------------------------------------------ |
 *   | n    | any   | a message carries it, or a record that is no container has it |
 *   | 0    | n     | handles and other containers refer to it: alive if there is a handle, or one of them is |
 *   | 0    | 0     | newborn between enter and leave, about to be reclaimed, or the table of atoms |
 *
 * Invariants
 *   N1  REFS and LINKS are raised by who has a reference already, and before the new
 *       one can be seen. So 0 and 0 is final.
 *   N2  They are lowered under LOCK, and who finds that it gives back the last reference
 *       reclaims it: once, for whoever waits for LOCK still has a reference of its own.
 *       Nobody holds two LOCKs.
 *   N3  LINKS counts the places of containers and the slots of handles (value/handle.ts):
 *       what a collection can visit. It is raised before a place or a slot refers to it and
 *       lowered after, between enter and leave (core/gate.ts). A thread that dies in between
 *       leaves it too high, never too low; a collection counts again.
 *   N4  LOCK may be held by the dead until the supervisor has repaired the container.
 *       A holder that lost an operation to an error of the engine all the same (memory of
 *       its own that is full) finds its own name in LOCK, repairs the container and goes on.
 *   N5  Readers take no LOCK: they read, then look whether VERSION (what a place means)
 *       and FREED (what its address points to) are as before. Whoever changes those
 *       meanings changes the word after the change and before anything is freed. Reading
 *       freed memory does no harm; what was read is dropped.
 *   N6  A container that is to be read without LOCK may not be taken for another: who
 *       reads has a reference.
 *   N7  Who takes a LOCK has room enough on the stack to free it again (core/room.ts).
 *
 * Lineage: the reference counts of CPython; sequence locks for readers.
 */
import { NEVER } from "./deadline.ts";
import { allocateContainer, free } from "./heap.ts";
import { CONTAINER } from "./container-layout.ts";
import { KIND } from "./kind.ts";
import { field } from "./layout.ts";
import { lock as lockWord, lockWait, ownerOf, unlock as unlockWord } from "./mutex.ts";
import { POLL } from "./deadline.ts";
import { block } from "./park.ts";
import { REASON } from "./reason.ts";
import { roomForLock } from "./room.ts";
import { self } from "./self.ts";
import { type Addr, add, compareExchange, load, read, write } from "./word.ts";

/** Makes a container of a kind over a storage, with no reference. The caller is inside the gate. */
export function newContainer(kind: number, storage: Addr, live: number): Addr {
  const c = allocateContainer();
  write(field(c, CONTAINER.REFS), 0);
  write(field(c, CONTAINER.LOCK), 0);
  write(field(c, CONTAINER.VERSION), 1);
  write(field(c, CONTAINER.STORAGE), storage);
  write(field(c, CONTAINER.LINKS), 0);
  write(field(c, CONTAINER.LIVE), live);
  write(field(c, CONTAINER.FREED), 0);
  write(c, kind); // nobody looks at it before the caller has left the gate
  return c;
}

/** Is this record a container? */
export function isContainer(record: Addr): boolean {
  const kind = load(record);
  return kind >= KIND.SHARED_OBJECT && kind <= KIND.SHARED_SET;
}

export function storageOf(c: Addr): Addr {
  return read(field(c, CONTAINER.STORAGE)) as Addr;
}

/** What is done to a container whose holder lost an operation: see {@link setRepair}. */
let repair: (c: Addr) => void = () => {};
export function setRepair(how: (c: Addr) => void): void {
  repair = how;
}

/** Takes the LOCK. Neither a deadline nor an interruption ends the wait. */
export function lock(c: Addr): void {
  roomForLock(); // N7
  const word = field(c, CONTAINER.LOCK);
  if (compareExchange(word, 0, self.key) !== 0) lockSlow(c, word);
}

/** Takes the LOCK if nobody has it. */
export function tryLock(c: Addr): boolean {
  roomForLock();
  return compareExchange(field(c, CONTAINER.LOCK), 0, self.key) === 0;
}

function lockSlow(c: Addr, word: Addr): void {
  if (ownerOf(load(word)) === self.ident) return repair(c); // N4
  if (lockWord(word, POLL, REASON.CHANGE) === "acquired") return;
  block({ ...lockWait(word, REASON.CHANGE), uninterruptible: true }, NEVER);
}

export function unlock(c: Addr): void {
  unlockWord(field(c, CONTAINER.LOCK));
}

/** What readers remember of the container is void: a place has another meaning, or another address. N5 */
export function changeVersion(c: Addr): void {
  add(field(c, CONTAINER.VERSION), 1);
}
/** Before a block is freed that a place pointed to. The caller has the LOCK, and publishes this by freeing it. N5 */
export function changeFreed(c: Addr): void {
  write(field(c, CONTAINER.FREED), read(field(c, CONTAINER.FREED)) + 1);
}

/** One more place, slot, or step between enter and leave refers to it. N1, N3 */
export function link(c: Addr): void {
  add(field(c, CONTAINER.LINKS), 1);
}

/** The same for a container that nobody else has seen yet. */
export function linkNew(c: Addr): void {
  write(field(c, CONTAINER.LINKS), read(field(c, CONTAINER.LINKS)) + 1);
}

/** One of them less refers to it. True: it was the last reference, and the caller reclaims it. N2 */
export function unlink(c: Addr): boolean {
  lock(c);
  // The last one is not counted down: after a death in what follows, a collection finds that nothing leads here (N3).
  if (load(field(c, CONTAINER.LINKS)) === 1 && load(field(c, CONTAINER.REFS)) === 0) return true;
  add(field(c, CONTAINER.LINKS), -1);
  unlock(c);
  return false;
}
/** Like {@link unlink}, by who knows of another one: it was not the last. */
export function unlinkOne(c: Addr): void {
  add(field(c, CONTAINER.LINKS), -1);
}

/** One message less refers to it. True: as for {@link unlink}. */
export function dropRef(c: Addr): boolean {
  lock(c);
  add(field(c, CONTAINER.REFS), -1);
  const last = load(field(c, CONTAINER.REFS)) === 0 && load(field(c, CONTAINER.LINKS)) === 0;
  if (!last) unlock(c);
  return last;
}

/** Frees the record of a container that has nothing left. */
export function freeContainer(c: Addr): void {
  write(c, 0);
  free(c);
}
