/** The life of a child process: it is told what to run, runs it, and ends. */
import { HEADER } from "../core/layout.ts";
import { writeText } from "../core/text.ts";
import { type Addr, load, store } from "../core/word.ts";
import { allEnded, endMain } from "../thread/ending.ts";
import { ensureSupervisor, setPrelude } from "../thread/launch.ts";
import { importUrl } from "../value/import-url.ts";
import { prepare, take } from "../value/message.ts";
import { receive } from "../value/portable.ts";
import { call } from "./calls.ts";
import { decodeFrame, type FrameOf, MAX_FRAME } from "./frame.ts";
import { identity } from "./identity.ts";
import { CHANNEL_FD, errorText, readExactly } from "./platform.ts";
import { Process } from "./process.ts";

/** What a child is to run. */
export interface Work {
  readonly target: ((...args: unknown[]) => unknown) | undefined;
  readonly args: readonly unknown[];
  /** A subclass of Process that may override run(), and the own fields of its instance. */
  readonly subclass?: new () => object;
  readonly fields?: object;
}

const REFUSED_STATUS = 1;

/** Runs what the parent says, then ends the process. */
export async function runChild(): Promise<void> {
  const job = readJob();
  if (job === undefined) process.exit(0); // the parent has gone before it said anything
  store(HEADER.PROCESS as Addr, writeText(job.text));
  const told = identity();
  process.argv = [...(told?.argv ?? process.argv)];
  setPrelude(told?.prelude);
  ensureSupervisor();
  installExit();
  try {
    if (told?.prelude !== undefined) await importUrl(told.prelude);
    const message = receive(job.payload);
    await prepare(message);
    const work = take(message) as Work;
    const { target } = work;
    await (work.subclass === undefined ? target?.(...work.args) : Process.rerun(work));
  } catch (error) {
    report(error);
    process.exitCode = REFUSED_STATUS;
  }
  endMain();
  await allEnded();
  process.exit();
}

/** The first frame, read as it comes: nobody else reads the channel yet. */
function readJob(): FrameOf<"JOB"> | undefined {
  const length = readExactly(CHANNEL_FD, 4)?.readUInt32LE(0);
  if (length === undefined || length > MAX_FRAME) return undefined;
  const bytes = readExactly(CHANNEL_FD, length);
  const frame = bytes && decodeFrame(bytes);
  return frame?.kind === "JOB" ? frame : undefined;
}

function report(error: unknown): void {
  process.stderr.write(`Process ${identity()?.name ?? ""}:\n${errorText(error)}\n`);
}

/** `process.exit()` as `sys.exit()`: true, a text or anything else that is no number is a failure, and said so. */
function installExit(): void {
  const exit = process.exit.bind(process);
  process.exit = (code?: unknown): never => {
    if (code === undefined || code === null) return exit();
    if (typeof code === "number") return exit(code);
    if (typeof code === "boolean") return exit(code ? 1 : 0);
    process.stderr.write(`${String(code)}\n`);
    return exit(1);
  };
  process.on("uncaughtException", (error) => {
    if (process.listenerCount("uncaughtException") > 1) return; // the program has one of its own
    report(error);
    exit(REFUSED_STATUS);
  });
  // What this process has told others is on its way before it ends. Who told nobody anything need not wait for a
  // supervisor that may still be starting.
  process.on("exit", () => {
    if (load(HEADER.NEXT_CALL as Addr) > 0) call({ object: "~", method: "flush" }, true);
  });
}
