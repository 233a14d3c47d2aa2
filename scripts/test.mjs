// Runs compiled tests with node's own runner (build first).
//   node scripts/test.mjs [--suite NAME] [--node BINARY] [PATH or NAME PATTERN …]
// Suites: unit (the default: everything that is quick), model, stress, all.
// A PATH is a test file or a folder, as source (src/core/heap.test.ts) or compiled; anything else filters names.
// Node 20's runner knows no glob, so the files are found here. No test run at all is a failure.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
/** Folders that are slow or need a harness, each its own suite. */
const SLOW = { model: ["test/model"], stress: ["test/stress"] };
const TIMEOUT_MS = { unit: 120_000, model: 600_000, stress: 1_800_000, all: 1_800_000 };

function testFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testFiles(path);
    return /\.test\.(m|c)?js$/.test(entry.name) ? [path] : [];
  });
}

function suiteOf(path) {
  const name = relative(dist, path).replaceAll("\\", "/");
  const slow = Object.entries(SLOW).find(([, folders]) =>
    folders.some((folder) => name.startsWith(`${folder}/`)),
  );
  return slow === undefined ? "unit" : slow[0];
}

/** The compiled file or folder that an argument names, or undefined when it names none. */
function compiledPath(argument) {
  const path = resolve(root, argument.replace(/\.(m|c)?ts$/, ".$1js"));
  const compiled = path.startsWith(dist) ? path : join(dist, relative(root, path));
  return existsSync(compiled) ? compiled : undefined;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { suite: { type: "string" }, node: { type: "string" }, list: { type: "boolean" } },
});
const paths = positionals.map(compiledPath).filter((path) => path !== undefined);
const patterns = positionals.filter((argument) => compiledPath(argument) === undefined);
const suite = values.suite ?? (paths.length > 0 ? "all" : "unit");
if (!(suite in TIMEOUT_MS)) {
  process.stderr.write(`Cannot run suite '${suite}': known are ${Object.keys(TIMEOUT_MS).join(", ")}\n`);
  process.exit(2);
}
const found =
  paths.length > 0
    ? paths.flatMap((path) => (statSync(path).isDirectory() ? testFiles(path) : [path]))
    : testFiles(dist);
const files = found.filter((path) => suite === "all" || suiteOf(path) === suite).sort();
if (values.list === true) {
  for (const file of files) console.log(relative(root, file));
  process.exit(0);
}
if (files.length === 0) {
  process.stderr.write(
    `Cannot run suite '${suite}': no compiled test file was found (npm run build makes them)\n`,
  );
  process.exit(1);
}

const scratch = mkdtempSync(join(tmpdir(), "heddle-test-"));
const counted = join(scratch, "count");
const run = spawnSync(
  values.node ?? process.execPath,
  [
    "--test",
    `--test-timeout=${TIMEOUT_MS[suite]}`,
    "--test-concurrency=2",
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    `--test-reporter=${new URL("./count-reporter.mjs", import.meta.url).href}`,
    `--test-reporter-destination=${counted}`,
    ...patterns.map((pattern) => `--test-name-pattern=${pattern}`),
    ...files,
  ],
  { stdio: "inherit", cwd: root },
);
const ran = existsSync(counted) ? Number(readFileSync(counted, "utf8")) : 0;
rmSync(scratch, { recursive: true, force: true });
if (run.status === 0 && !(ran > 0)) {
  process.stderr.write(`Cannot pass suite '${suite}': not one test ran in ${files.length} files\n`);
  process.exitCode = 1;
} else {
  process.exitCode = run.status ?? 1;
}
