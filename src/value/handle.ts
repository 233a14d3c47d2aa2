/**
 * Handles: heddle's own objects, as each isolate sees them.
 *
 * A shared record (a lock, a thread) has one handle object per isolate: the same
 * record is the same object (`===`) within a thread. Handles travel as their
 * record's address.
 *
 * Each handle object holds one reference to its record, and so does each message
 * in flight for each handle in it; a record with no reference left is reclaimed.
 * A handle's own reference is given back some time after the engine has collected it
 * (garbage.ts).
 *
 * The handle of a container has a link instead (core/container.ts, N3), taken and given
 * back inside the gate: a collection finds its slot and counts again, so whatever a
 * killed thread did not come to is put right.
 */
import { isContainer, link, unlinkOne } from "../core/container.ts";
import { enter, leave, named, tryEnter } from "../core/gate.ts";
import { allocate, free, freeRecord } from "../core/heap.ts";
import { field, HEADER, ISOLATE, isolateAt } from "../core/layout.ts";
import { self } from "../core/self.ts";
import { type Addr, add, load, store } from "../core/word.ts";
import { InternalError } from "../errors.ts";
import { countWeak, dropCollected, lookForGarbage, onGarbage, resetGarbage } from "./garbage.ts";
import { Refusal } from "./refusal.ts";

/** The two words that open every record. */
const KIND_AT = 0;
const REFS_AT = 4;

/**
 * Records begin at multiples of this. A handle at any other address is a part of a record with a KIND of its own;
 * its second word says how far the record begins before it, and references to it count there.
 */
const ALIGNMENT = 32;

/** The record whose references keep this one. */
function ownerOf(record: Addr): Addr {
  return (record % ALIGNMENT === 0 ? record : record - load((record + REFS_AT) as Addr)) as Addr;
}

/** How something that processes share is named to them. */
export interface RemoteName {
  readonly name: string;
  /** The bytes of a portable message that goes with it; empty: none does. */
  readonly extra: Uint8Array;
  /** Its holders are counted under this name: an end of a pipe. Empty: they are not. */
  readonly ref: string;
}

/** How records of one kind become objects, and what else they own. */
export interface HandleType {
  readonly kind: number;
  readonly name: string;
  /** Makes this isolate's object for the record. It must call {@link bind}. */
  readonly create: (record: Addr) => object;
  /** Frees what the record owns and the record itself. Default: the record only. */
  readonly reclaim?: (record: Addr) => void;
  /** Of what processes share: the name under which another process opens it. */
  readonly portable?: (record: Addr) => RemoteName;
  /** What to use instead where it cannot leave its process. */
  readonly instead?: string;
  /** Gives back one reference, where there is more to it than counting REFS down. */
  readonly release?: (record: Addr) => void;
  /** Of containers: gives back the link of a handle, and empties its slot. */
  readonly drop?: (record: Addr, slot: Addr) => void;
}

const types = new Map<number, HandleType>();
const addresses = new WeakMap<object, Addr>();

/** A handle object, as long as the engine has not collected it, and the slot that lists its record. */
class Tie extends WeakRef<object> {
  readonly slot: Addr;
  constructor(handle: object, slot: Addr) {
    super(handle);
    this.slot = slot;
  }
}
const live = new Map<Addr, Tie>();

/** Gives back the references of the handles that the engine has collected. */
onGarbage(() => dropCollected(live, (record, { slot }) => drop(record, slot)));

function drop(record: Addr, slot: Addr): void {
  const how = types.get(load(record))?.drop;
  if (how === undefined) {
    store(slot, 0);
    release(record);
  } else how(record, slot);
  freeSlots.push(slot);
}

/**
 * The records that this isolate has handles of, listed in shared memory: if it dies,
 * its references are given back. A chunk is the next chunk's address, then slots.
 */
const CHUNK_SLOTS = 63;
const freeSlots: Addr[] = [];

/** Makes sure that so many handles need no memory. */
export function reserveSlots(count: number): void {
  lookForGarbage();
  while (freeSlots.length < count) addChunk();
}

function claimSlot(): Addr {
  reserveSlots(1);
  return freeSlots.pop() as Addr;
}

function addChunk(): void {
  const chunk = allocate(4 + CHUNK_SLOTS * 4);
  for (let i = 1; i <= CHUNK_SLOTS; i++) {
    store((chunk + i * 4) as Addr, 0);
    freeSlots.push((chunk + i * 4) as Addr);
  }
  const list = field(isolateAt(self.isolate), ISOLATE.REFS);
  store(chunk, load(list));
  store(list, chunk);
}

function eachSlot(first: Addr, visit: (record: Addr) => void): void {
  for (let chunk = first; chunk !== 0; chunk = load(chunk) as Addr) {
    for (let i = 1; i <= CHUNK_SLOTS; i++) {
      const record = load((chunk + i * 4) as Addr) as Addr;
      if (record !== 0) visit(record);
    }
  }
}

/** Visits the records of all handles of all isolates. Those of containers stay as they are while everybody is stopped. */
export function eachHandle(visit: (record: Addr) => void): void {
  const high = load(HEADER.ISOLATES_HIGH as Addr);
  for (let i = 1; i < high; i++) eachSlot(load(field(isolateAt(i), ISOLATE.REFS)) as Addr, visit);
}

/** Lists of the dead that a collection may be reading. */
const lists: Addr[] = [];

/** Forgets what this isolate remembers, but for `slots`. For the model checker, which plays several isolates in one. */
export function resetHandles(slots: readonly Addr[]): void {
  live.clear();
  resetGarbage();
  lists.length = 0;
  freeSlots.splice(0, Infinity, ...slots);
}

/** Gives back every reference of an isolate that has ended. Called by the supervisor, which never waits. */
export function releaseAllOf(isolate: number): void {
  const list = field(isolateAt(isolate), ISOLATE.REFS);
  const first = load(list) as Addr;
  eachSlot(first, (record) => {
    if (isContainer(record))
      store(HEADER.COLLECT_DUE as Addr, 1); // it counts anew, without these
    else release(record);
  });
  store(list, 0);
  if (first !== 0) lists.push(first);
  if (!tryEnter()) return;
  for (const chunks of lists) freeChunks(chunks);
  lists.length = 0;
  leave();
}

function freeChunks(first: Addr): void {
  for (let chunk = first; chunk !== 0; ) {
    const next = load(chunk) as Addr;
    free(chunk);
    chunk = next;
  }
}

/** Makes a kind of record known to this isolate. */
export function registerHandle(type: HandleType): void {
  types.set(type.kind, type);
}

/**
 * Ties a new handle object to its record. The object takes over one reference that the caller holds; of a container,
 * one link, and the caller is inside the gate.
 */
export function bind(handle: object, record: Addr): void {
  addresses.set(handle, record);
  countWeak();
  const before = live.get(record);
  if (before !== undefined) giveOneBack(record); // the slot of the one that was collected has a reference
  const slot = before?.slot ?? claimSlot();
  if (before === undefined) store(slot, record);
  live.set(record, new Tie(handle, slot));
}

/** Gives back a reference that is not the last one. */
function giveOneBack(record: Addr): void {
  if (isContainer(record)) unlinkOne(record);
  else add((ownerOf(record) + REFS_AT) as Addr, -1);
}

/** The record of a handle; undefined: the object is not heddle's. */
export function addressOf(value: object): Addr | undefined {
  return boundAddress(value) ?? late(value);
}

/** The same, but for what is tied to a record only when it first crosses. */
export function boundAddress(value: object): Addr | undefined {
  return addresses.get(value);
}

type Share = (value: object) => Addr | undefined;
const shares: Share[] = [];

/** For classes whose objects are tied to a record only when they first cross: gives such an object its record. */
export function registerLate(share: Share): void {
  shares.push(share);
}

function late(value: object): Addr | undefined {
  for (const share of shares) {
    const record = share(value);
    if (record !== undefined) return record;
  }
  return undefined;
}

/** This isolate's object for a record. The caller keeps its own reference, if it has one. */
export function handleAt(record: Addr): object {
  const known = live.get(record)?.deref();
  if (known !== undefined) return known;
  const type = types.get(load((record + KIND_AT) as Addr));
  if (type === undefined) {
    throw new InternalError(`Cannot open record ${record}: kind ${load(record)} is not known in this thread`);
  }
  if (isContainer(record)) return handleLinking(record, type);
  retain(record);
  return type.create(record);
}

function handleLinking(record: Addr, type: HandleType): object {
  reserveSlots(1); // outside the gate, where memory can be collected
  return named(() => {
    enter();
    try {
      link(record);
      return type.create(record);
    } finally {
      leave();
    }
  });
}

/** This isolate's object for a record, if it has one now. */
export function knownHandle(record: Addr): object | undefined {
  return live.get(record)?.deref();
}

/** This isolate's object for a record of which the caller holds a reference (of a container: a link), which it parts with. */
export function handleTaking(record: Addr): object {
  const known = live.get(record)?.deref();
  if (known !== undefined) {
    giveOneBack(record); // the handle has its own
    return known;
  }
  return (types.get(load((record + KIND_AT) as Addr)) as HandleType).create(record);
}

/** Takes one more reference. */
export function retain(record: Addr): void {
  add((ownerOf(record) + REFS_AT) as Addr, 1);
}

/** Gives one reference back; the last one reclaims the record. */
export function release(record: Addr): void {
  const owner = ownerOf(record);
  const type = types.get(load((owner + KIND_AT) as Addr));
  if (type?.release !== undefined) return type.release(owner);
  if (add((owner + REFS_AT) as Addr, -1) !== 1) return;
  (type?.reclaim ?? freeRecord)(owner);
}

/** The name under which another process opens a record. Throws {@link Refusal} for what only threads share. */
export function portableName(record: Addr): RemoteName {
  const type = types.get(load((record + KIND_AT) as Addr));
  if (type?.portable !== undefined) return type.portable(record);
  const name = type?.name ?? "shared object";
  const instead = type?.instead ?? INSTEAD[name] ?? "send a copy, or what it says";
  throw new Refusal(
    `is ${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}, which only the threads of one process share; ${instead}`,
  );
}

/** What processes use in place of what threads use. */
const INSTEAD: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    "Lock RLock Semaphore BoundedSemaphore Event Condition Barrier Queue SimpleQueue"
      .split(" ")
      .map((name) => [name, `use ${name} of heddle/multiprocessing`]),
  ),
  LifoQueue: "use Queue of heddle/multiprocessing",
  PriorityQueue: "use Queue of heddle/multiprocessing",
  AtomicInt: "use Value of heddle/multiprocessing",
  AtomicBigInt: "use Value of heddle/multiprocessing",
  sharedArray: "use Array of heddle/multiprocessing, or send a copy (slice())",
};

/** How many records this isolate has a handle of. */
export function handleCount(): number {
  return live.size;
}
