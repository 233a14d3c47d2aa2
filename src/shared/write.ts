/** Writes plans of plain data into shared memory. */
import { link, newContainer } from "../core/container.ts";
import { free } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { CONTAINER } from "../core/container-layout.ts";
import { field } from "../core/layout.ts";
import { bareBox, swap, TAG } from "../core/box.ts";
import { fill, hashBits, newTable } from "../core/dict.ts";
import { append, newVector } from "../core/vector.ts";
import { type Addr, read, write } from "../core/word.ts";
import { Draft, type Plan } from "./draft.ts";
import { keyOf, ownKey, propertyKey } from "./key.ts";
import { boxOfValue, dispose, eachPlace, reclaim } from "./owned.ts";

/**
 * The bits of the plan's value, with everything in it written. The caller is inside the gate. Throws
 * HeapExhaustedError, and then has left nothing behind.
 */
export function boxOfPlan({ value, drafts }: Plan): number {
  if (drafts.length === 0) return boxOfValue(value);
  let made = 0;
  try {
    for (; made < drafts.length; made++) make(drafts[made] as Draft);
    for (const draft of drafts) fillIn(draft);
    return boxOfValue(value);
  } catch (error) {
    unmake(drafts.slice(0, made));
    throw error;
  }
}

function make(draft: Draft): void {
  const size = draft.values.length;
  const storage = draft.kind === KIND.SHARED_ARRAY ? newVector(Math.max(2, size)) : newTable(size, 0);
  try {
    draft.record = newContainer(draft.kind, storage, 0);
  } catch (error) {
    free(storage);
    throw error;
  }
}

/** Gives back what was made: they refer to each other, so each is kept until all are empty. */
function unmake(drafts: readonly Draft[]): void {
  for (const { record } of drafts) link(record);
  for (const { record } of drafts) eachPlace(record, (place) => dispose(swap(place, bareBox(TAG.ABSENT))));
  for (const { record } of drafts) reclaim(record);
}

function fillIn(draft: Draft): void {
  const c = draft.record;
  const storage = read(field(c, CONTAINER.STORAGE)) as Addr;
  const { keys, values } = draft;
  if (draft.kind === KIND.SHARED_ARRAY) {
    for (const value of values) append(storage, boxOfValue(value));
    return;
  }
  for (let i = 0; i < values.length; i++) {
    if (draft.kind === KIND.SHARED_OBJECT) addProperty(storage, i, keys[i] as string, values[i]);
    else if (draft.kind === KIND.SHARED_MAP) addPair(storage, keys[i], values[i]);
    else addMember(storage, values[i]);
  }
  write(field(c, CONTAINER.LIVE), values.length);
}

/** Properties of an object whose names are remembered: the next object often has the same. */
const REMEMBERED = 16;
const names: (string | undefined)[] = Array.from({ length: REMEMBERED }, () => undefined);
const boxes = new Float64Array(REMEMBERED);
const hashes = new Int32Array(REMEMBERED);

function addProperty(storage: Addr, index: number, name: string, value: unknown): void {
  const box = boxOfValue(value);
  if (index < REMEMBERED && names[index] === name) {
    return fill(storage, boxes[index] as number, hashes[index] as number, box);
  }
  const key = propertyKey(name, true);
  if (key === undefined) return; // it is there, or was added
  const own = ownKey(key);
  if (index < REMEMBERED && key.text === undefined) {
    names[index] = name;
    boxes[index] = own;
    hashes[index] = key.hash;
  }
  fill(storage, own, key.hash, box);
}

function addPair(storage: Addr, name: unknown, value: unknown): void {
  const box = boxOfValue(value);
  const key = keyOf(name);
  if (key === undefined) return; // draft.ts lets no such key pass
  fill(storage, ownKey(key), key.hash, box);
}

function addMember(storage: Addr, member: unknown): void {
  const nothing = bareBox(TAG.UNDEFINED);
  if (member instanceof Draft) {
    const box = boxOfValue(member);
    fill(storage, box, hashBits(box), nothing);
    return;
  }
  const key = keyOf(member);
  if (key !== undefined) fill(storage, ownKey(key), key.hash, nothing);
}
