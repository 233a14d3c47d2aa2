/**
 * Compiles a program for `heddle run`: one JavaScript file for each TypeScript source, kept in a cache.
 *
 * The module graph stays as it is, because a thread imports again, one by one, the modules that its body uses.
 */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { cacheFolderFor, hashOf, writeWhole } from "./cache.ts";
import { CliError } from "./cli-error.ts";

export interface CompiledProgram {
  /** What to import in order to run the program. */
  readonly url: string;
  /** The program's own file. */
  readonly path: string;
}

/** What one compilation depended on, so that the next run need not compile. */
interface CompileRecord {
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
  // Loaded only now: a program that has not changed pays neither for esbuild nor for acorn.
  const { compileGraph } = await import("./compile-graph.ts");
  const { inputs, outputs } = await compileGraph(path, folder, VERSION);
  const url = pathToFileURL(outputs.get(path) ?? path).href;
  writeRecord(recordPath, url, inputs, [...outputs.values()]);
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

function readRecord(path: string): CompileRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as CompileRecord;
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

function writeRecord(path: string, url: string, paths: readonly string[], outputs: readonly string[]): void {
  const inputs = paths.map((input) => {
    const stats = statSync(input);
    return [input, stats.mtimeMs, stats.size] as const;
  });
  const record: CompileRecord = { version: VERSION, url, inputs, outputs };
  writeWhole(path, JSON.stringify(record));
}

function versionOf(name: string): string {
  try {
    const own = new URL("../../../package.json", import.meta.url);
    const home = name === "heddle" ? own : new URL(import.meta.resolve(`${name}/package.json`));
    return (JSON.parse(readFileSync(home, "utf8")) as { version: string }).version;
  } catch {
    return "unknown";
  }
}

/** Compiles a module that a running program names only now; anything but TypeScript stays as it is. */
export async function compiledUrlOf(path: string): Promise<string> {
  return /\.(?:[cm]?ts|tsx|jsx)$/.test(path) ? (await compileProgram(path)).url : pathToFileURL(path).href;
}
