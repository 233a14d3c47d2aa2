/** Items: how a value comes into a slot of a queue, and out of it again. */
import { letGo, setDiscardItem } from "../core/hand.ts";
import { free } from "../core/heap.ts";
import { TAG } from "../core/slot.ts";
import type { Addr } from "../core/word.ts";
import { addressOf, handleAt, release, retain } from "../value/handle.ts";
import { discard, load as loadMessage, modulesOf, prepare, store } from "../value/message.ts";
import type { Parcel } from "./store.ts";

type Word = Pick<Parcel, "tag" | "value">;

/** What {@link packItem} made of a value. One object: it is read before the next value is packed. */
export const packed: Parcel = { tag: 0, value: 0, keyTag: 0, keyValue: 0 };

/**
 * Makes a value into a tag and a word, which own what they name: whoever does not put them into a queue
 * drops them. Throws CaptureError and HeapExhaustedError; then nothing was made.
 */
export function packItem(value: unknown): void {
  if (typeof value === "number") {
    packed.tag = Number.isNaN(value) ? TAG.NAN : TAG.NUMBER;
    packed.value = value;
    return;
  }
  const tag = tagOf(value);
  let word = 0;
  if (tag === TAG.MESSAGE) {
    word = store(value, "item");
  } else if (tag === TAG.HANDLE) {
    word = addressOf(value as object) as Addr;
    retain(word as Addr);
  }
  packed.tag = tag; // last: packing a value may run the program's own getters, and those may put something
  packed.value = word;
}

function tagOf(value: unknown): number {
  if (value === undefined) return TAG.UNDEFINED;
  if (value === null) return TAG.NULL;
  if (typeof value === "boolean") return value ? TAG.TRUE : TAG.FALSE;
  return typeof value === "object" && addressOf(value) !== undefined ? TAG.HANDLE : TAG.MESSAGE;
}

/** The value of a tag and its word, which it uses up. */
export function unpackItem(tag: number, value: number): unknown {
  switch (tag) {
    case TAG.NUMBER:
      return value;
    case TAG.MESSAGE:
      return readMessage(value as Addr);
    case TAG.HANDLE: {
      const handle = handleAt(value as Addr);
      release(value as Addr);
      return handle;
    }
    case TAG.UNDEFINED:
      return undefined;
    case TAG.NULL:
      return null;
    case TAG.NAN:
      return Number.NaN;
    default:
      return tag === TAG.TRUE;
  }
}

function readMessage(message: Addr): unknown {
  try {
    return loadMessage(message);
  } finally {
    letGo(message);
    discard(message);
  }
}
setDiscardItem(discard);

/** Must modules be loaded before the value can be read here? An Async form can do that. */
export function needsModules({ tag, value }: Word): boolean {
  return tag === TAG.MESSAGE && modulesOf(value as Addr).length > 0;
}

/** Loads the modules that a value needs. When one cannot be loaded, the value is dropped. */
export async function loadModules(word: Word): Promise<Word> {
  try {
    await prepare(word.value as Addr);
    return word;
  } catch (error) {
    letGo(word.value as Addr);
    dropItem(word.tag, word.value);
    throw error;
  }
}

/** Gives up what a tag and its word own. */
export function dropItem(tag: number, value: number): void {
  if (tag === TAG.MESSAGE) discard(value as Addr);
  else if (tag === TAG.HANDLE) release(value as Addr);
  else if (tag === TAG.KEY) free(value as Addr);
}

/** Gives up an item that was not put, and its key. */
export function dropParcel({ tag, value, keyTag, keyValue }: Parcel): void {
  dropItem(tag, value);
  dropItem(keyTag, keyValue);
}
