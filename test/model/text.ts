/** The modelled text of containers: one unit a word, each a step. `hook.ts` puts it in the place of shared/text.ts. */
import type * as real from "../../src/shared/text.ts";
import type { Addr } from "../../src/core/word.ts";
import { load, store } from "./word.ts";

const { allocate } = await import("../../src/core/heap.ts");
const HASH = 4;
const DATA = 8;

export function writeText(text: string, hash: number): Addr {
  const block = allocate(DATA + text.length * 4);
  store(block, text.length << 1);
  store((block + HASH) as Addr, hash);
  for (let i = 0; i < text.length; i++) store((block + DATA + i * 4) as Addr, text.charCodeAt(i));
  return block;
}
export function textSize(block: Addr): number {
  return load(block) >>> 1;
}
/** The longest string of a model; more is what freed memory says. */
const LONGEST = 16;
export function readText(block: Addr): string {
  let text = "";
  for (let i = 0, n = Math.min(LONGEST, load(block) >>> 1); i < n; i++)
    text += String.fromCharCode(load((block + DATA + i * 4) as Addr));
  return text;
}

({ writeText, textSize, readText }) satisfies typeof real;
