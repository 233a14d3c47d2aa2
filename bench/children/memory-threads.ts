// Resident memory for each thread: while all are blocked at once, and after they have ended.
import { AtomicInt, Event, Thread } from "heddle";

const count = Number(process.argv[2]);
const hold = new Event();
const ready = new AtomicInt(0);
const body = (): void => {
  ready.add(1);
  hold.wait();
};

/** Runs this many threads that all wait until the last of them is there. */
function block(threads: number): number {
  ready.store(0);
  hold.clear();
  const all = Array.from({ length: threads }, () => new Thread({ target: body }).start());
  while (ready.load() < threads || all.some((thread) => thread.state !== "blocked")) all[0]?.join(1);
  const rss = process.memoryUsage.rss();
  hold.set();
  for (const thread of all) thread.join();
  return rss;
}

block(1);
const base = process.memoryUsage.rss();
const blocked = (block(count + 1) - base) / count;
const idle = (process.memoryUsage.rss() - base) / count;
process.stdout.write(`${JSON.stringify({ blocked, idle })}\n`);
