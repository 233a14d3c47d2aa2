// The project's own sources, parsed, for the tests of the house rules.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { ROOT } from "./child.ts";

/** One source file: its path below the root with forward slashes, its text, its syntax tree. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** Parses a text as if it stood at `path`. */
export function parseSource(path: string, text: string): SourceFile {
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
}

function typescriptFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return typescriptFiles(path);
    return /\.(m|c)?ts$/.test(entry.name) ? [path] : [];
  });
}

/** Every TypeScript file below a folder of the project (`src`, `test`), in order of path. */
export function sourcesIn(folder: string): SourceFile[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return typescriptFiles(join(ROOT, folder))
    .sort()
    .map((path) => parseSource(relative(ROOT, path).replaceAll("\\", "/"), readFileSync(path, "utf8")));
}

/** Calls `visit` for each node of a tree, parents before children. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** `path:line`, one-based, for messages. */
export function placeOf(source: SourceFile, node: ts.Node): string {
  const { line } = source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree));
  return `${source.path}:${line + 1}`;
}
