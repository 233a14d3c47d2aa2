// Counts the words of files, a thread for each file, in one table that all share. The table is in shards, each a
// shared Map with a lock of its own, so that threads seldom meet at one.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lock, shared, spawn } from "heddle";

const SHARDS = 8;
const counts = shared(Array.from({ length: SHARDS }, () => new Map<string, number>()));
const locks = Array.from({ length: SHARDS }, () => new Lock());

function shardOf(word: string): number {
  let hash = 0;
  for (let i = 0; i < word.length; i++) hash = (hash * 31 + word.charCodeAt(i)) >>> 0;
  return hash % SHARDS;
}

function countWords(file: string): number {
  const words =
    readFileSync(file, "utf8")
      .toLowerCase()
      .match(/\p{L}+/gu) ?? [];
  for (const word of words) {
    const shard = shardOf(word);
    locks[shard]!.with(() => {
      counts[shard]!.set(word, (counts[shard]!.get(word) ?? 0) + 1);
    });
  }
  return words.length;
}

const folder = mkdtempSync(join(tmpdir(), "words-"));
try {
  const lines = ["the warp is set first", "the weft goes over the warp", "the shuttle carries the weft"];
  const files = lines.map((line, i) => {
    const file = join(folder, `${i}.txt`);
    writeFileSync(file, `${line}\n`.repeat(2000));
    return file;
  });

  const threads = files.map((file) => spawn(countWords, file));
  const total = threads.reduce((sum, thread) => sum + thread.result(), 0);

  const all = counts.flatMap((shard) => [...shard]).sort(([, a], [, b]) => b - a);
  for (const [word, count] of all.slice(0, 3)) console.log(`${word}: ${count}`);
  assert.equal(total, 16 * 2000);
  assert.equal(
    all.reduce((sum, [, count]) => sum + count, 0),
    total,
  );
  assert.deepEqual(all[0], ["the", 5 * 2000]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
