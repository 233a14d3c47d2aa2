/** One file of the real job: its words counted and its contents hashed, piece by piece. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";

/** What a file turned out to be. A binary file is hashed, but it has no words. */
export const FILE_KIND = { text: 1, binary: 2, unreadable: 3 } as const;
export type FileKind = (typeof FILE_KIND)[keyof typeof FILE_KIND];

export interface FileSummary {
  readonly kind: FileKind;
  readonly words: number;
  readonly bytes: number;
  readonly sha256: Uint8Array;
}

/** What this thread reads files through: a module belongs to one thread. */
export const ownChunk: Uint8Array = new Uint8Array(1 << 18);
/** A zero byte this near to its start makes a file binary, as git has it. */
const PEEK_BYTES = 8000;
const NO_HASH: Uint8Array = new Uint8Array(32);

/** 1 for the bytes that end a word: ASCII white space. */
const SPACE: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  [9, 10, 11, 12, 13, 32].includes(byte) ? 1 : 0,
);

/**
 * Counts the places where a word begins. `before` is 1 when the byte ahead of the piece was white space.
 * The loop adds instead of branching: a branch that depends on text is mispredicted for every other word.
 */
export function countWords(piece: Uint8Array, length: number, before: number): number {
  let words = 0;
  let previous = before;
  for (let i = 0; i < length; i++) {
    const space = SPACE[piece[i] as number] as number;
    words += previous & (space ^ 1);
    previous = space;
  }
  return words;
}

/** Reads one file through a buffer that the caller keeps. A file that cannot be read is an answer, not an error. */
export function summarise(path: string, chunk: Uint8Array): FileSummary {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return { kind: FILE_KIND.unreadable, words: 0, bytes: 0, sha256: NO_HASH };
  }
  try {
    const hash = createHash("sha256");
    let [words, bytes, before, binary] = [0, 0, 1, false];
    for (;;) {
      const length = readSync(file, chunk, 0, chunk.length, null);
      if (length === 0) break;
      hash.update(length === chunk.length ? chunk : chunk.subarray(0, length));
      if (bytes === 0) binary = chunk.subarray(0, Math.min(length, PEEK_BYTES)).includes(0);
      if (!binary) {
        words += countWords(chunk, length, before);
        before = SPACE[chunk[length - 1] as number] as number;
      }
      bytes += length;
    }
    return { kind: binary ? FILE_KIND.binary : FILE_KIND.text, words, bytes, sha256: hash.digest() };
  } catch {
    return { kind: FILE_KIND.unreadable, words: 0, bytes: 0, sha256: NO_HASH };
  } finally {
    closeSync(file);
  }
}
