/** Short texts in shared memory (names): a block with the length, then UTF-16 units. Never changed once published. */
import { allocate } from "./heap.ts";
import { buffer } from "./memory.ts";
import { type Addr, load, store } from "./word.ts";

const units = new Uint16Array(buffer);

/** Writes a text into a new block. The caller publishes its address with a `store`. */
export function writeText(text: string): Addr {
  const block = allocate(4 + text.length * 2);
  const first = (block + 4) >> 1;
  for (let i = 0; i < text.length; i++) units[first + i] = text.charCodeAt(i);
  store(block, text.length);
  return block;
}

/** Reads a text; "" for 0. */
export function readText(block: Addr): string {
  if (block === 0) return "";
  const first = (block + 4) >> 1;
  const length = load(block);
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(units[first + i] as number);
  return text;
}
