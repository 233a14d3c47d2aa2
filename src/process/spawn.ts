/** Starting Node for a child process, which then waits for its job. */
import type { ChildProcess } from "node:child_process";
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
  const child = spawn(process.execPath, [...ownFlags(), ...entry], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  if (text !== undefined) sendText(child.stdio[CHANNEL_FD] as Stream | undefined, text);
  return child;
}

function sendText(stream: Stream | undefined, text: string): void {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  stream?.on("error", () => {}); // a child that ended before it had read it is buried like any other
  stream?.write(length);
  stream?.write(bytes);
}

/** The flags of this process that a child is started with: not those that say what to run. */
function ownFlags(): string[] {
  const flags: string[] = [];
  for (let i = 0; i < process.execArgv.length; i++) {
    const flag = process.execArgv[i] as string;
    if (/^(-e|--eval|-p|--print|-pe)$/.test(flag)) i++;
    else if (!/^--(input-type|eval|print|test|watch|inspect)/.test(flag)) flags.push(flag);
  }
  return flags;
}
