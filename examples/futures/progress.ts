// A map over many items, in chunks, that tells how far it is.
import assert from "node:assert/strict";
import { type Progress, ThreadPoolExecutor } from "heddle";

const items = Array.from({ length: 10_000 }, (_, i) => i);
const reports: Progress[] = [];

using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
const results = pool.map((n: number) => Math.sqrt(n), items, {
  chunksize: 1000,
  onProgress: (progress) => reports.push(progress),
});
let sum = 0;
for await (const root of results) sum += root;

assert.equal(reports.length, 10);
assert.deepEqual(reports.at(-1), { done: 10_000, total: 10_000, failed: 0 });
for (const { done, total } of reports)
  console.log(`${"#".repeat((done * 20) / (total ?? done))} ${done}/${total}`);
console.log(sum.toFixed(3));
