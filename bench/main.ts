// `npm run bench`: every row, with its peers in the same run. `--smoke` takes seconds and writes no files;
// `--strict` exits with status 1 when a target is missed; other words choose rows by their group's name.
import { calmness } from "./calm.ts";
import { effortOf, type Effort, type Row } from "./harness.ts";
import { findMultithreading, findPython, findRust, type Peers } from "./peers.ts";
import { machineOf, printRow, writeReport } from "./report.ts";
import { jobRows } from "./rows/job.ts";
import { lockRows } from "./rows/lock.ts";
import { memoryRows } from "./rows/memory.ts";
import { processRows } from "./rows/process.ts";
import { queueRows } from "./rows/queue.ts";
import { sharedRows } from "./rows/shared.ts";
import { poolRows } from "./rows/pool.ts";
import { coldRows, warmRows } from "./rows/start.ts";
import { syncRows } from "./rows/sync.ts";
import { structRows } from "./rows/struct.ts";
import { wakeRows } from "./rows/wake.ts";

type Group = (effort: Effort, peers: Peers) => Promise<Row[]>;

const GROUPS: ReadonlyMap<string, Group> = new Map<string, Group>([
  ["warm", warmRows],
  ["cold", coldRows],
  ["lock", lockRows],
  ["sync", syncRows],
  ["wake", wakeRows],
  ["queue", queueRows],
  ["pool", poolRows],
  ["job", jobRows],
  ["memory", memoryRows],
  ["process", processRows],
  ["struct", structRows],
  ["shared", sharedRows],
]);

const words: string[] = process.argv.slice(2);
const flags: Set<string> = new Set(words.filter((word) => word.startsWith("--")));
const chosen: string[] = words.filter((word) => !word.startsWith("--"));
for (const word of [...flags, ...chosen]) {
  if (GROUPS.has(word) || word === "--smoke" || word === "--strict") continue;
  process.stderr.write(`Cannot measure ${word}: the groups are ${[...GROUPS.keys()].join(", ")}\n`);
  process.exit(2);
}

const effort: Effort = effortOf(flags.has("--smoke"));
const peers: Peers = { python: findPython(), rust: findRust(), multithreading: findMultithreading() };
const machine: Record<string, string> = machineOf(Object.values(peers));
for (const [name, value] of Object.entries(machine)) process.stdout.write(`${name}: ${value}\n`);
for (const [name, peer] of Object.entries(peers))
  if (!peer) process.stdout.write(`${name}: not on this machine, left out\n`);

const rows: Row[] = [];
let failures = 0;
for (const [name, group] of GROUPS) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  try {
    for (const row of await group(effort, peers)) {
      rows.push(row);
      printRow(row);
    }
  } catch (error) {
    failures += 1;
    process.stderr.write(
      `Cannot measure ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  }
}

const targets = rows.flatMap((row) => row.targets);
const missed = targets.filter((target) => !target.passed).length;
process.stdout.write(
  `\n${targets.length - missed} of ${targets.length} targets met, ${failures} groups failed\n`,
);
if (!effort.smoke && chosen.length === 0 && failures === 0) {
  const command = ["npm run bench", ...(words.length > 0 ? ["--", ...words] : [])].join(" ");
  writeReport({ command, calmness: calmness(), date: new Date().toISOString().slice(0, 10), machine, rows });
}
process.exitCode = failures > 0 || (flags.has("--strict") && missed > 0) ? 1 : 0;
