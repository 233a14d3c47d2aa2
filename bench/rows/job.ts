// The tour's real job: count the words and hash the contents of every installed file.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type FileTable, listFiles } from "../../src/cli/tour/files.ts";
import { runJob } from "../../src/cli/tour/job.ts";
import { CACHES, installedPackages } from "../../src/cli/tour/real-job.ts";
import { bareJob } from "../bare-job.ts";
import { compete, type Effort, type Measure, type Row, type Target } from "../harness.ts";
import { ROOT } from "../peers.ts";

/** Reading, counting and hashing thousands of files: what threads are for. The page cache is warm for every run. */
export async function jobRows(effort: Effort): Promise<Row[]> {
  const cores = availableParallelism();
  const table = listFiles(
    effort.smoke ? join(ROOT, "node_modules/@types/node") : installedPackages(),
    CACHES,
  );
  const answers = new Set<string>();
  const run = (threads: number): number => {
    const { sha256, words, elapsedMs } = runJob(table, threads);
    answers.add(`${words} ${sha256}`);
    return elapsedMs;
  };
  run(cores);
  const bare = bareJob(table, cores);
  await bare.run(cores);
  const [one, all, bareOne, bareAll] = await compete(
    [
      { name: "heddle, 1 thread", run: () => run(1) },
      { name: "heddle, all cores", run: () => run(cores) },
      { name: "bare Workers, 1", run: () => bare.run(1) },
      { name: "bare Workers, all cores", run: () => bare.run(cores) },
    ],
    effort.smoke ? 1 : 7,
    effort.patienceMs,
  );
  await bare.end();
  if (answers.size !== 1) throw new Error(`Cannot trust the job: ${answers.size} different answers`);
  if (!one || !all || !bareOne || !bareAll) return [];
  return [timeRow(table, [all, one, bareAll, bareOne]), speedUpRow(cores, one, all, bareOne, bareAll)];
}

function timeRow(table: FileTable, measures: Measure[]): Row {
  const situation = `${table.length} files counted and hashed, page cache warm`;
  return { name: "real job, time", situation, unit: "ms", measures, targets: [] };
}

function speedUpRow(cores: number, one: Measure, all: Measure, bareOne: Measure, bareAll: Measure): Row {
  const observed = one.value / all.value;
  const targets: Target[] =
    cores === 2
      ? [{ text: "speed-up at least 1.85 on 2 cores", observed, limit: 1.85, passed: observed >= 1.85 }]
      : [];
  const measures = [
    { name: "heddle", value: observed },
    { name: "bare Workers", value: bareOne.value / bareAll.value },
  ];
  return {
    name: "real job, speed-up",
    situation: `${cores} threads against 1`,
    unit: "times",
    measures,
    targets,
  };
}
