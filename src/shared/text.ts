/** Strings of containers: blocks of shared memory, in one byte a unit where it fits. */
import { allocate } from "../core/heap.ts";
import { field } from "../core/layout.ts";
import { buffer, u8 } from "../core/memory.ts";
import { TEXT, WIDE } from "../core/dict.ts";
import { type Addr, read, write } from "../core/word.ts";
import { sharedText } from "../value/platform.ts";

/** Strings up to this length are copied by a loop: a native call costs more. */
const LOOP_WRITE = 24;
const LOOP_READ = 12;

/** Writes a string into a new block. `hash` is that of a key; 0 for a value. */
export function writeText(text: string, hash: number): Addr {
  const { length } = text;
  const wide = isWide(text) ? WIDE : 0;
  const block = allocate(TEXT.DATA + (length << wide));
  write(field(block, TEXT.UNITS), (length << 1) | wide);
  write(field(block, TEXT.HASH), hash);
  const data = block + TEXT.DATA;
  if (wide === WIDE) sharedText.ucs2Write(text, data);
  else if (length > LOOP_WRITE) sharedText.latin1Write(text, data);
  else for (let i = 0; i < length; i++) u8[data + i] = text.charCodeAt(i);
  return block;
}

function isWide(text: string): boolean {
  // biome-ignore lint: the range is the test
  if (text.length > LOOP_WRITE) return /[^\u0000-\u00ff]/.test(text);
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return true;
  return false;
}

/** How many bytes the string of a block takes; reads only its head. */
export function textSize(block: Addr): number {
  const units = read(field(block, TEXT.UNITS));
  return (units >>> 1) << (units & WIDE);
}

/** The string of a block; any string if the block is no string any more. */
export function readText(block: Addr): string {
  const units = read(field(block, TEXT.UNITS));
  const length = units >>> 1;
  const data = block + TEXT.DATA;
  const end = data + (length << (units & WIDE));
  if (end > buffer.byteLength) return "";
  if ((units & WIDE) === WIDE) return sharedText.ucs2Slice(data, end);
  if (length > LOOP_READ) return sharedText.latin1Slice(data, end);
  let text = "";
  for (let i = data; i < end; i++) text += String.fromCharCode(u8[i] as number);
  return text;
}
