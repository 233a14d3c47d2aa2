/** `heddle tour`: threads, locks and a real job, chapter by chapter; each prints what it saw. */
import { CliError } from "./cli-error.ts";
import type { Chapter } from "./tour/chapter.ts";
import { crashChapter } from "./tour/crash.ts";
import { costsChapter } from "./tour/costs.ts";
import { lettersChapter } from "./tour/letters.ts";
import { lifeCycleChapter } from "./tour/life-cycle.ts";
import { lockChapter } from "./tour/lock.ts";
import { processChapter } from "./tour/process.ts";
import { raceChapter } from "./tour/race.ts";
import { jobChapter } from "./tour/real-job.ts";
import { duration, heading, say } from "./tour/screen.ts";

const CHAPTERS: readonly Chapter[] = [
  processChapter,
  costsChapter,
  lifeCycleChapter,
  lettersChapter,
  raceChapter,
  lockChapter,
  jobChapter,
  crashChapter,
];

/** Runs the tour, or one chapter by its number or name. Throws `CliError` for a chapter or folder that is not there. */
export async function tour(chapter?: string, path?: string): Promise<number> {
  let wanted = CHAPTERS;
  let folder = path;
  if (chapter !== undefined) {
    const found = CHAPTERS.find(({ name }, i) => name === chapter || String(i + 1) === chapter);
    if (found !== undefined) wanted = [found];
    else if (path !== undefined)
      throw new CliError(`Cannot show chapter ${chapter}: the chapters are ${names()}`, 2);
    else folder = chapter;
  }
  if (folder !== undefined) {
    const { requireFolder } = await import("./tour/files.ts");
    requireFolder(folder);
  }
  const startedAt = performance.now();
  for (const current of wanted) {
    heading(CHAPTERS.indexOf(current) + 1, current.title);
    await current.run(folder);
  }
  say();
  say(`The end, after ${duration(performance.now() - startedAt)}.`);
  return 0;
}

function names(): string {
  return CHAPTERS.map(({ name }, i) => `${i + 1} ${name}`).join(", ");
}
