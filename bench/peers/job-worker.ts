// The real job as a bare worker does it: the same work on each file, the next file from a bare atomic.
import { parentPort, workerData } from "node:worker_threads";
import type { FileTable } from "../../src/cli/tour/files.ts";
import { ownChunk, summarise } from "../../src/cli/tour/words.ts";

const { table, cursor } = workerData as {
  table: Pick<FileTable, "text" | "starts" | "order" | "length">;
  cursor: Int32Array;
};

parentPort?.on("message", () => {
  let words = 0;
  for (;;) {
    const turn = Atomics.add(cursor, 0, 1);
    if (turn >= table.length) break;
    const index = table.order[turn] ?? 0;
    const path = Buffer.from(table.text.slice(table.starts[index], table.starts[index + 1])).toString("utf8");
    words += summarise(path, ownChunk).words;
  }
  parentPort?.postMessage(words);
});
