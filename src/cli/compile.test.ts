import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { compileProgram } from "./compile.ts";

const home: string = realpathSync(mkdtempSync(join(tmpdir(), "heddle-compile-")));
after(() => rmSync(home, { recursive: true, force: true }));

function project(name: string, files: Record<string, string>): string {
  const folder = join(home, name);
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Imports a compiled program in a child, with its stacks mapped, and answers what it prints. */
function runCompiled(url: string): string {
  const mapping = new URL("./sourcemap.js", import.meta.url).href;
  const code = `const { installStackMapping } = await import(${JSON.stringify(mapping)}); installStackMapping(); await import(${JSON.stringify(url)});`;
  return execFileSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    timeout: 30_000,
  });
}

const module: string = JSON.stringify({ type: "module" });

describe("compileProgram()", () => {
  it("finds imports written with .ts, .js, without extension and at run time", async () => {
    const folder = project("imports", {
      "package.json": module,
      "main.ts": `import { a } from "./a.ts"; import { b } from "./b.js"; import { c } from "./c";
        import { plain } from "./plain.js"; import dep from "dep"; import data from "./data.json";
        const { d } = await import("./d.ts"); const name: string = "e"; const { e } = await import(\`./\${name}.ts\`);
        import type { T } from "./types-only.ts"; const t: T = 1;
        console.log([a, b, c, plain, dep, data.x, d, e, t].join(" "));`,
      "a.ts": "export const a: string = 'a';",
      "b.ts": "export const b: string = 'b'; export enum E { X }",
      "c/index.ts": "export const c: string = 'c';",
      "d.ts": "export const d: string = 'd';",
      "e.ts": "export const e: string = 'e';",
      "plain.js": "export const plain = 'plain ' + import.meta.url.endsWith('/plain.js');",
      "data.json": '{ "x": "json" }',
      "types-only.ts": "export type T = number;",
      "node_modules/dep/package.json":
        '{ "name": "dep", "exports": { "import": "./m.mjs", "require": "./c.cjs" } }',
      "node_modules/dep/m.mjs": "export default 'esm';",
      "node_modules/dep/c.cjs": "module.exports = 'cjs';",
    });
    const { url } = await compileProgram(join(folder, "main.ts"));
    assert.equal(runCompiled(url), "a b c plain true esm json d e 1\n");
  });

  it("keeps one module for one source, also when it is imported again by its compiled name", async () => {
    const folder = project("once", {
      "package.json": module,
      "main.ts": `import { state } from "./state.ts"; state.n += 1; const name = "late"; await import(\`./\${name}.ts\`);`,
      "late.ts": `import { state } from "./state.ts"; console.log(state.n);`,
      "state.ts": "export const state: { n: number } = { n: 0 };",
    });
    assert.equal(runCompiled((await compileProgram(join(folder, "main.ts"))).url), "1\n");
  });

  it("lets import.meta speak of the source", async () => {
    const folder = project("meta", {
      "package.json": module,
      "main.mts": `const { url } = import.meta;
        console.log(import.meta.url === url, import.meta.filename, import.meta.dirname, import.meta.resolve("./x.js"));`,
    });
    const { url } = await compileProgram(join(folder, "main.mts"));
    const x = pathToFileURL(join(folder, "x.js")).href;
    assert.equal(runCompiled(url), `true ${join(folder, "main.mts")} ${folder} ${x}\n`);
  });

  it("gives a module that begins with an import at run time what that needs", async () => {
    const folder = project("first", {
      "package.json": module,
      "main.ts": `import("./" + ("a.ts" as string)).then(({ a }) => console.log(a));`,
      "a.ts": "export const a: string = 'a';",
    });
    assert.equal(runCompiled((await compileProgram(join(folder, "main.ts"))).url), "a\n");
  });

  it("runs CommonJS sources, and gives them their own names", async () => {
    const folder = project("common", {
      "main.cts": `import { part } from "./part.cjs"; const { sep } = require("node:path"); const other = require("./other.cts");
        console.log(part, sep.length, other.name, __filename === ${JSON.stringify(join(home, "common", "main.cts"))});`,
      "part.cts": "export const part: string = 'part';",
      "other.cts": "module.exports = { name: 'other' as string };",
    });
    assert.equal(runCompiled((await compileProgram(join(folder, "main.cts"))).url), "part 1 other true\n");
  });

  it("names the source's file and line in stacks", async () => {
    const folder = project("stack", {
      "package.json": module,
      "main.ts": `interface A { x: number }\n\nfunction fail(a: A): never {\n  throw new Error("no " + a.x);\n}\ntry { fail({ x: 1 }); } catch (e) { console.log((e as Error).stack); }\n`,
    });
    const stack = runCompiled((await compileProgram(join(folder, "main.ts"))).url);
    assert.match(stack, /^Error: no 1\n    at fail \(/);
    assert.ok(stack.includes(`${join(folder, "main.ts")}:4:9`), stack);
    assert.ok(stack.includes(`${join(folder, "main.ts")}:6:7`), stack);
  });

  it("answers from the cache until a source changes", async () => {
    const folder = project("cache", {
      "package.json": module,
      "main.ts": "import './a.ts';",
      "a.ts": "console.log(1 as number);",
    });
    const path = join(folder, "main.ts");
    const first = await compileProgram(path);
    const written = statSync(new URL(first.url)).mtimeMs;
    assert.deepEqual(await compileProgram(path), first);
    assert.equal(statSync(new URL(first.url)).mtimeMs, written);
    writeFileSync(join(folder, "a.ts"), "console.log(22 as number);");
    assert.equal(runCompiled((await compileProgram(path)).url), "22\n");
  });

  it("leaves JavaScript alone when Node can run it as it is", async () => {
    const folder = project("plain", {
      "package.json": module,
      "main.js": "import './a.js';",
      "a.js": "console.log(1);",
    });
    assert.equal(
      (await compileProgram(join(folder, "main.js"))).url,
      pathToFileURL(join(folder, "main.js")).href,
    );
  });

  it("compiles JavaScript that imports TypeScript", async () => {
    const folder = project("mixed", {
      "package.json": module,
      "main.js": "import './a.ts';",
      "a.ts": "console.log(1 as number);",
    });
    assert.equal(runCompiled((await compileProgram(join(folder, "main.js"))).url), "1\n");
  });

  it("gives a syntax error with file, line and column", async () => {
    const folder = project("syntax", {
      "package.json": module,
      "main.ts": "import './bad.ts';",
      "bad.ts": "\nconst = 3;\n",
    });
    await assert.rejects(compileProgram(join(folder, "main.ts")), (error: Error) => {
      assert.match(error.message, /bad\.ts:2:6/);
      assert.equal((error as Error & { status: number }).status, 1);
      return true;
    });
  });

  it("names an import that leads nowhere, with file, line and column", async () => {
    const folder = project("lost", { "package.json": module, "main.ts": "\nimport './nowhere.ts';" });
    await assert.rejects(compileProgram(join(folder, "main.ts")), /nowhere\.ts[^]*main\.ts:2:7/);
  });
});

describe("heddle run", () => {
  const cli = new URL("./main.js", import.meta.url).pathname;
  const heddle = (...args: string[]): { status: number | null; stderr: string; stdout: string } =>
    spawnSync(process.execPath, [cli, ...args], { encoding: "utf8", timeout: 30_000 });

  it("says that there is no such program, with status 1", () => {
    const { status, stderr } = heddle("run", join(home, "absent.ts"));
    assert.equal(status, 1);
    assert.equal(stderr, `Cannot run ${join(home, "absent.ts")}: there is no such file\n`);
  });

  it("prints the compiler's message for a syntax error, with status 1", () => {
    const folder = project("cli-syntax", { "main.ts": "let x: = 1;\n" });
    const { status, stderr } = heddle("run", join(folder, "main.ts"));
    assert.equal(status, 1);
    assert.match(stderr, /main\.ts:1:7/);
  });

  it("answers a call that it does not understand with status 2", () => {
    assert.equal(heddle("run").status, 2);
    assert.equal(heddle("run", "--no-such-option", "x.ts").status, 2);
    assert.equal(heddle("dance").status, 2);
  });
});
