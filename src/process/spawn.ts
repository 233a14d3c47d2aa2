/** Starting Node for a child process, which then waits for its job. */
import type { ChildProcess } from "node:child_process";
import { framed } from "../loader.ts";
import { compiled } from "../thread/compiled.ts";
import { TEXT_KEY, workerText } from "../thread/workers.ts";
import { CHANNEL_FD, pathOf, type Stream } from "./platform.ts";

/** What a child of a bundled program begins with: it reads the rest from its channel, and runs it. */
const BOOT: string = `
  const { readSync } = require("node:fs");
  const { compileFunction, constants } = require("node:vm");
  const read = (count) => {
    const bytes = Buffer.allocUnsafeSlow(count);
    for (let at = 0; at < count; ) {
      const got = readSync(${CHANNEL_FD}, bytes, at, count - at, null);
      if (got === 0) process.exit(0);
      at += got;
    }
    return bytes;
  };
  const text = globalThis[Symbol.for("${TEXT_KEY}")] = read(read(4).readUInt32LE(0)).toString();
  compileFunction(text, ["require", "module", "exports"], {
    filename: "heddle",
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })(require, module, exports);
`;

/** Starts Node on the entry of a child. */
export function spawnEntry(): ChildProcess {
  const text = workerText();
  const entry = text === undefined ? [pathOf(new URL("../api/child.js", import.meta.url))] : ["-e", BOOT];
  const { spawn } = process.getBuiltinModule("node:child_process"); // not for threads that never need it
  const child = spawn(process.execPath, [...flagsForChild(process.execArgv), ...entry], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  // One that could not be started has no streams, whatever the types say.
  const stream = (child.stdio as ChildProcess["stdio"] | undefined)?.[CHANNEL_FD] as Stream | undefined;
  stream?.on("error", () => {}); // a child that ended before it had read it is buried like any other
  const first = text === undefined ? compiled?.made() : Buffer.from(text);
  if (first !== undefined) stream?.write(framed(first));
  return child;
}

/** Flags that say what to run, or how it is watched. */
const NOT_FOR_CHILDREN = /^(-e|-p|-pe|--(input-type|eval|print|test|watch|inspect).*)$/s;

/** The flags that a child is started with, of those of this process: a flag's value may stand behind it. */
export function flagsForChild(given: readonly string[]): string[] {
  const flags: string[] = [];
  let dropped = false;
  for (const word of given) {
    if (word.startsWith("-")) dropped = NOT_FOR_CHILDREN.test(word);
    if (!dropped) flags.push(word);
  }
  return flags;
}
