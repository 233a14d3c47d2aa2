/**
 * The module graph of a program, as far as it has to be compiled.
 *
 * esbuild follows the imports and resolves them as Node and TypeScript would (`./x.js` that means `x.ts`,
 * extensionless, `exports`, `imports`, tsconfig paths); its output is thrown away, only the answers stay.
 */
import { readFileSync, realpathSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, extname, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { BuildResult, Message, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import { CliError } from "./cli-error.ts";

/** Where an import leads: a file, or a specifier that stays as it is written. */
export type Target = { readonly file: string } | { readonly specifier: string };

export interface SourceFile {
  readonly path: string;
  readonly format: "esm" | "cjs";
  /** Answers for each specifier that the file writes; a `require` may lead elsewhere than an `import`. */
  readonly imports: Map<string, Target>;
  /** Whether Node cannot run the file as it stands. */
  compiled: boolean;
}

export interface Graph {
  readonly files: ReadonlyMap<string, SourceFile>;
  /** Every file whose change could change the graph: sources, and the nearest package and compiler settings. */
  readonly inputs: readonly string[];
}

const TYPESCRIPT: RegExp = /\.(?:[cm]?ts|tsx|jsx)$/;
const JAVASCRIPT: RegExp = /\.[cm]?js$/;
const RESOLVING: unique symbol = Symbol("resolving");

export function isTypeScript(path: string): boolean {
  return TYPESCRIPT.test(path);
}

/** The key under which `SourceFile.imports` keeps the answer for a specifier. */
export function importKey(specifier: string, required: boolean): string {
  return required ? `require ${specifier}` : specifier;
}

/** Reads the graph that starts at a program. Throws `CliError` with the compiler's messages. */
export async function readGraph(entry: string): Promise<Graph> {
  const { build, formatMessages } = await import("esbuild");
  const imports = new Map<string, Map<string, Target>>();
  let result: BuildResult<{ metafile: true }>;
  try {
    result = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      metafile: true,
      platform: "node",
      format: "esm",
      logLevel: "silent",
      absWorkingDir: dirname(entry),
      plugins: [recorder(imports)],
    });
  } catch (error) {
    const messages = (error as { errors?: Message[] }).errors;
    if (messages === undefined) throw error;
    const lines = await formatMessages(messages, { kind: "error", color: process.stderr.isTTY });
    throw new CliError(lines.map((line) => line.trimEnd()).join("\n\n"), 1, { cause: error });
  }
  const files = new Map<string, SourceFile>();
  for (const [name, input] of Object.entries(result.metafile.inputs)) {
    const path = realpathSync(join(dirname(entry), name));
    const format = formatOf(path, input.format);
    files.set(path, {
      path,
      format,
      imports: imports.get(path) ?? new Map<string, Target>(),
      compiled: isTypeScript(path),
    });
  }
  spreadCompiled(files);
  return { files, inputs: inputsOf(files) };
}

/** JavaScript that imports something compiled has to be compiled too, to find it under its new name. */
function spreadCompiled(files: Map<string, SourceFile>): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (const file of files.values()) {
      if (file.compiled) continue;
      for (const [key, target] of file.imports) {
        const renamed =
          "file" in target
            ? files.get(target.file)?.compiled
            : isForeignHeddle(file.path, key, target.specifier);
        if (renamed !== true) continue;
        file.compiled = true;
        changed = true;
      }
    }
  }
}

/** Whether a program's `heddle` is not the one that runs it: two copies would not share a thread table. */
function isForeignHeddle(importer: string, key: string, specifier: string): boolean {
  if (!/^heddle(?:\/|$)/.test(key.replace(/^require /, "")) || !specifier.startsWith("file:")) return false;
  const own = realpathSync(fileURLToPath(specifier));
  for (let folder = dirname(importer); ; folder = dirname(folder)) {
    for (const home of [join(folder, "node_modules", "heddle"), folder]) {
      try {
        const manifest = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { name?: string };
        if (manifest.name === "heddle") return !own.startsWith(realpathSync(home) + sep);
      } catch {
        // No package here.
      }
    }
    if (folder === dirname(folder)) return true;
  }
}

function recorder(imports: Map<string, Map<string, Target>>): Plugin {
  return {
    name: "heddle",
    setup(build) {
      build.onResolve({ filter: /.*/ }, async (args) => {
        if (args.kind === "entry-point" || args.pluginData === RESOLVING) return undefined;
        const { target, answer } = await resolveImport(build, args);
        if (target !== undefined) {
          const importer = realpathSync(args.importer);
          let known = imports.get(importer);
          if (known === undefined) imports.set(importer, (known = new Map<string, Target>()));
          known.set(importKey(args.path, args.kind.startsWith("require")), target);
        }
        return answer;
      });
    },
  };
}

interface Resolution {
  readonly target?: Target;
  readonly answer: OnResolveResult;
}

async function resolveImport(build: PluginBuild, args: OnResolveArgs): Promise<Resolution> {
  const asWritten: Resolution = {
    target: { specifier: args.path },
    answer: { path: args.path, external: true },
  };
  if (isBuiltin(args.path) || /^(?:data|https?):/.test(args.path)) return asWritten;
  if (/^heddle(?:\/|$)/.test(args.path)) {
    const own = ownModule(args.path);
    if (own !== undefined) return { target: { specifier: own }, answer: { path: args.path, external: true } };
  }
  const path = args.path.startsWith("file:") ? fileURLToPath(args.path) : args.path;
  const found = await build.resolve(path, {
    kind: args.kind,
    importer: args.importer,
    resolveDir: args.resolveDir,
    pluginData: RESOLVING,
  });
  if (found.errors.length > 0) {
    // A program may guard these and go on without the module: its own failure at run time is the right one.
    const guarded = args.kind === "dynamic-import" || args.kind.startsWith("require");
    return guarded
      ? asWritten
      : { answer: { errors: found.errors.map(({ text, notes }) => ({ text, notes })) } };
  }
  if (found.external || found.namespace !== "file") return asWritten;
  const file = realpathSync(found.path);
  const followed =
    isTypeScript(file) || (JAVASCRIPT.test(file) && !file.includes(`${sep}node_modules${sep}`));
  return {
    target: { file },
    answer: followed ? { path: file } : { path: pathToFileURL(file).href, external: true },
  };
}

/** heddle's own module for a specifier: a program shares the copy that runs it. */
function ownModule(specifier: string): string | undefined {
  try {
    return import.meta.resolve(specifier);
  } catch {
    return undefined;
  }
}

function formatOf(path: string, seen: "esm" | "cjs" | undefined): "esm" | "cjs" {
  const extension = extname(path);
  if (extension.startsWith(".m")) return "esm";
  if (extension.startsWith(".c")) return "cjs";
  return seen === "cjs" && !isModulePackage(path) ? "cjs" : "esm";
}

/** Whether the package around a file says `"type": "module"`. */
export function isModulePackage(path: string): boolean {
  const manifest = nearest(path, "package.json");
  if (manifest === undefined) return false;
  try {
    return (JSON.parse(readFileSync(manifest, "utf8")) as { type?: string }).type === "module";
  } catch {
    return false;
  }
}

function nearest(path: string, name: string): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const candidate = join(folder, name);
    try {
      readFileSync(candidate);
      return candidate;
    } catch {
      if (folder === dirname(folder)) return undefined;
    }
  }
}

function inputsOf(files: ReadonlyMap<string, SourceFile>): string[] {
  const inputs = new Set<string>();
  const folders = new Map<string, string>();
  for (const file of files.values()) {
    inputs.add(file.path);
    folders.set(dirname(file.path), file.path);
    for (const target of file.imports.values()) if ("file" in target) inputs.add(target.file);
  }
  for (const path of folders.values()) {
    for (const name of ["package.json", "tsconfig.json"]) {
      const found = nearest(path, name);
      if (found !== undefined) inputs.add(found);
    }
  }
  return [...inputs];
}
