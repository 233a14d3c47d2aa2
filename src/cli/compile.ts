/**
 * Compiles a program for `heddle run`: one JavaScript file for each TypeScript source, kept in a cache.
 *
 * The module graph stays as it is, because a thread imports again, one by one, the modules that its body uses.
 */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { cacheFolderFor, hashOf, pruneCache, writeChanged, writeWhole } from "./cache.ts";
import { CliError } from "./cli-error.ts";
import { type Graph, importKey, isModulePackage, isTypeScript, readGraph, type SourceFile } from "./graph.ts";
import { rewriteModule } from "./rewrite.ts";

export interface CompiledProgram {
  /** What to import in order to run the program. */
  readonly url: string;
  /** The program's own file. */
  readonly path: string;
}

/** What one compilation depended on, so that the next run need not compile. */
interface Record {
  readonly version: string;
  readonly url: string;
  readonly inputs: readonly (readonly [path: string, modifiedMs: number, bytes: number])[];
  readonly outputs: readonly string[];
}

/** A change of the compiler, of Node or of what this file writes makes every older result useless. */
const VERSION: string = hashOf(
  "1",
  process.version,
  import.meta.url,
  versionOf("esbuild"),
  versionOf("heddle"),
);
const RUNNABLE: RegExp = /\.(?:[cm]?[jt]s|[jt]sx)$/;

/** Compiles a program unless an earlier run did. Throws `CliError` with the compiler's own messages. */
export async function compileProgram(program: string): Promise<CompiledProgram> {
  const path = locate(program);
  const folder = cacheFolderFor(path);
  const recordPath = join(folder, `${hashOf(path)}.json`);
  const record = readRecord(recordPath);
  if (record !== undefined) return { url: record.url, path };
  const graph = await readGraph(path);
  const names = nameOutputs(graph, folder);
  if (names.size > 0) {
    await compileFiles(graph, names);
    pruneCache(folder);
  }
  const output = names.get(path);
  const url = pathToFileURL(output ?? path).href;
  writeRecord(recordPath, url, graph, [...names.values()]);
  return { url, path };
}

function locate(program: string): string {
  const path = resolve(program);
  let stats: ReturnType<typeof statSync>;
  try {
    stats = statSync(path);
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : (error as Error).message;
    throw new CliError(`Cannot run ${program}: ${reason}`, 1, { cause: error });
  }
  if (stats.isDirectory()) throw new CliError(`Cannot run ${program}: it is a folder`);
  if (!RUNNABLE.test(path)) {
    throw new CliError(
      `Cannot run ${program}: ${extname(path) || "a file without extension"} is neither TypeScript nor JavaScript`,
    );
  }
  return realpathSync(path);
}

function nameOutputs(graph: Graph, folder: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const file of graph.files.values()) {
    if (!file.compiled) continue;
    const hash = hashOf(VERSION, file.path, readFileSync(file.path, "utf8"));
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

function readRecord(path: string): Record | undefined {
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as Record;
    if (record.version !== VERSION) return undefined;
    for (const [input, modifiedMs, bytes] of record.inputs) {
      const stats = statSync(input);
      if (stats.mtimeMs !== modifiedMs || stats.size !== bytes) return undefined;
    }
    return record.outputs.every((output) => existsSync(output)) ? record : undefined;
  } catch {
    return undefined;
  }
}

function writeRecord(path: string, url: string, graph: Graph, outputs: readonly string[]): void {
  const inputs = graph.inputs.map((input) => {
    const stats = statSync(input);
    return [input, stats.mtimeMs, stats.size] as const;
  });
  const record: Record = { version: VERSION, url, inputs, outputs };
  writeWhole(path, JSON.stringify(record));
}

function versionOf(name: string): string {
  try {
    const home = name === "heddle" ? new URL("../../../package.json", import.meta.url) : packageOf(name);
    return (JSON.parse(readFileSync(home, "utf8")) as { version: string }).version;
  } catch {
    return "unknown";
  }
}

function packageOf(name: string): URL {
  return new URL("package.json", `${dirname(import.meta.resolve(`${name}/package.json`))}/`);
}

/** Compiles a module that a running program names only now; anything but TypeScript stays as it is. */
export async function compiledUrlOf(path: string): Promise<string> {
  return isTypeScript(path) ? (await compileProgram(path)).url : pathToFileURL(path).href;
}
