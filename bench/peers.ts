// The other languages: found on this machine or left out, never assumed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Contestant } from "./harness.ts";

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

export interface Peer {
  readonly name: string;
  readonly version: string;
  /** Runs one of the peer's tasks and answers what it printed. */
  run(task: string, repetitions: number): Record<string, number>;
}

/** Those that are on this machine. */
export interface Peers {
  readonly python?: Peer | undefined;
  readonly rust?: Peer | undefined;
  readonly multithreading?: Peer | undefined;
}

/** A peer as a contestant, or none when it is not on this machine; `key` is the figure that counts. */
export function asked(
  peer: Peer | undefined,
  task: string,
  repetitions: number,
  key = "ns",
  name: string | undefined = peer?.name,
): Contestant[] {
  if (peer === undefined || name === undefined) return [];
  return [{ name, run: () => peer.run(task, repetitions)[key] ?? Number.NaN }];
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

/**
 * The package `multithreading`, which needs Node 22 or later: this Node, or one that `npm run test:matrix` has
 * installed.
 */
export function findMultithreading(): Peer | undefined {
  const node = [process.execPath, ...matrixNodes()].find((path) => majorOf(path) >= 22);
  if (node === undefined) return undefined;
  const { version } = JSON.parse(
    readFileSync(join(ROOT, "node_modules/multithreading/package.json"), "utf8"),
  ) as { version: string };
  const program = join(ROOT, "bench/peers/multithreading.mjs");
  const peer = peerOf("multithreading", node, ["--version"], node, [program]);
  return peer && { ...peer, version: `${version} on Node ${peer.version}` };
}

function matrixNodes(): string[] {
  const folder = join(ROOT, "node_modules/.cache/nodes");
  const binary = `node_modules/node-${process.platform}-${process.arch}/bin/node`;
  const releases = existsSync(folder) ? readdirSync(folder).sort() : [];
  return releases.map((release) => join(folder, release, binary)).filter((path) => existsSync(path));
}

function majorOf(node: string): number {
  if (node === process.execPath) return Number.parseInt(process.versions.node, 10);
  return Number.parseInt(execFileSync(node, ["--version"], { encoding: "utf8" }).slice(1), 10);
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
          execFileSync(command, [...args, task, String(repetitions)], {
            encoding: "utf8",
            timeout: 120_000,
            stdio: ["ignore", "pipe", "pipe"],
          }),
        ) as Record<string, number>,
    };
  } catch {
    return undefined;
  }
}
