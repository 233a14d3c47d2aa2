/** The slow half of compiling: what runs only when a source has changed. */
import { readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { hashOf, pruneCache, writeChanged } from "./cache.ts";
import { type Graph, importKey, isModulePackage, readGraph, type SourceFile } from "./graph.ts";
import { rewriteModule } from "./rewrite.ts";

export interface CompiledGraph {
  /** Every file that the result depends on. */
  readonly inputs: readonly string[];
  /** Where each compiled source's output lies. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** Compiles every source of a program that Node cannot run as it stands. */
export async function compileGraph(entry: string, folder: string, version: string): Promise<CompiledGraph> {
  const graph = await readGraph(entry);
  const outputs = nameOutputs(graph, folder, version);
  if (outputs.size > 0) {
    await compileFiles(graph, outputs);
    pruneCache(folder);
  }
  return { inputs: graph.inputs, outputs };
}

function nameOutputs(graph: Graph, folder: string, version: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const file of graph.files.values()) {
    if (!file.compiled) continue;
    const hash = hashOf(version, file.path, readFileSync(file.path, "utf8"));
    const stem = basename(file.path, extname(file.path));
    names.set(file.path, join(folder, `${stem}-${hash}.heddle.${file.format === "esm" ? "mjs" : "cjs"}`));
  }
  return names;
}

async function compileFiles(graph: Graph, names: ReadonlyMap<string, string>): Promise<void> {
  for (const format of ["esm", "cjs"] as const) {
    const files = [...names.keys()]
      .map((path) => graph.files.get(path))
      .filter((file) => file?.format === format);
    await compileFormat(files as SourceFile[], format, names);
  }
}

async function compileFormat(
  files: readonly SourceFile[],
  format: "esm" | "cjs",
  names: ReadonlyMap<string, string>,
): Promise<void> {
  if (files.length === 0) return;
  const { build } = await import("esbuild");
  const result = await build({
    entryPoints: files.map((file, index) => ({ in: file.path, out: String(index) })),
    bundle: false,
    write: false,
    outdir: "/out",
    format,
    platform: "node",
    target: `node${process.versions.node}`,
    sourcemap: "external",
    charset: "utf8",
    logLevel: "silent",
  });
  const texts = new Map(result.outputFiles.map((output) => [basename(output.path), output.text]));
  for (const [index, file] of files.entries()) {
    const output = names.get(file.path);
    const text = texts.get(`${index}.js`);
    const map = texts.get(`${index}.js.map`);
    if (output === undefined || text === undefined || map === undefined) continue;
    writeChanged(`${output}.map`, placeMap(map, file.path));
    writeChanged(output, `${place(text, file, names)}//# sourceMappingURL=${basename(output)}.map\n`);
  }
}

function place(text: string, file: SourceFile, names: ReadonlyMap<string, string>): string {
  return rewriteModule(text, {
    path: file.path,
    format: file.format,
    commonNames: !isModulePackage(file.path) && !/\.m[jt]s$/.test(file.path),
    resolve(specifier, required) {
      const target =
        file.imports.get(importKey(specifier, required)) ?? file.imports.get(importKey(specifier, !required));
      if (target === undefined) return undefined;
      if ("specifier" in target) return target.specifier;
      return pathToFileURL(names.get(target.file) ?? target.file).href;
    },
  });
}

function placeMap(map: string, path: string): string {
  const payload = JSON.parse(map) as { sources: string[]; sourceRoot?: string };
  payload.sources = [pathToFileURL(path).href];
  delete payload.sourceRoot;
  return JSON.stringify(payload);
}
