/** `heddle doctor`: what this machine and this runtime can do. Every line was tried or measured just now. */
import { Session } from "node:inspector";
import { availableParallelism, release, totalmem } from "node:os";
import { Worker } from "node:worker_threads";
import { cacheFolderFor } from "./cache.ts";
import { bytes, duration, say, styled } from "./tour/screen.ts";

/** What a check found: in words, and whether heddle can work with it. */
interface Finding {
  readonly seen: string;
  readonly good: boolean;
}

interface Check {
  readonly name: string;
  /** Whether heddle cannot work without it. */
  readonly needed: boolean;
  run(): Finding | Promise<Finding>;
}

const PATIENCE_MS = 10_000;

const CHECKS: readonly Check[] = [
  { name: "Node", needed: true, run: checkNode },
  { name: "platform", needed: false, run: checkPlatform },
  { name: "cores", needed: false, run: checkCores },
  { name: "shared heap", needed: true, run: checkHeap },
  { name: "workers and shared memory", needed: true, run: checkWorkers },
  { name: "blocking in the main thread", needed: true, run: checkBlocking },
  { name: "waiting in the event loop", needed: true, run: checkAsyncWaiting },
  { name: "looking into closures", needed: true, run: checkInspector },
  { name: "threads", needed: true, run: checkThreads },
  { name: "kernel thread numbers", needed: false, run: checkNativeIds },
  { name: "compiling TypeScript", needed: false, run: checkCompiler },
  { name: "Node's own type stripping", needed: false, run: checkStripping },
  { name: "cache for compiled programs", needed: false, run: checkCache },
];

/** Prints one line for each check; the answer is 1 when something that heddle needs is missing, else 0. */
export async function doctor(): Promise<number> {
  let missing = 0;
  for (const check of CHECKS) {
    let finding: Finding;
    try {
      finding = await check.run();
    } catch (error) {
      finding = { seen: error instanceof Error ? error.message : String(error), good: false };
    }
    if (!finding.good && check.needed) missing += 1;
    const mark = finding.good
      ? styled("green", "yes ")
      : check.needed
        ? styled("red", "NO  ")
        : styled("yellow", "no  ");
    say(`${mark} ${check.name.padEnd(30)} ${finding.seen}`);
  }
  say();
  say(
    missing === 0
      ? "heddle can work here."
      : `heddle cannot work here: ${missing} of what it needs is missing.`,
  );
  return missing === 0 ? 0 : 1;
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const good = major > 20 || (major === 20 && minor >= 19);
  return {
    seen: `${process.version}, V8 ${process.versions.v8}${good ? "" : "; 20.19 or newer is needed"}`,
    good,
  };
}

function checkPlatform(): Finding {
  return { seen: `${process.platform} ${release()}, ${process.arch}`, good: true };
}

function checkCores(): Finding {
  const cores = availableParallelism();
  return { seen: `${cores} for this process, ${bytes(totalmem())} of memory`, good: cores > 1 };
}

async function checkHeap(): Promise<Finding> {
  const before = process.memoryUsage.rss();
  const startedAt = performance.now();
  const { buffer } = await import("../core/memory.ts");
  const elapsedMs = performance.now() - startedAt;
  const resident = Math.max(0, process.memoryUsage.rss() - before);
  return {
    seen: `${bytes(buffer.byteLength)} reserved in ${duration(elapsedMs)}, ${bytes(resident)} resident`,
    good: true,
  };
}

/** Starts one worker that writes into shared memory, and waits until it has. */
async function startWorker(): Promise<{ elapsedMs: number; written: number }> {
  const { allocate, free } = await import("../core/heap.ts");
  const { i32 } = await import("../core/memory.ts");
  const word = allocate(8);
  const shared = i32.subarray(word >> 2, (word >> 2) + 1);
  const startedAt = performance.now();
  const code =
    "const { workerData, parentPort } = require('node:worker_threads'); workerData[0] = 42; parentPort.postMessage(0)";
  const worker = new Worker(code, { eval: true, workerData: shared });
  await new Promise<void>((resolve, reject) => {
    worker.once("message", () => resolve()).once("error", reject);
  });
  const elapsedMs = performance.now() - startedAt;
  await worker.terminate();
  const written = shared[0] ?? 0;
  free(word);
  return { elapsedMs, written };
}

async function checkWorkers(): Promise<Finding> {
  const runs = [await startWorker(), await startWorker(), await startWorker()];
  const times = runs.map((run) => run.elapsedMs).sort((a, b) => a - b);
  const good = runs.every((run) => run.written === 42);
  return {
    seen: `a bare worker starts in ${duration(times[1] ?? 0)}; what it wrote was ${good ? "seen" : "not seen"}`,
    good,
  };
}

async function checkBlocking(): Promise<Finding> {
  const { allocate, free } = await import("../core/heap.ts");
  const { store, wait } = await import("../core/word.ts");
  const word = allocate(8);
  store(word, 0);
  const startedAt = performance.now();
  const outcome = wait(word, 0, 5);
  const elapsedMs = performance.now() - startedAt;
  free(word);
  return { seen: `asked for 5 ms, slept ${duration(elapsedMs)}`, good: outcome === "timed-out" };
}

async function checkAsyncWaiting(): Promise<Finding> {
  const { allocate, free } = await import("../core/heap.ts");
  const { notify, store, waitAsync } = await import("../core/word.ts");
  const word = allocate(8);
  store(word, 0);
  const pending = waitAsync(word, 0);
  const startedAt = performance.now();
  const woken = notify(word, 1);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("a wake-up did not arrive")), PATIENCE_MS);
  });
  await Promise.race([pending, late]);
  clearTimeout(timer);
  free(word);
  return { seen: `a wake-up arrived after ${duration(performance.now() - startedAt)}`, good: woken === 1 };
}

function checkInspector(): Finding {
  const secret = process.pid;
  const closure = (): number => secret;
  const holder = globalThis as { heddleDoctor?: () => number };
  const session = new Session();
  session.connect();
  const startedAt = performance.now();
  let scopes: string | undefined;
  try {
    holder.heddleDoctor = closure;
    session.post("Debugger.enable");
    session.post("Runtime.evaluate", { expression: "heddleDoctor" }, (_, evaluated) => {
      const objectId = evaluated?.result.objectId;
      if (objectId === undefined) return;
      session.post("Runtime.getProperties", { objectId, ownProperties: true }, (_, found) => {
        scopes = found?.internalProperties?.find(({ name }) => name === "[[Scopes]]")?.value?.description;
      });
    });
  } finally {
    delete holder.heddleDoctor;
    session.disconnect();
  }
  const elapsedMs = performance.now() - startedAt;
  if (scopes === undefined) return { seen: "the inspector did not answer at once", good: false };
  return {
    seen: `the inspector named ${scopes} at once, the first time in ${duration(elapsedMs)}`,
    good: true,
  };
}

async function checkThreads(): Promise<Finding> {
  const { Thread } = await import("heddle");
  const run = (): number => {
    const startedAt = performance.now();
    new Thread({ target: () => {} }).start().join();
    return performance.now() - startedAt;
  };
  const first = run();
  const times = Array.from({ length: 200 }, run).sort((a, b) => a - b);
  return {
    seen: `the first ran in ${duration(first)}, then each in ${duration(times[100] ?? 0)}`,
    good: true,
  };
}

async function checkNativeIds(): Promise<Finding> {
  const { getNativeId } = await import("heddle");
  return { seen: `this thread is number ${getNativeId()} to the kernel`, good: true };
}

async function checkCompiler(): Promise<Finding> {
  const { transform, version } = await import("esbuild");
  const startedAt = performance.now();
  await transform("enum E { A } export const a: E = E.A;", { loader: "ts" });
  return { seen: `esbuild ${version} compiled in ${duration(performance.now() - startedAt)}`, good: true };
}

function checkStripping(): Finding {
  const { typescript } = process.features as { typescript?: string | false };
  if (typescript === undefined || typescript === false)
    return { seen: "not in this Node; heddle run compiles instead", good: false };
  return { seen: `on, mode ${typescript}`, good: true };
}

function checkCache(): Finding {
  return { seen: cacheFolderFor(`${process.cwd()}/program.ts`), good: true };
}
