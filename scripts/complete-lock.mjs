// Completes package-lock.json with the optional packages of other platforms.
//   node scripts/complete-lock.mjs [--check]
// An npm registry that mirrors one platform only makes `npm install` drop the binaries of all others from the
// lockfile, and `npm ci` then refuses it as incomplete. They are put back by name and version, without a hash.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const file = join(dirname(dirname(fileURLToPath(import.meta.url))), "package-lock.json");
const lock = JSON.parse(readFileSync(file, "utf8"));

/** Whether a package at `path` finds `name` in its own node_modules or in one above. */
function isLocked(path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    if (`${folder === "" ? "" : `${folder}/`}node_modules/${name}` in lock.packages) return true;
    if (folder === "") return false;
  }
}

/** The platform fields that such packages carry in their names: @scope/binding-linux-arm64-musl. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const pick = (known) => known.filter((word) => words.includes(word));
  const cpu = pick(["arm", "arm64", "x64", "ia32", "riscv64", "ppc64", "s390x", "loong64", "mips64el"]);
  const os = pick([
    "android",
    "darwin",
    "linux",
    "win32",
    "freebsd",
    "openbsd",
    "netbsd",
    "sunos",
    "aix",
    "openharmony",
  ]);
  const libc = words.some((word) => word.startsWith("musl")) ? ["musl"] : [];
  return Object.fromEntries(Object.entries({ cpu, libc, os }).filter(([, list]) => list.length > 0));
}

const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => !isLocked(path, name))
    .map(([name, range]) => ({ name, version: range.replace(/^[~^]/, ""), dev: entry.dev })),
);
for (const { name, version, dev } of missing) {
  lock.packages[`node_modules/${name}`] = {
    version,
    ...(dev ? { dev } : {}),
    optional: true,
    ...platformOf(name),
  };
}
if (missing.length > 0 && process.argv.includes("--check")) {
  process.stderr.write(
    `Cannot use package-lock.json: ${missing.length} optional packages are missing from it\n`,
  );
  process.exitCode = 1;
} else if (missing.length > 0) {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
