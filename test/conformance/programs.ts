// Running the programs of this folder, under node itself and under `heddle run`.
import { join } from "node:path";
import { CLI, type ProgramOptions, type ProgramResult, ROOT, runProgram } from "../support/child.ts";

/** How a program is started. */
export const WAYS = ["node", "heddle run"] as const;
export type Way = (typeof WAYS)[number];

/** Runs programs/NAME. */
export function run(
  name: string,
  way: Way = "node",
  options: ProgramOptions & { readonly nodeArgs?: readonly string[]; readonly args?: readonly string[] } = {},
): Promise<ProgramResult> {
  const file = join(ROOT, "test/conformance/programs", name);
  const start = way === "node" ? [file] : [CLI, "run", file];
  return runProgram([...(options.nodeArgs ?? []), ...start, ...(options.args ?? [])], options);
}

/** What most programs are to do: end by themselves with status 0, with nothing on stderr. */
export function quiet({ status, signal, stderr, timedOut }: ProgramResult): object {
  return { status, signal, stderr, timedOut };
}

/** The value of {@link quiet} for a program that ended well. */
export const WELL: object = { status: 0, signal: null, stderr: "", timedOut: false };
