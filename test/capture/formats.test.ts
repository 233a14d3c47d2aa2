/**
 * The same promises in every form that a program may have: ES modules, CommonJS,
 * TypeScript through each compiler, bundles. Each program runs as a child.
 */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { buildSync } from "esbuild";
import { CLI, type ProgramResult, ROOT, runProgram } from "../support/child.ts";

const home = mkdtempSync(join(tmpdir(), "heddle-capture-"));
after(() => rmSync(home, { recursive: true, force: true }));
const PROGRAMS = join(ROOT, "test/capture/programs");
const TSX = join(ROOT, "node_modules/tsx/dist/cli.mjs");

/** A package with an ES and a CommonJS face, as a program finds it. */
function installPackages(): void {
  const modules = join(home, "node_modules");
  mkdirSync(join(modules, "pkg"), { recursive: true });
  symlinkSync(ROOT, join(modules, "heddle"), "dir");
  const face = "class Thing { constructor(v) { this.v = v; } twice() { return this.v * 2; } }\n";
  const exports = { import: "./index.mjs", require: "./index.cjs" };
  writeFileSync(
    join(modules, "pkg/package.json"),
    JSON.stringify({ name: "pkg", version: "1.0.0", exports }),
  );
  writeFileSync(
    join(modules, "pkg/index.mjs"),
    `export ${face}export const tag = "esm"; export default () => "esm";\n`,
  );
  writeFileSync(join(modules, "pkg/index.cjs"), `${face}module.exports = { Thing, tag: "cjs" };\n`);
}

/** A folder with the programs in it, whose `.js` and `.ts` files are of that type. */
function folder(name: string, type: "module" | "commonjs"): string {
  const path = join(home, name);
  cpSync(PROGRAMS, path, { recursive: true });
  writeFileSync(join(path, "package.json"), JSON.stringify({ type }));
  return path;
}

function assertWell(result: ProgramResult): void {
  assert.equal(result.status, 0, `${result.stdout}\n${result.stderr}`);
  assert.match(result.stdout, /^all well$/m);
}

/** Both stacks that the typed program prints name its own lines. */
function assertPlaces({ stdout }: ProgramResult): void {
  const lines = readFileSync(join(PROGRAMS, "typed.ts"), "utf8").split("\n");
  for (const mark of ["the first place", "the second place"]) {
    const line = lines.findIndex((text) => text.includes(mark)) + 1;
    assert.match(stdout, new RegExp(`typed\\.ts:${line}:\\d+`), stdout);
  }
}

installPackages();
const esm = folder("esm", "module");
const cjs = folder("cjs", "commonjs");

test("capture in an ES module", async () => assertWell(await runProgram([join(esm, "module.mjs")])));

test("capture in a CommonJS file", async () => assertWell(await runProgram([join(cjs, "common.cjs")])));

test("capture in TypeScript run by heddle", async () => {
  const result = await runProgram([CLI, "run", join(esm, "typed.ts")]);
  assertWell(result);
  assertPlaces(result);
});

for (const [type, path] of [
  ["an ES module", esm],
  ["CommonJS", cjs],
] as const) {
  test(`capture in TypeScript run by tsx as ${type}`, async () => {
    const result = await runProgram([TSX, join(path, "typed.ts")]);
    assertWell(result);
    assertPlaces(result);
  });
}

const { typescript } = process.features as { typescript?: string | false };
const stripsTypes = typeof typescript === "string";
test("capture in TypeScript run by Node itself", {
  skip: stripsTypes ? false : "this Node strips no types",
}, async () => {
  const result = await runProgram([join(esm, "typed.ts")]);
  assertWell(result);
  assertPlaces(result);
});

for (const [what, options] of [
  ["an ES bundle", { format: "esm" }],
  ["a minified ES bundle", { format: "esm", minify: true, sourcemap: true }],
  ["a CommonJS bundle", { format: "cjs" }],
  [
    "a minified CommonJS bundle with its source map inside",
    { format: "cjs", minify: true, sourcemap: "inline" },
  ],
  [
    "a minified ES bundle beside heddle",
    { format: "esm", minify: true, sourcemap: true, external: ["heddle"] },
  ],
] as const) {
  test(`capture in ${what}`, async () => {
    const outfile = join(home, `${what.replaceAll(" ", "-")}.${options.format === "esm" ? "mjs" : "cjs"}`);
    const entryPoints = [join(esm, "typed.ts")];
    const { external = [], ...rest } = options as typeof options & { external?: readonly string[] };
    buildSync({
      entryPoints,
      outfile,
      bundle: true,
      platform: "node",
      logLevel: "error",
      external: [...external],
      ...rest,
    });
    const result = await runProgram([outfile]);
    assertWell(result);
    if ("sourcemap" in options) assertPlaces(result);
  });
}

for (const [what, options] of [
  ["a minified ES bundle", { format: "esm", minify: true }],
  ["a CommonJS bundle", { format: "cjs" }],
] as const) {
  test(`processes in ${what}, which has no file of heddle's beside it`, async () => {
    const alone = mkdtempSync(join(tmpdir(), "heddle-alone-"));
    try {
      const outfile = join(alone, `program.${options.format === "esm" ? "mjs" : "cjs"}`);
      const entryPoints = [join(esm, "processes.ts")];
      buildSync({ entryPoints, outfile, bundle: true, platform: "node", logLevel: "error", ...options });
      assertWell(await runProgram([outfile], { cwd: alone }));
    } finally {
      rmSync(alone, { recursive: true, force: true });
    }
  });
}

const OWN_GLOBALS =
  "globalThis.settings = { n: 1 }; var top = 2; const own = 3; const add = () => own + top + settings.n;";

test("capture in a script on the command line", async () => {
  const text = `const { spawn } = require("heddle"); ${OWN_GLOBALS}
    if (spawn(() => add() + require("./lib.cjs").twice(2)).result() === 10) console.log("all well");`;
  assertWell(await runProgram(["-e", text], { cwd: cjs }));
});

test("capture in a script from standard input", async () => {
  const input = `const { spawn } = require("heddle"); ${OWN_GLOBALS}
    if (spawn(add).result() === 6) console.log("all well");`;
  assertWell(await runProgram(["-"], { cwd: cjs, input }));
});

test("capture in a module on the command line", async () => {
  const text = `import { spawn } from "heddle"; import { bump } from "./lib.mjs"; ${OWN_GLOBALS}
    if (spawn(() => add() + bump()).result() === 7) console.log("all well");`;
  assertWell(await runProgram(["--input-type=module", "-e", text], { cwd: esm }));
});
