#!/usr/bin/env node
/** The command line: `heddle run`, `heddle tour`, `heddle doctor`. */
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { CliError } from "./cli-error.ts";

const version: string = (
  JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as { version: string }
).version;

function milliseconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError("It must be a number of milliseconds above 0.");
  return value;
}

function commandLine(): Command {
  const program = new Command("heddle")
    .description("Threads for TypeScript, as Python has them")
    .version(version)
    .enablePositionalOptions()
    .showHelpAfterError()
    .exitOverride();
  program
    .command("run")
    .description("run a TypeScript or JavaScript program; what follows its name is the program's own")
    .argument("<program>")
    .argument("[args...]")
    .option("--dump-on-hang <ms>", "print every thread when nothing has moved for this long", milliseconds)
    .passThroughOptions()
    .action(async (path: string, args: string[], options: { dumpOnHang?: number }) => {
      const { run } = await import("./run.ts");
      process.exit(await run(path, args, options.dumpOnHang)); // idle carriers would keep it alive
    });
  program
    .command("tour")
    .description("see threads, locks and a real job at work, chapter by chapter")
    .argument("[chapter]", "a chapter's number or name; a folder runs the whole tour on it")
    .argument("[path]", "the folder whose files the real job reads")
    .action(async (chapter?: string, path?: string) => {
      const { tour } = await import("./tour.ts");
      process.exitCode = await tour(chapter, path);
    });
  program
    .command("doctor")
    .description("what this machine and this runtime can do")
    .action(async () => {
      const { doctor } = await import("./doctor.ts");
      process.exitCode = await doctor();
    });
  return program;
}

// A reader such as `head` may have seen enough: that is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

try {
  await commandLine().parseAsync();
} catch (error) {
  if (error instanceof CliError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.status;
  } else if (
    error instanceof Error &&
    "exitCode" in error &&
    String((error as { code?: unknown }).code).startsWith("commander.")
  ) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else throw error;
}
