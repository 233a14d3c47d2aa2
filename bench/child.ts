// Rows whose subject is a whole process run as a child, which prints its figures as one line of JSON.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CLI: string = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));

/** Runs a program of bench/children in Node, or under `heddle run`. */
export function runChild(
  name: string,
  args: readonly string[] = [],
  underRun = false,
): Record<string, number> {
  const program = join(fileURLToPath(new URL("./children/", import.meta.url)), `${name}.js`);
  const command = underRun ? [CLI, "run", program, ...args] : [program, ...args];
  const output = execFileSync(process.execPath, command, { encoding: "utf8", timeout: 120_000 });
  return JSON.parse(output) as Record<string, number>;
}
