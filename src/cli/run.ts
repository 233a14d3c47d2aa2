/** `heddle run`: compiles a program where it must be, and gives it to the supervisor. */
import { compileProgram } from "./compile.ts";
import { installStackMapping } from "./sourcemap.ts";

/** Runs a program to its end; the answer is its exit status. Throws `CliError` when it cannot be started. */
export async function run(program: string, args: readonly string[], dumpOnHangMs?: number): Promise<number> {
  const { url, path } = await compileProgram(program);
  installStackMapping();
  const library = new URL("../../lib/thread/run.js", import.meta.url).href;
  const { runProgram } = (await import(library)) as typeof import("../thread/run.ts");
  const argv = [process.execPath, path, ...args];
  const prelude = new URL("./prelude.js", import.meta.url).href;
  return runProgram({ url, argv, prelude, ...(dumpOnHangMs === undefined ? {} : { dumpOnHangMs }) });
}
