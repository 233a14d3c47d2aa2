/**
 * The census of a collection: which containers can be reached, and what their LINKS should be.
 *
 * Taken while everybody who changes containers is stopped. A struct can be a link of a circle as well, through the
 * shared array that keeps its references: so one that stands in places is reached by itself only if it has more
 * references than these.
 *
 *   | what               | is reached if                                                                 |
 *   | ------------------ | ----------------------------------------------------------------------------- |
 *   | container          | a handle, a message or a record has it (not: a struct that must be reached itself), or a reached one |
 *   | struct, part of one | it has references beside those of places and parts, or a reached one has it  |
 */
import { freeContainer } from "../core/container.ts";
import { eachContainer, free } from "../core/heap.ts";
import { CONTAINER } from "../core/container-layout.ts";
import { field, HEADER, STRUCT, STRUCT_PART } from "../core/layout.ts";
import { KIND } from "../core/kind.ts";
import { bareBox, low, open, swap, TAG, tag } from "../core/box.ts";
import { type Addr, load, readReal, store } from "../core/word.ts";
import { eachHandle } from "../value/handle.ts";
import { eachPlace, freeStorage } from "./owned.ts";

/** Numbers that a page of containers takes. */
const PER_PAGE = 2048;

/** A struct, or a part of one, that stands in places. */
interface Outsider {
  readonly record: Addr;
  /** References from places, and from parts that stand in places. */
  inner: number;
  marked: boolean;
}

/** Containers by number: marks and counts are arrays. */
export class Census {
  readonly #all: Addr[] = [];
  readonly garbage: Addr[] = [];
  /** Other objects of heddle's that the garbage referred to. */
  readonly handles: Addr[] = [];
  live = 0;

  /** Where the numbers of a page begin, and so each container's number. */
  readonly #pages: number[] = [];
  #marks = new Uint8Array(0);
  #links = new Int32Array(0);
  readonly #outsiders = new Map<Addr, Outsider>();
  /** The arrays of references of these structs. */
  readonly #slots = new Set<Addr>();
  readonly #reached: Addr[] = [];

  take(): void {
    let page = -1;
    let first = 0;
    eachContainer((c) => {
      if (c >>> 16 !== page) {
        page = c >>> 16;
        this.#pages[page] = first;
        first += PER_PAGE;
      }
      this.#all.push(c);
    });
    this.#marks = new Uint8Array(first);
    this.#links = new Int32Array(first);
    if (load(HEADER.REFERRING as Addr) !== 0) this.#takeStructs();
  }

  #takeStructs(): void {
    const count = (place: Addr): void => {
      open(readReal(place));
      if (tag() === TAG.HANDLE) this.#refer(low() as Addr);
    };
    for (const c of this.#all) if (load(c) !== KIND.NONE) eachPlace(c, count);
  }

  /** A place, or a part of it, refers to this record. */
  #refer(record: Addr): void {
    const known = this.#outsiders.get(record);
    if (known !== undefined) {
      known.inner++;
      return;
    }
    const kind = load(record);
    if (kind !== KIND.STRUCT && kind !== KIND.STRUCT_PART) return;
    this.#outsiders.set(record, { record, inner: 1, marked: false });
    if (kind === KIND.STRUCT_PART) return this.#refer(load(field(record, STRUCT_PART.STRUCT)) as Addr);
    const slots = load(field(record, STRUCT.SLOTS)) as Addr;
    if (slots !== 0) this.#slots.add(slots);
  }

  #numberOf(c: Addr): number {
    return (this.#pages[c >>> 16] as number) + ((c & 0xffff) >>> 5);
  }

  mark(): void {
    eachHandle((record) => {
      if (this.#pages[record >>> 16] !== undefined) this.#countLink(record);
    });
    this.#reach(load(HEADER.ATOMS as Addr) as Addr);
    for (const c of this.#all) {
      const structs = this.#slots.has(c) ? 1 : 0;
      if (load(c) !== KIND.NONE && load(field(c, CONTAINER.REFS)) > structs) this.#reach(c);
    }
    for (const outsider of this.#outsiders.values()) {
      if (load(field(outsider.record, STRUCT.REFS)) > outsider.inner) this.#reachOutsider(outsider);
    }
    const follow = (place: Addr): void => {
      open(readReal(place));
      if (tag() === TAG.LINK) this.#countLink(low() as Addr);
      else if (tag() === TAG.HANDLE) this.#reachOutsider(this.#outsiders.get(low() as Addr));
    };
    for (let c = this.#reached.pop(); c !== undefined; c = this.#reached.pop()) {
      this.live++;
      eachPlace(c, follow);
    }
  }

  #countLink(c: Addr): void {
    const number = this.#numberOf(c);
    this.#links[number] = (this.#links[number] as number) + 1;
    this.#reach(c);
  }

  #reach(c: Addr): void {
    if (c === 0 || this.#marks[this.#numberOf(c)] === 1) return;
    this.#marks[this.#numberOf(c)] = 1;
    this.#reached.push(c);
  }

  #reachOutsider(outsider: Outsider | undefined): void {
    if (outsider === undefined || outsider.marked) return;
    outsider.marked = true;
    const { record } = outsider;
    if (load(record) === KIND.STRUCT) this.#reach(load(field(record, STRUCT.SLOTS)) as Addr);
    else this.#reachOutsider(this.#outsiders.get(load(field(record, STRUCT_PART.STRUCT)) as Addr));
  }

  /** Y3 */
  correct(): void {
    for (const c of this.#all) {
      const number = this.#numberOf(c);
      if (this.#marks[number] === 0) {
        this.garbage.push(c);
        continue;
      }
      const links = this.#links[number] as number;
      if (load(field(c, CONTAINER.LINKS)) !== links) store(field(c, CONTAINER.LINKS), links);
    }
  }

  /** Y4. The array of a struct's references is freed with the struct, when its last reference is given back. */
  sweep(): void {
    for (const c of this.garbage) if (load(c) !== KIND.NONE) this.#empty(c);
    for (const c of this.garbage) {
      if (this.#slots.has(c)) store(field(c, CONTAINER.LINKS), 0);
      else freeContainer(c);
    }
  }

  #empty(c: Addr): void {
    eachPlace(c, (place) => {
      open(swap(place, bareBox(TAG.ABSENT)));
      const owned = low() as Addr;
      if (tag() === TAG.HANDLE) this.handles.push(owned);
      else if (tag() !== TAG.LINK) free(owned); // Y3: links of what goes are not counted any more
    });
    if (!this.#slots.has(c)) freeStorage(c);
  }
}
