import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT, runProgram, runSource } from "../support/child.ts";

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
const subpaths = Object.keys(manifest.exports)
  .filter((key) => key !== "./package.json")
  .map((key) => manifest.name + key.slice(1));

test("package.json names only files that exist", () => {
  const targets = Object.values(manifest.exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target),
  );
  const named = [...targets, ...Object.values(manifest.bin)];
  assert.deepEqual(
    named.filter((path) => !existsSync(join(ROOT, path))),
    [],
  );
});

test("package-lock.json is complete for every platform, so that npm ci accepts it everywhere", async () => {
  const { status, stderr } = await runProgram(["scripts/complete-lock.mjs", "--check"]);
  assert.deepEqual([status, stderr], [0, ""]);
});

test("importing any subpath patches nothing global, starts nothing and prints nothing", async () => {
  const program = `
    const keys = () => Reflect.ownKeys(globalThis).concat(Reflect.ownKeys(console), Reflect.ownKeys(process)).map(String);
    const values = () => [console.log, console.error, process.exit, process.stdout.write, process.kill, setTimeout, queueMicrotask];
    const [before, functions] = [new Set(keys()), values()];
    for (const subpath of ${JSON.stringify(subpaths)}) await import(subpath);
    const added = keys().filter((key) => !before.has(key) && !key.startsWith("Symbol(heddle."));
    const changed = values().flatMap((value, i) => (value === functions[i] ? [] : [functions[i].name]));
    process.stdout.write(JSON.stringify({ added, changed, active: process.getActiveResourcesInfo().filter((r) => !/Pipe|TTY|FSReq|CloseReq/.test(r)) }));
  `;
  const { status, stdout, stderr } = await runSource(program);
  assert.deepEqual([status, stderr], [0, ""]);
  assert.deepEqual(JSON.parse(stdout), { added: [], changed: [], active: [] });
});

test("each export of the bundles is called by its own name, as error texts and stacks show it", async () => {
  const program = `for (const file of ["lib/api/index.js", "inline/index.js"]) {
    const exports = await import(${JSON.stringify(`file://${ROOT}/dist/`)} + file);
    for (const [key, value] of Object.entries(exports)) {
      if (typeof value === "function" && value.name !== key) console.log(file + ": " + key + " is called " + value.name);
    }
  }`;
  const { stdout, stderr } = await runSource(program, { nodeArgs: ["--no-warnings"] });
  assert.deepEqual([stdout, stderr], ["", ""]);
});

test("the subpaths work from CommonJS too, and are the same objects", async () => {
  const program = `const a = require("heddle"); const b = require("heddle/threading");
    console.log(a.Thread === b.Thread && typeof a.Thread);`;
  const { stdout, status } = await runSource(program, { name: "main.cjs", nodeArgs: ["--no-warnings"] });
  assert.deepEqual([status, stdout], [0, "function\n"]);
});

test("the packed package holds what runs and its sources, and no test", async () => {
  const npm = await runProgram(["pack", "--dry-run", "--json", "--ignore-scripts"], {
    command: "npm",
    deadlineMs: 60_000,
  });
  const [{ files }] = JSON.parse(npm.stdout) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  const stray = paths.filter(
    (path) => !/^(dist\/(src|lib|inline)|src)\/|^(README\.md|LICENSE|package\.json)$/.test(path),
  );
  assert.deepEqual(stray, []);
  assert.deepEqual(
    paths.filter((path) => /\.test\.|tsbuildinfo/.test(path)),
    [],
  );
  for (const needed of [
    "README.md",
    "LICENSE",
    "dist/lib/api/index.js",
    "dist/inline/index.js",
    "dist/src/api/index.d.ts",
    "src/api/index.ts",
  ]) {
    assert.ok(paths.includes(needed), `${needed} is missing`);
  }
});
