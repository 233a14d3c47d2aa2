// Child programs under a deadline: whatever blocks, exits or is killed runs there, never in the test itself.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const ROOT: string = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
/** The compiled command line, for `runProgram([CLI, "run", file])`. */
export const CLI: string = join(ROOT, "dist/src/cli/main.js");

/** How a child program is run; times in milliseconds. */
export interface ProgramOptions {
  /** After this long the program and all its children get SIGKILL (20,000 when absent). */
  readonly deadlineMs?: number;
  readonly cwd?: string;
  /** Added to the environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Written to its stdin, which is then closed. */
  readonly input?: string;
  /** The binary, this very node when absent. */
  readonly command?: string;
  /** Called on each piece of stdout with all of it so far, for instance to send a signal when it is ready. */
  readonly onOutput?: (stdoutSoFar: string, child: ChildProcess) => void;
}

/** What a child program did. */
export interface ProgramResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether the deadline ended it. */
  readonly timedOut: boolean;
  readonly elapsedMs: number;
}

function killTree(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && process.platform !== "win32") process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch {
    // The group has gone already.
  }
}

/**
 * Runs `node ...args` as a process group of its own and resolves when it has ended and its output is closed.
 * It never rejects because of what the program does; only when it cannot be started at all.
 */
export function runProgram(args: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  const { deadlineMs = 20_000, command = process.execPath } = options;
  const env = {
    ...process.env,
    NODE_TEST_CONTEXT: undefined,
    NO_COLOR: "1",
    FORCE_COLOR: undefined,
    ...options.env,
  };
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd ?? ROOT, env, detached: true, stdio: "pipe" });
    let stdout = "";
    let stderr = "";
    let timedOut = false;
    const endWithUs = (): void => killTree(child);
    process.once("exit", endWithUs);
    // oxlint-disable-next-line no-restricted-globals -- the deadline itself
    const timer = setTimeout(() => {
      timedOut = true;
      killTree(child);
    }, deadlineMs);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      options.onOutput?.(stdout, child);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.stdin.on("error", () => {}); // a program that ends without reading its input
    child.stdin.end(options.input ?? "");
    child.on("error", reject);
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      process.off("exit", endWithUs);
      resolve({ status, signal, stdout, stderr, timedOut, elapsedMs: performance.now() - startedAt });
    });
  });
}

/** A folder of program files that is removed by `remove()`. */
export interface ProgramFolder {
  readonly path: string;
  /** The absolute path of one of its files. */
  file(name: string): string;
  remove(): void;
}

/**
 * Writes programs into a fresh folder inside the package, so that they may import `heddle` by its own name.
 *
 * @param files file name → text, for instance `{ "main.mjs": "import { spawn } from 'heddle'; …" }`
 */
export function programFolder(files: Readonly<Record<string, string>>): ProgramFolder {
  const parent = join(ROOT, "dist/tmp");
  mkdirSync(parent, { recursive: true });
  const path = mkdtempSync(join(parent, "program-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return {
    path,
    file: (name) => join(path, name),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Writes one program, runs it, removes it. `name` decides its kind: main.mjs, main.cjs, main.ts. */
export async function runSource(
  source: string,
  options: ProgramOptions & { readonly name?: string; readonly nodeArgs?: readonly string[] } = {},
): Promise<ProgramResult> {
  const name = options.name ?? "main.mjs";
  const folder = programFolder({ [name]: source });
  try {
    return await runProgram([...(options.nodeArgs ?? []), folder.file(name)], options);
  } finally {
    folder.remove();
  }
}
