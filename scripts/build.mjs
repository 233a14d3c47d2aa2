// Builds heddle: removes outputs whose source has gone, compiles every project folder with tsc, then bundles the library.
//   node scripts/build.mjs
// Compiled files of a deleted source would otherwise still be found, run and packed.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OUTPUT = /(\.d)?\.(m|c)?(js|ts)(\.map)?$/;
const FOLDERS = ["src", "test", "bench", "examples"];

/** The source that the compiler made `output` from, or undefined when no source of any kind is there. */
function hasSource(relative) {
  const stem = relative.replace(OUTPUT, "");
  return [".ts", ".mts", ".cts"].some((ending) => existsSync(join(root, stem + ending)));
}

function removeStale(folder) {
  let left = 0;
  for (const entry of readdirSync(join(root, "dist", folder), { withFileTypes: true })) {
    const relative = join(folder, entry.name);
    if (entry.isDirectory()) left += removeStale(relative);
    else if (OUTPUT.test(entry.name) && !hasSource(relative)) rmSync(join(root, "dist", relative));
    else left += 1;
  }
  if (left === 0) rmSync(join(root, "dist", folder), { recursive: true, force: true });
  return left;
}

for (const folder of FOLDERS) {
  if (existsSync(join(root, "dist", folder))) removeStale(folder);
}
// An incremental compiler believes its notes: when an output is missing, it must forget them.
function lacksOutput(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).some((entry) => {
    const relative = join(folder, entry.name);
    if (entry.isDirectory()) return lacksOutput(relative);
    if (!/\.(m|c)?ts$/.test(entry.name) || /\.d\.(m|c)?ts$/.test(entry.name)) return false;
    return !existsSync(join(root, "dist", relative.replace(/ts$/, "js")));
  });
}

const present = FOLDERS.filter((folder) => existsSync(join(root, folder)));
if (present.some(lacksOutput)) rmSync(join(root, "dist/.tsbuildinfo"), { force: true });
const tsc = join(root, "node_modules/@typescript/native/bin/tsc");
const run = spawnSync(process.execPath, [tsc, "-p", join(root, "tsconfig.json")], {
  stdio: "inherit",
  cwd: root,
});
if (run.status !== 0) process.stderr.write("Cannot build heddle: the compiler found errors (see above)\n");
process.exitCode = run.status ?? 1;
await bundle(root);
