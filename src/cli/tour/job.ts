/**
 * The real job: count the words and hash the contents of every file of a table, on some threads.
 *
 * It is a `map` over the numbers of the files, some at a time. The threads share the table and the places for the answers,
 * so only numbers pass between them.
 */
import { createHash } from "node:crypto";
import { currentThread, type Progress, sharedArray, ThreadPoolExecutor } from "heddle";
import { type FileTable, pathAt } from "./files.ts";
import { FILE_KIND, ownChunk, summarise } from "./words.ts";

/** How many files a thread takes at a time: few enough that none has much left when the others are done. */
const FILES_AT_A_TIME = 8;

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

/** Runs the job on this many threads; `onProgress` hears how many files are done. */
export function runJob(
  table: FileTable,
  threadCount: number,
  onProgress?: (progress: Progress) => void,
): JobAnswer {
  const { text, starts, order, length } = table;
  const kinds = sharedArray(Uint8Array, Math.max(1, length));
  const totals = sharedArray(Float64Array, 2 * Math.max(1, length));
  const hashes = sharedArray(Uint8Array, 32 * Math.max(1, length));
  const shares = sharedArray(Int32Array, threadCount);

  const work = (index: number): void => {
    const summary = summarise(pathAt({ text, starts }, index), ownChunk);
    kinds[index] = summary.kind;
    totals[2 * index] = summary.words;
    totals[2 * index + 1] = summary.bytes;
    hashes.set(summary.sha256, 32 * index);
    const worker = Number(currentThread().name.split("_").pop());
    shares[worker] = (shares[worker] as number) + 1; // nobody else writes there
  };

  const startedAt = performance.now();
  const pool = new ThreadPoolExecutor({ maxWorkers: threadCount, threadNamePrefix: "job" });
  const turns = order.subarray(0, length);
  for (const _ of pool.map(work, turns, { chunksize: FILES_AT_A_TIME, onProgress }));
  pool.shutdown();
  const elapsedMs = performance.now() - startedAt;
  return { ...sumUp(table, kinds, totals, hashes), shares: [...shares], elapsedMs };
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
