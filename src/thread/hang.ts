/** `--dump-on-hang`: notices that no thread of the program has moved for a while. */
import { field, WAITER } from "../core/layout.ts";
import { eachThread } from "../core/registry.ts";
import { load } from "../core/word.ts";
import { dumpThreads } from "./dump.ts";
import { STDERR, writeWhole } from "./output.ts";
import { stateOf, waitOf } from "./who.ts";

/** Prints `dumpThreads()` on stderr, once for each hang, when every thread has been in the same wait for `ms`. */
export function watchForHang(ms: number): void {
  let before = "";
  let reported = "";
  setInterval(() => {
    const waits = fingerprint();
    if (waits !== "" && waits === before && waits !== reported) {
      reported = waits;
      writeWhole(STDERR, `heddle: no thread has moved for ${ms} ms\n${dumpThreads()}`);
    }
    before = waits;
  }, ms);
}

/** Who is in which wait; "" when some thread is not blocked. */
function fingerprint(): string {
  const waits: string[] = [];
  let moving = false;
  eachThread((thread) => {
    const w = waitOf(thread);
    if (w === 0 || stateOf(thread) !== "blocked") moving = true;
    else waits.push(`${thread}:${load(field(w, WAITER.STATE)) >>> 3}`);
  });
  return moving ? "" : waits.join();
}
