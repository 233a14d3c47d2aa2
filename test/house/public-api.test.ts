import assert from "node:assert/strict";
import { test } from "node:test";
import ts from "typescript";
import { publicNames, undocumentedMembers } from "../support/public-api.ts";
import { parseSource, sourcesIn, walk } from "../support/sources.ts";

const sources = new Map(sourcesIn("src").map((source) => [source.path, source]));
const names = publicNames("src/api/index.ts", sources);

test("the public API: every exported name has a documentation comment", () => {
  assert.ok(names.length > 0);
  const bare = names.filter(({ declaration }) => ts.getJSDocCommentsAndTags(declaration).length === 0);
  assert.deepEqual(
    bare.map(({ name, source }) => `${source.path}: ${name}`),
    [],
  );
});

test("the public API: every member of an exported class has a documentation comment", () => {
  assert.deepEqual(names.flatMap(undocumentedMembers), []);
});

test("the public API: no `any` in the sources", () => {
  const found: string[] = [];
  for (const source of sources.values()) {
    walk(source.tree, (node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(source.path);
    });
  }
  assert.deepEqual(found, []);
});

test("publicNames() follows exports to declarations, undocumentedMembers() finds the bare ones", () => {
  const files = [
    parseSource("src/api/index.ts", 'export * from "./a.ts";'),
    parseSource("src/api/a.ts", 'export { A as B, f } from "../x.ts";'),
    parseSource(
      "src/x.ts",
      "/** A. */\nexport class A { #p = 1; bare() {}\n /** Told. */ told() {} }\nexport function f() {}",
    ),
  ];
  const found = publicNames("src/api/index.ts", new Map(files.map((file) => [file.path, file])));
  assert.deepEqual(
    found.map(({ name }) => name),
    ["B", "f"],
  );
  assert.deepEqual(found.flatMap(undocumentedMembers), ["src/x.ts: B.bare"]);
});
