import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { LAYOUTS } from "../../src/core/layout.ts";
import * as errors from "../../src/errors.ts";
import { ROOT, runProgram } from "../support/child.ts";

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Every page of documentation, as a path below the root. */
function pages(folder = "docs"): string[] {
  const below = readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return pages(path);
    return path.endsWith(".md") ? [path] : [];
  });
  return folder === "docs" ? ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...below] : below;
}

test("docs/memory.md is what the tables of core/layout.ts render to", async () => {
  const { status, stderr } = await runProgram(["scripts/memory-doc.mjs", "--check"]);
  assert.deepEqual([status, stderr], [0, ""]);
});

test("LAYOUTS have fields in order, without overlap, within their record", () => {
  for (const { name, size, fields } of LAYOUTS) {
    let end = 0;
    for (const field of fields) {
      assert.ok(field.offset >= end, `${name}.${field.name} overlaps the field before it`);
      assert.equal(field.offset % 4, 0, `${name}.${field.name} does not begin at a word`);
      end = field.offset + field.size;
    }
    assert.ok(end <= size, `${name} is larger than it says`);
  }
});

test("docs/errors.md has a section for each public error, with its code", () => {
  const page = read("docs/errors.md");
  for (const [name, value] of Object.entries(errors)) {
    if (typeof value !== "function" || !(value.prototype instanceof Error)) continue;
    const { code } = new (value as new (text: string) => Error & { code: string })("Cannot x: y");
    assert.match(
      page,
      new RegExp(`^## ${name} *\\(?\`${code}\`\\)?$`, "m"),
      `${name} (${code}) has no section`,
    );
  }
});

test("every relative link in the documentation leads to a file", () => {
  const dead = pages().flatMap((page) => {
    const links = [...read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => String(match[1]));
    return links
      .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(ROOT, dirname(page), link)))
      .map((link) => `${page}: ${link}`);
  });
  assert.deepEqual(dead, []);
});

test("every file that docs/design.md names in its tour exists", () => {
  const named = [...read("docs/design.md").matchAll(/`((?:src|test|scripts|bench|docs)\/[\w./-]+)`/g)];
  const missing = named.map((match) => String(match[1])).filter((path) => !existsSync(join(ROOT, path)));
  assert.deepEqual(missing, []);
});

test("every npm script that the documentation names exists", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const named = pages().flatMap((page) =>
    [...read(page).matchAll(/\bnpm run ([\w:]+)/g)].map((match) => String(match[1])),
  );
  assert.deepEqual(
    named.filter((name) => !(name in scripts)),
    [],
  );
});

test("docs/differences.md: what it calls missing is missing", () => {
  const missing = read("docs/differences.md").split("## Not in this version")[1] ?? "";
  const api = ["futures-all", "queue-all", "shared-all", "threading-all"]
    .map((file) => read(`src/api/${file}.ts`))
    .join("\n");
  const named = [...missing.matchAll(/`(\w+)/g)].map((match) => String(match[1]));
  assert.deepEqual(
    named.filter((name) => new RegExp(`[{,]\\s*(type )?${name}\\b`).test(api)),
    [],
  );
});

test("CONTRIBUTING.md stays under 100 lines", () => {
  assert.ok(read("CONTRIBUTING.md").split("\n").length < 100);
});
