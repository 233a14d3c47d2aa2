/**
 * The real job: count the words and hash the contents of every file of a table, on some threads.
 *
 * The threads share the table and the places for the answers, so only numbers pass between them. The job is there
 * twice. As a map of a pool it tells its progress. As threads with a cursor that says which
 * file is next it is an eighth faster: nothing passes between them, and who started them has nothing to do but wait.
 */
import { createHash } from "node:crypto";
import { AtomicInt, type Progress, sharedArray, Thread, ThreadPoolExecutor } from "heddle";
import { type FileTable, pathAt } from "./files.ts";
import { FILE_KIND, ownChunk, summarise } from "./words.ts";

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

/** The places for the answers, which all threads share. */
interface Answers {
  readonly kinds: Uint8Array;
  /** For each file its words and its bytes. */
  readonly totals: Float64Array;
  readonly hashes: Uint8Array;
}

function answersFor({ length }: FileTable): Answers {
  const room = Math.max(1, length);
  return {
    kinds: sharedArray(Uint8Array, room),
    totals: sharedArray(Float64Array, 2 * room),
    hashes: sharedArray(Uint8Array, 32 * room),
  };
}

/** Reads one file and puts down what it found. */
function answer(
  { kinds, totals, hashes }: Answers,
  paths: Parameters<typeof pathAt>[0],
  index: number,
  chunk: Uint8Array,
): void {
  const summary = summarise(pathAt(paths, index), chunk);
  kinds[index] = summary.kind;
  totals[2 * index] = summary.words;
  totals[2 * index + 1] = summary.bytes;
  hashes.set(summary.sha256, 32 * index);
}

/** How many files make one task of the pool: so few that no thread has much left when the others are done. */
const FILES_PER_TASK = 8;

/** Runs the job as a map of a pool of this many threads; `onProgress` hears of each task that is done. */
export function mapJob(
  table: FileTable,
  threadCount: number,
  onProgress: (progress: Progress) => void,
): Omit<JobAnswer, "shares"> {
  const { text, starts, order, length } = table;
  const answers = answersFor(table);
  const startedAt = performance.now();
  using pool = new ThreadPoolExecutor({ maxWorkers: threadCount });
  const work = (index: number): void => answer(answers, { text, starts }, index, ownChunk);
  for (const _ of pool.map(work, order.subarray(0, length), { chunksize: FILES_PER_TASK, onProgress }));
  const elapsedMs = performance.now() - startedAt;
  return { ...sumUp(table, answers), elapsedMs };
}

/** Runs the job on this many threads; `onProgress` hears now and then how many files are done. */
export function runJob(
  table: FileTable,
  threadCount: number,
  onProgress?: (done: number) => void,
): JobAnswer {
  const { text, starts, order, length } = table;
  const cursor = new AtomicInt(0);
  const answers = answersFor(table);

  const work = (): number => {
    for (let taken = 0; ; taken++) {
      const turn = cursor.add(1);
      if (turn >= length) return taken;
      answer(answers, { text, starts }, order[turn] as number, ownChunk);
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
  return { ...sumUp(table, answers), shares, elapsedMs };
}

function sumUp(
  table: FileTable,
  { kinds, totals, hashes }: Answers,
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
