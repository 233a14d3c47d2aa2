import assert from "node:assert/strict";
import { test } from "node:test";
import { analyse, type Analysis } from "./analyse.ts";
import type { FunctionInfo, Variable } from "./scopes.ts";

/** The variable that the last reference of this name leads to. */
function variable(analysis: Analysis, name: string): Variable | undefined {
  const reference = analysis.references.findLast((found) => found.name === name);
  assert(reference !== undefined, `${name} is not referred to`);
  return reference.scope.find(name);
}

function functions(source: string, isModule = true): readonly FunctionInfo[] {
  return analyse(source, isModule).functions;
}

test("analyse() knows every kind of import", () => {
  const analysis = analyse(
    `import d, { a as b, "odd name" as c } from "x"; import * as n from "y"; [d, b, c, n]`,
    true,
  );
  const loaded = ["d", "b", "c", "n"].map((name) => variable(analysis, name)?.loaded);
  assert.deepEqual(
    loaded.map((from) => [from?.specifier, from?.member]),
    [
      ["x", "default"],
      ["x", "a"],
      ["x", "odd name"],
      ["y", "*"],
    ],
  );
});

test("analyse() knows what is required, by whatever detour", () => {
  const source = `const a = require("x"), { b, c: { d } } = require("y"), e = require("z").f.g, h = __toESM(require("w"), 1);
    const { i } = await import("v"); const j = parse(require("u").k); const { l: { m } = {} } = require("t"); [a, b, d, e, h, i, j, m]`;
  const analysis = analyse(source, true);
  const loaded = ["a", "b", "d", "e", "h", "i", "j", "m"].map((name) => variable(analysis, name)?.loaded);
  assert.deepEqual(
    loaded.map((from) => from && [from.specifier, from.member, from.wrapped]),
    [
      ["x", "", false],
      ["y", "b", false],
      ["y", "c.d", false],
      ["z", "f.g", false],
      ["w", "", true],
      ["v", "i", false],
      undefined,
      undefined,
    ],
  );
});

test("analyse() counts assignments, initialisation aside", () => {
  const source = `const a = 1; let b = 2, c; var d = 3; let e = 4, f = 5, g = 6;
    b = 3; c ??= 1; ({ e, ...f } = x); [g] = y; for (const i of z) { var h = i; } for (k of z);
    var k; let m = 1; function n() {} n = 1; [a, b, c, d, e, f, g, h, k, m, n]`;
  const analysis = analyse(source, false);
  const changed = [..."abcdefghkmn"].filter((name) => (variable(analysis, name)?.writes ?? 0) > 0);
  assert.equal(changed.join(""), "bcefghkn");
});

test("analyse() lists globals that are assigned", () => {
  assert.deepEqual([...analyse("let a; a = 1; b = 2; c++;", false).assignedGlobals], ["b", "c"]);
});

test("analyse() resolves names in the innermost scope", () => {
  const source = `const a = 1; function f(b = a, { a: c } = {}) { const a = 2; { let a = 3; use(a); } return a + b + c; }`;
  const analysis = analyse(source, true);
  const [inner] = analysis.references.filter(({ name }) => name === "a").slice(-2);
  assert.equal(inner?.scope.find("a")?.at, source.indexOf("a = 3"));
  assert.equal(variable(analysis, "c")?.kind, "param");
});

test("analyse() says what a function takes from the one around it", () => {
  const outers = (source: string): (string | undefined)[] => functions(source).map(({ outer }) => outer);
  assert.deepEqual(outers("() => this"), ["this"]);
  assert.deepEqual(outers("function f() { return () => () => this; }"), [undefined, "this", "this"]);
  assert.deepEqual(outers("({ m() { return super.m(); } })"), ["super"]);
  assert.deepEqual(outers("function f() { return () => new.target; }"), [undefined, "new.target"]);
  assert.deepEqual(outers("class A { x = this.y; z = () => this.x; static { this.q = 1; } }"), [
    undefined,
    "this",
  ]);
});

test("analyse() finds the private names of the classes around a function", () => {
  const source =
    "class A { #x; m() { return (o) => o.#x; } n() { return class { #x; k() { return this.#x; } }; } }";
  assert.deepEqual(
    functions(source).map(({ kind, outerPrivate }) => [kind, outerPrivate]),
    [
      ["class", undefined],
      ["method", "#x"],
      ["arrow", "#x"],
      ["method", undefined],
      ["class", undefined],
      ["method", "#x"],
    ],
  );
});

test("analyse() tells what of a class runs again and what does not", () => {
  const source =
    "class A extends f(B) { static a = 1; static #b = 2; static { g(); } static { this.#b; } [k]() {} #c; }";
  const [shape] = functions(source).map(({ classShape }) => classShape);
  const texts = (spans: readonly { start: number; end: number }[] = []): string[] =>
    spans.map((span) => source.slice(span.start, span.end));
  assert.deepEqual(texts(shape?.blanks), ["static a = 1;", "static { g(); }"]);
  assert.deepEqual(texts(shape?.definition), ["2", "static { this.#b; }", "k"]);
  assert.deepEqual(shape?.privateMembers, ["#c"]);
  assert.equal(shape?.superclass?.identifier, undefined);
});

test("analyse() knows strict code", () => {
  const strict = (source: string, isModule: boolean): boolean[] =>
    functions(source, isModule).map((info) => info.strict);
  assert.deepEqual(strict("function f() {}", true), [true]);
  assert.deepEqual(strict("function f() {} function g() { 'use strict'; }", false), [false, true]);
  assert.deepEqual(strict("'use strict'; () => 1", false), [true]);
  assert.deepEqual(strict("class A { m() {} }", false), [true, true]);
});

test("analyse() reads a script as Node runs CommonJS", () => {
  assert.equal(functions("#!/usr/bin/env node\nreturn () => 1;", false).length, 1);
});
