// The other languages: found on this machine or left out, never assumed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

export interface Peer {
  readonly name: string;
  readonly version: string;
  /** Runs one of the peer's tasks and answers what it printed. */
  run(task: string, repetitions: number): Record<string, number>;
}

/** CPython, where `python3` is on the path. */
export function findPython(): Peer | undefined {
  const program = join(ROOT, "bench/peers/peer.py");
  return peerOf("CPython", "python3", ["--version"], "python3", [program]);
}

/** CPython's multiprocessing: processes cannot be started from the program above, which is no module of its own. */
export function findPythonProcesses(): Peer | undefined {
  return peerOf("CPython", "python3", ["--version"], "python3", [join(ROOT, "bench/peers/processes.py")]);
}

/** Rust, where `rustc` is on the path: compiled with -O into a cache folder. */
export function findRust(): Peer | undefined {
  const source = join(ROOT, "bench/peers/peer.rs");
  const hash = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 12);
  const folder = join(ROOT, "node_modules/.cache/heddle-bench");
  const program = join(folder, `peer-${hash}${process.platform === "win32" ? ".exe" : ""}`);
  try {
    if (!existsSync(program)) {
      mkdirSync(folder, { recursive: true });
      execFileSync("rustc", ["-O", "--edition", "2021", "-o", program, source], { stdio: "pipe" });
    }
    return peerOf("Rust", "rustc", ["--version"], program, []);
  } catch {
    return undefined;
  }
}

function peerOf(
  name: string,
  versionCommand: string,
  versionArgs: string[],
  command: string,
  args: string[],
): Peer | undefined {
  try {
    const version = execFileSync(versionCommand, versionArgs, { encoding: "utf8", stdio: "pipe" }).trim();
    return {
      name,
      version,
      run: (task, repetitions) =>
        JSON.parse(
          execFileSync(command, [...args, task, String(repetitions)], { encoding: "utf8", timeout: 120_000 }),
        ) as Record<string, number>,
    };
  } catch {
    return undefined;
  }
}
