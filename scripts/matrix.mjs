// Runs the tests on other releases of Node, one after the other.
//   npm run test:matrix [-- 22 24 26] [-- --suite model]
// The binaries come from the npm packages node-PLATFORM-ARCH and are kept below node_modules/.cache/nodes.
// They are called by their path, and each prints its own version: a stray `node` on the PATH proves nothing.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const platform = process.platform === "win32" ? "win" : process.platform;
const packageName = `node-${platform}-${process.arch}`;

function binaryOf(release) {
  const folder = join(root, "node_modules/.cache/nodes", release);
  const binary = join(folder, "node_modules", packageName, "bin", platform === "win" ? "node.exe" : "node");
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const npm = spawnSync(
    "npm",
    [
      "install",
      "--no-save",
      "--no-package-lock",
      "--ignore-scripts",
      "--loglevel=error",
      "--prefix",
      folder,
      `${packageName}@${release}`,
    ],
    { stdio: "inherit", cwd: folder },
  );
  if (npm.status !== 0 || !existsSync(binary)) {
    throw new Error(`Cannot install Node ${release}: npm gave no ${binary}`);
  }
  return binary;
}

const words = process.argv.slice(2);
const releases = words.filter((word) => /^\d+(\.\d+)*$/.test(word));
const rest = words.filter((word) => !releases.includes(word));
const failed = [];
for (const release of releases.length > 0 ? releases : ["22", "24", "26"]) {
  const binary = binaryOf(release);
  const version = spawnSync(binary, ["-p", "process.version"], { encoding: "utf8" }).stdout.trim();
  console.log(`\n=== Node ${version} ===`);
  const run = spawnSync(process.execPath, [join(root, "scripts/test.mjs"), "--node", binary, ...rest], {
    stdio: "inherit",
    cwd: root,
  });
  if (run.status !== 0) failed.push(version);
}
console.log(failed.length === 0 ? "\nmatrix: all passed" : `\nmatrix: failed on ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
