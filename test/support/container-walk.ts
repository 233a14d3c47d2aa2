// Walks over every container that shared() made: what a death in the middle of any change must leave whole.
import assert from "node:assert/strict";
import { boxOf, fromWords, high, low, open, shortText, TAG, tag } from "../../src/core/box.ts";
import { CONTAINER, TABLE, TABLE_SIZE, VECTOR, VECTOR_SIZE } from "../../src/core/container-layout.ts";
import { hashOfBox, keyAt, numberAt, SMALL, TEXT, usedOf, valueAt } from "../../src/core/dict.ts";
import { resume, stop } from "../../src/core/gate.ts";
import { capacityOf, eachContainer } from "../../src/core/heap.ts";
import { KIND } from "../../src/core/kind.ts";
import { ownerOf } from "../../src/core/mutex.ts";
import { field, HEADER, pageWordAt } from "../../src/core/layout.ts";
import { baseOf, kindOf, PAGE, pageOf } from "../../src/core/pages.ts";
import { endOf, placeAt, startOf } from "../../src/core/vector.ts";
import { type Addr, load, read, readReal } from "../../src/core/word.ts";
import { collect } from "../../src/shared/collect.ts";
import { eachHandle } from "../../src/value/handle.ts";
import { readText, textSize } from "../../src/shared/text.ts";

/** What the walk counted. */
export interface Walk {
  readonly containers: number;
  /** Places of elements and entries. */
  readonly places: number;
  /** Handles of containers, and containers that a message refers to. */
  readonly roots: number;
}

/** Where the bitmap of a page of small blocks is, and where its blocks begin: see core/heap.ts. */
const BITMAP = 64;
const DATA = 512;

/** Is this the beginning of a block that is in use? */
function isInUse(block: Addr): boolean {
  const page = pageOf(block);
  const kind = kindOf(load(pageWordAt(page)));
  if (kind === PAGE.HEAD) return block === baseOf(page);
  if (kind !== PAGE.SMALL) return false;
  const index = (block - baseOf(page) - DATA) / capacityOf(block);
  if (!Number.isInteger(index) || index < 0) return false;
  return (load((baseOf(page) + BITMAP + (index >> 5) * 4) as Addr) & (1 << (index & 31))) !== 0;
}

class Walker {
  readonly #containers = new Set<Addr>();
  /** Who owns a block. */
  readonly #owners = new Map<Addr, string>();
  readonly #links = new Map<Addr, number>();
  #places = 0;
  #roots = 0;

  run(atRest: boolean): Walk {
    eachContainer((c) => this.#containers.add(c));
    for (const c of this.#containers) this.#visit(c, atRest);
    eachHandle((record) => {
      if (!this.#containers.has(record)) return;
      this.#links.set(record, (this.#links.get(record) ?? 0) + 1);
      this.#roots++;
    });
    for (const c of this.#containers) {
      const links = load(field(c, CONTAINER.LINKS));
      assert.equal(links, this.#links.get(c) ?? 0, `LINKS of container ${c} (kind ${load(c)})`);
    }
    return { containers: this.#containers.size, places: this.#places, roots: this.#roots };
  }

  #visit(c: Addr, atRest: boolean): void {
    const kind = load(c);
    assert.ok(kind >= KIND.SHARED_OBJECT && kind <= KIND.SHARED_SET, `container ${c} is of kind ${kind}`);
    const refs = load(field(c, CONTAINER.REFS));
    assert.ok(refs >= 0, `container ${c} has ${refs} references`);
    if (refs > 0) this.#roots++;
    if (atRest) assert.equal(ownerOf(load(field(c, CONTAINER.LOCK))), 0, `LOCK of container ${c}`);
    const storage = read(field(c, CONTAINER.STORAGE)) as Addr;
    this.#own(storage, `STORAGE of container ${c}`);
    if (kind === KIND.SHARED_ARRAY) this.#visitVector(c, storage);
    else this.#visitTable(c, kind, storage);
  }

  #own(block: Addr, what: string): void {
    assert.ok(isInUse(block), `${what} is ${block}, which is no block in use`);
    assert.equal(this.#owners.get(block), undefined, `block ${block} is owned by ${what} as well`);
    this.#owners.set(block, what);
  }

  /** Numbers may come and go at both ends meanwhile, so the ends are read once, START first. */
  #visitVector(c: Addr, v: Addr): void {
    const [start, end] = [startOf(v), endOf(v)];
    const capacity = read(field(v, VECTOR.CAPACITY));
    assert.ok(0 <= start && start <= end && end <= capacity, `array ${c}: ${start}…${end} of ${capacity}`);
    assert.ok(VECTOR_SIZE + capacity * 8 <= capacityOf(v), `array ${c}: ${capacity} places do not fit`);
    for (let i = start; i < end; i++) this.#value(readReal(placeAt(v, i)), `array ${c}[${i - start}]`);
  }

  #visitTable(c: Addr, kind: number, t: Addr): void {
    const used = usedOf(t);
    const capacity = read(field(t, TABLE.CAPACITY));
    const buckets = read(field(t, TABLE.BUCKETS));
    const bytes = TABLE_SIZE + (buckets === 0 ? capacity * 20 : capacity * 28 + buckets * 4);
    assert.ok(
      0 <= used && used <= capacity && bytes <= capacityOf(t),
      `table of ${c}: ${used} of ${capacity}`,
    );
    assert.ok(buckets === 0 ? capacity <= SMALL : (buckets & (buckets - 1)) === 0, `table of ${c}: BUCKETS`);
    const seen = new Set<string>();
    const live: number[] = [];
    let last = -1;
    for (let entry = 0; entry < used; entry++) {
      const number = read(numberAt(t, entry));
      assert.ok(number > last, `table of ${c}: number ${number} comes after ${last}`);
      last = number;
      const key = this.#key(readReal(keyAt(t, entry)), kind, `key ${entry} of ${c}`);
      this.#value(readReal(valueAt(t, entry)), `value ${entry} (${key}) of ${c}`);
      if (key === undefined) continue;
      assert.ok(!seen.has(key), `table of ${c} has the key ${key} twice`);
      seen.add(key);
      live.push(entry);
    }
    assert.ok(read(field(t, TABLE.ORDER)) > last, `table of ${c}: ORDER`);
    assert.equal(load(field(c, CONTAINER.LIVE)), live.length, `LIVE of ${c}`);
    if (buckets !== 0) assertChains(c, t, live, buckets);
  }

  /** A key as something to compare; undefined: its entry was deleted. */
  #key(box: number, kind: number, what: string): string | undefined {
    if (box === box) return `number ${box}`;
    open(box);
    const [t, l, h] = [tag(), low(), high()];
    if (t === TAG.ABSENT) return undefined;
    if (t === TAG.ATOM) {
      assert.equal(kind, KIND.SHARED_OBJECT, `${what} is an atom`);
      const atoms = read(field(load(HEADER.ATOMS as Addr) as Addr, CONTAINER.STORAGE)) as Addr;
      assert.ok(l >= 0 && l < usedOf(atoms), `${what}: there is no atom ${l}`);
      return `atom ${l}`;
    }
    this.#value(box, what);
    return t === TAG.TEXT || t === TAG.BIGINT ? `${t} ${readText(l as Addr)}` : `${h} ${l}`;
  }

  #value(box: number, what: string): void {
    this.#places++;
    if (box === box) return;
    open(box);
    const t = tag();
    const address = low() as Addr;
    if (t === -1) {
      assert.ok(shortText().length <= 6, `${what} is no short string`);
    } else if (t === TAG.LINK) {
      assert.ok(this.#containers.has(address), `${what} refers to ${address}, which is no container`);
      this.#links.set(address, (this.#links.get(address) ?? 0) + 1);
    } else if (t === TAG.HANDLE) {
      assert.ok(load(address) > 0 && load(address) < KIND.SHARED_OBJECT, `${what} refers to no record`);
      assert.ok(load((address + 4) as Addr) > 0, `${what} refers to a record without references`);
    } else if (t === TAG.TEXT || t === TAG.BIGINT || t === TAG.DATE) {
      this.#own(address, what);
      if (t === TAG.DATE) return;
      assert.ok(TEXT.DATA + textSize(address) <= capacityOf(address), `${what} is longer than its block`);
      if (t === TAG.BIGINT) assert.match(readText(address), /^-?\d+$/, what);
    } else {
      assert.ok(t >= TAG.NAN && t <= TAG.ABSENT && address === 0, `${what}: tag ${t}, ${address}`);
    }
  }
}

/** Each live entry is in the chain of its hash, once, and nothing else is in any. */
function assertChains(c: Addr, t: Addr, live: readonly number[], buckets: number): void {
  const capacity = read(field(t, TABLE.CAPACITY));
  const hashes = t + TABLE_SIZE + capacity * 20;
  const chains = t + TABLE_SIZE + capacity * 28;
  const met = new Set<number>();
  for (let bucket = 0; bucket < buckets; bucket++) {
    for (let next = read((chains + bucket * 4) as Addr); next !== 0; ) {
      const entry = next - 1;
      assert.ok(entry >= 0 && entry < capacity && !met.has(entry), `chain ${bucket} of ${c}: entry ${entry}`);
      met.add(entry);
      const hash = read((hashes + entry * 8) as Addr);
      assert.equal(hash & (buckets - 1), bucket, `entry ${entry} of ${c} is in chain ${bucket}`);
      assert.equal(hash, hashOfBox(readReal(keyAt(t, entry))), `hash of entry ${entry} of ${c}`);
      next = read((hashes + entry * 8 + 4) as Addr);
    }
  }
  assert.deepEqual(
    [...met].sort((a, b) => a - b),
    live,
    `entries in the chains of ${c}`,
  );
}

/** The bits of an absent value, as the walk's own check that boxes keep theirs. */
function assertBoxes(): void {
  open(fromWords(0, 0x7ff80000 | TAG.ABSENT));
  assert.equal(tag(), TAG.ABSENT);
  open(boxOf(TAG.LINK, 4096));
  assert.deepEqual([tag(), low()], [TAG.LINK, 4096]);
}

/** What {@link assertContainersWhole} finds when nothing is put right before, while nobody changes anything. */
export function walkContainers(): Walk {
  return new Walker().run(true);
}

/**
 * Every container is whole: counts exact, each place well-formed, each block owned once. Those who change containers
 * wait meanwhile. What a death left too high is made right by the collection that comes first.
 */
export function assertContainersWhole(atRest = false): Walk {
  assertBoxes();
  for (;;) {
    collect();
    stop();
    try {
      return new Walker().run(atRest);
    } catch (error) {
      // Handles of a thread that died just now: their links are too high until the next collection.
      if (load(HEADER.COLLECT_DUE as Addr) === 0) throw error;
    } finally {
      resume();
    }
  }
}
