/**
 * The real job: count the words and hash the contents of every file of a table, on some threads.
 *
 * The threads share the table, a cursor that says which file is next, and the places for the answers. Nothing
 * else passes between them, and the thread that started them has nothing to do but wait.
 */
import { createHash } from "node:crypto";
import { AtomicInt, sharedArray, Thread } from "heddle";
import { type FileTable, pathAt } from "./files.ts";
import { CHUNK_BYTES, FILE_KIND, summarise } from "./words.ts";

export interface JobAnswer {
  readonly files: number;
  readonly words: number;
  readonly bytes: number;
  readonly binary: number;
  /** Files that could not be read, by path. */
  readonly unreadable: readonly string[];
  /** One hash over the hashes of all files, in the order of their paths. */
  readonly sha256: string;
  /** The hash of each file, 32 bytes each. */
  readonly hashes: Uint8Array;
  /** How many files each thread took. */
  readonly shares: readonly number[];
  readonly elapsedMs: number;
}

/** Runs the job on this many threads; `onProgress` hears now and then how many files are done. */
export function runJob(
  table: FileTable,
  threadCount: number,
  onProgress?: (done: number) => void,
): JobAnswer {
  const { text, starts, order, length } = table;
  const cursor = new AtomicInt(0);
  const kinds = sharedArray(Uint8Array, Math.max(1, length));
  const totals = sharedArray(Float64Array, 2 * Math.max(1, length));
  const hashes = sharedArray(Uint8Array, 32 * Math.max(1, length));

  const work = (): number => {
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (let taken = 0; ; taken++) {
      const turn = cursor.add(1);
      if (turn >= length) return taken;
      const index = order[turn] as number;
      const summary = summarise(pathAt({ text, starts }, index), chunk);
      kinds[index] = summary.kind;
      totals[2 * index] = summary.words;
      totals[2 * index + 1] = summary.bytes;
      hashes.set(summary.sha256, 32 * index);
    }
  };

  const startedAt = performance.now();
  const threads = Array.from({ length: threadCount }, (_, i) =>
    new Thread({ target: work, name: `job-${i + 1}` }).start(),
  );
  for (const thread of threads) {
    while (!thread.join(50)) onProgress?.(Math.min(cursor.load(), length));
  }
  const elapsedMs = performance.now() - startedAt;
  onProgress?.(length);
  const shares = threads.map((thread) => thread.result());
  return { ...sumUp(table, kinds, totals, hashes), shares, elapsedMs };
}

function sumUp(
  table: FileTable,
  kinds: Uint8Array,
  totals: Float64Array,
  hashes: Uint8Array,
): Omit<JobAnswer, "shares" | "elapsedMs"> {
  let [words, bytes, binary] = [0, 0, 0];
  const unreadable: string[] = [];
  for (let index = 0; index < table.length; index++) {
    words += totals[2 * index] as number;
    bytes += totals[2 * index + 1] as number;
    if (kinds[index] === FILE_KIND.binary) binary += 1;
    if (kinds[index] === FILE_KIND.unreadable) unreadable.push(pathAt(table, index));
  }
  const sha256 = createHash("sha256")
    .update(hashes.slice(0, 32 * table.length))
    .digest("hex");
  return { files: table.length, words, bytes, binary, unreadable, sha256, hashes };
}
