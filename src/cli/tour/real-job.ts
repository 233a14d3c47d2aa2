/** Chapter 7: the real job, with one thread and with all cores. */
import { existsSync, lstatSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Chapter } from "./chapter.ts";
import { type FileTable, listFiles, pathAt } from "./files.ts";
import { type JobAnswer, mapJob, runJob } from "./job.ts";
import { bytes, count, duration, fact, plural, progress, say } from "./screen.ts";

const NAMED = 5;

/** Shows a bar while `run` tells how many files are done. */
function shown<T>(table: FileTable, what: string, run: (show: (done: number) => void) => T): T {
  const bar = progress(what, table.length);
  try {
    return run((done) => bar.show(done));
  } finally {
    bar.end();
  }
}

function showList(what: string, paths: readonly string[]): void {
  if (paths.length === 0) return;
  const rest = paths.length > NAMED ? ` and ${count(paths.length - NAMED)} more` : "";
  fact(what, `${count(paths.length)}: ${paths.slice(0, NAMED).join(", ")}${rest}`);
}

function showAnswer(answer: JobAnswer, table: FileTable): void {
  fact("words", count(answer.words));
  fact(
    "contents",
    `${bytes(answer.bytes)} in ${plural(answer.files, "file")}, SHA-256 of all ${answer.sha256.slice(0, 16)}…`,
  );
  fact("binary files", `${count(answer.binary)}, hashed but without words`);
  if (table.skipped > 0) fact("neither file nor folder", `${count(table.skipped)}, left out`);
  showList("files that could not be read", answer.unreadable);
  showList("folders that could not be read", table.unreadable);
}

/** The folder that holds the packages installed beside heddle. */
export function installedPackages(): string {
  for (const place of ["../../../../node_modules", "../../../../.."]) {
    const folder = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(folder)) return folder;
  }
  return process.cwd();
}

/** The caches of tools among the installed packages: other programs write them while this one reads. */
export const CACHES = ".cache";

/** What any run of the job answers. */
type Answer = Omit<JobAnswer, "shares">;

/** Files whose contents differ between two runs. */
function differing(table: FileTable, one: Answer, other: Answer): string[] {
  const found: string[] = [];
  for (let i = 0; i < table.length; i++) {
    const [a, b] = [one, other].map(({ hashes }) => hashes.slice(32 * i, 32 * i + 32).join());
    if (a !== b) found.push(pathAt(table, i));
  }
  return found;
}

function showComparison(table: FileTable, all: Answer, others: readonly Answer[], startedAt: number): void {
  if (others.every(({ sha256, words }) => sha256 === all.sha256 && words === all.words)) {
    fact("same answer", "yes, words and hash, three times");
    return;
  }
  const changed = [...new Set(others.flatMap((other) => differing(table, other, all)))];
  const stale = changed.filter(
    (path) => (lstatSync(path, { throwIfNoEntry: false })?.ctimeMs ?? Infinity) < startedAt,
  );
  if (stale.length > 0 || changed.length === 0) {
    throw new Error(
      `Cannot trust the job: two runs read ${stale[0] ?? "the same files"} and gave different answers`,
    );
  }
  fact("same answer", "no: another program changed files between the runs");
  showList("files that changed", changed);
}

export const jobChapter: Chapter = {
  name: "job",
  title: "A real job: count the words and hash the contents of every file",
  run(folder?: string) {
    say(
      "   The threads share one list of files: first a pool maps over it, then they take the next one until none is left.",
    );
    const cores = availableParallelism();
    const listedAt = performance.now();
    const startedAt = Date.now();
    const table = folder === undefined ? listFiles(installedPackages(), CACHES) : listFiles(folder);
    fact("folder", table.folder);
    fact("files", `${count(table.length)}, listed in ${duration(performance.now() - listedAt)}`);
    if (table.length === 0) return;
    // Untimed: so that neither of the timed runs waits for the disk or for code to become fast.
    const first = shown(table, "as a map of a pool, so that both runs find everything in memory", (show) =>
      mapJob(table, cores, ({ done }) => show(done)),
    );
    const one = shown(table, "with 1 thread", (show) => runJob(table, 1, show));
    const all = shown(table, `with ${plural(cores, "thread")}`, (show) => runJob(table, cores, show));
    showAnswer(all, table);
    fact("as a map of a pool, first", duration(first.elapsedMs));
    fact("with 1 thread", duration(one.elapsedMs));
    fact(
      `with ${plural(cores, "thread")}, all cores`,
      `${duration(all.elapsedMs)}; files each took: ${all.shares.map(count).join(", ")}`,
    );
    showComparison(table, all, [first, one], startedAt);
    fact("speed-up", `${(one.elapsedMs / all.elapsedMs).toFixed(2)} times on ${plural(cores, "core")}`);
  },
};
