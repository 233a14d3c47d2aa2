import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { Worker } from "node:worker_threads";
import { type Compiled, loadLibrary } from "./loader.ts";

const LIBRARY = `(function (__heddle, exports, require, module) { "use strict";
exports.answer = () => 42;
exports.host = __heddle;
exports.sep = require("node:path").sep;
})`;

/** Calls `use` with the URL of a file with the library in it. */
async function withLibrary(use: (url: string) => unknown): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "heddle-loader-"));
  try {
    const file = join(folder, "library.cjs");
    writeFileSync(file, LIBRARY);
    await use(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Loaded {
  readonly answer: () => number;
  readonly sep: string;
  readonly host: { url: string; import: (url: string) => Promise<object>; compiled: Compiled };
}
const load = (url: string): Loaded => loadLibrary(url, (other) => import(other)) as Loaded;
const lengthIn = ({ room }: Compiled): number => new Int32Array(room, 0, 1)[0] ?? 0;

/** What a worker that is given this room answers. */
function answerOfWorker(url: string, room: SharedArrayBuffer): Promise<unknown> {
  const text = `
    import { parentPort } from "node:worker_threads";
    import { loadLibrary } from ${JSON.stringify(new URL("./loader.js", import.meta.url).href)};
    const { answer, host } = loadLibrary(${JSON.stringify(url)});
    const before = new Int32Array(host.compiled.room, 0, 1)[0];
    host.compiled.share();
    const after = new Int32Array(host.compiled.room, 0, 1)[0];
    parentPort.postMessage({ answer: answer(), untouched: before === after });`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`), {
    workerData: { heddle: { code: room } },
  });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

test("loadLibrary() runs the script with what a module has, and returns its exports", () =>
  withLibrary(async (url) => {
    const { answer, host, sep } = load(url);
    assert.equal(answer(), 42);
    assert.equal(host.url, url);
    assert.equal(sep, process.platform === "win32" ? "\\" : "/");
    assert.equal(await host.import("node:fs"), await import("node:fs"));
  }));

test("share() puts what V8 made of the script into the room once, and V8 accepts it", () =>
  withLibrary((url) => {
    const { compiled } = load(url).host;
    assert.equal(lengthIn(compiled), 0);
    compiled.share();
    const length = lengthIn(compiled);
    assert.ok(length > 0);
    const cachedData = Buffer.from(new Uint8Array(compiled.room, 4, length));
    assert.equal(new Script(LIBRARY, { filename: url, cachedData }).cachedDataRejected, false);
    const bytes = Buffer.from(new Uint8Array(compiled.room));
    compiled.share();
    assert.deepEqual(Buffer.from(new Uint8Array(compiled.room)), bytes);
  }));

test("a worker runs the library with the room full, empty, or full of what V8 refuses, and leaves it as it was", () =>
  withLibrary(async (url) => {
    const { compiled } = load(url).host;
    const expected = { answer: 42, untouched: true };
    assert.deepEqual(await answerOfWorker(url, compiled.room), expected);
    compiled.share();
    assert.deepEqual(await answerOfWorker(url, compiled.room), expected);
    new Uint8Array(compiled.room, 4).fill(7);
    assert.deepEqual(await answerOfWorker(url, compiled.room), expected);
  }));
