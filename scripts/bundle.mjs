// Bundles the compiled library, twice:
//   dist/lib     for Node: all of heddle in one file, and a small file for each subpath and each worker.
//                A thread starts three times faster than from a hundred modules.
//   dist/inline  for bundlers (the "module" condition): the same, with the source of its workers as a text
//                inside, because beside a bundled program there is no file to start a worker from.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const SUBPATHS = ["index", "threading", "queue", "futures", "shared"];
/** Its names are those of other things than the same names of `heddle`: it is an object in the bundle. */
const SEPARATE = "multiprocessing";
/** What the workers and the command line need beside the public names. */
const INTERNAL = `
import "./thread/inherit.js";
import "./api/register.js";
export { inheritance, programUrl } from "./thread/inherit.js";
export { carry } from "./thread/carry.js";
export { runMain } from "./thread/program.js";
export { runProgram } from "./thread/run.js";
export { superviseFirst } from "./thread/supervisor.js";
export { runChild } from "./process/child.js";
export * as multiprocessing from "./api/multiprocessing.js";
`;
/** The one worker source of a bundled program: its role is in its workerData; the main thread of a child has none. */
const INLINE_WORKER = `
import { inheritance } from "./thread/inherit.js";
import "./api/register.js";
import "./api/register-processes.js";
import { carry } from "./thread/carry.js";
import { superviseFirst } from "./thread/supervisor.js";
import { runChild } from "./process/child.js";
if (inheritance === undefined) void runChild();
else void (inheritance.role === "supervisor" ? superviseFirst(inheritance) : carry(inheritance));
`;
const WORKERS = {
  "api/carrier": 'import { carry, inheritance } from "../thread/heddle.js";\nawait carry(inheritance);\n',
  "api/program":
    'import { inheritance, programUrl, runMain } from "../thread/heddle.js";\nawait runMain(inheritance, programUrl ?? "");\n',
  "api/supervisor":
    'import { inheritance, superviseFirst } from "../thread/heddle.js";\nsuperviseFirst(inheritance);\n',
  "api/child": 'import { runChild } from "../thread/heddle.js";\nawait runChild();\n',
  "thread/run":
    'globalThis[Symbol.for("heddle.role")] = "supervisor";\nexport const { runProgram } = await import("./heddle.js");\n',
};

const common = {
  bundle: true,
  platform: "node",
  target: "node20",
  logLevel: "warning",
  // Modules that only register something are part of the library, whoever imports their names.
  ignoreAnnotations: true,
};

/** Bundles what the compiler left in `dist/src`. */
export async function bundle(root) {
  const from = join(root, "dist/src");
  const names = {};
  for (const subpath of SUBPATHS) {
    names[subpath] = Object.keys(await import(pathToFileURL(join(from, `api/${subpath}.js`)).href));
  }
  names[SEPARATE] = Object.keys(await import(pathToFileURL(join(from, `api/${SEPARATE}.js`)).href));
  await forNode(from, join(root, "dist/lib"), names);
  await forBundlers(from, join(root, "dist/inline"), names);
}

async function forNode(from, to, names) {
  rmSync(to, { recursive: true, force: true });
  await build({
    ...common,
    stdin: {
      contents: `${INTERNAL}export * from "./api/all.js";\n`,
      resolveDir: from,
      sourcefile: "heddle.js",
    },
    outfile: join(to, "thread/heddle.js"),
    format: "esm",
    external: ["acorn"],
    sourcemap: true,
    sourcesContent: false,
  });
  for (const folder of ["api", "thread"]) mkdirSync(join(to, folder), { recursive: true });
  for (const [file, text] of Object.entries(WORKERS)) writeFileSync(join(to, `${file}.js`), text);
  for (const [subpath, list] of Object.entries(names)) {
    const text =
      subpath === SEPARATE
        ? `import { multiprocessing } from "../thread/heddle.js";\nexport const { ${list.join(", ")} } = multiprocessing;\n`
        : `export { ${list.join(", ")} } from "../thread/heddle.js";\n`;
    writeFileSync(join(to, `api/${subpath}.js`), text);
  }
}

/** In one file there is nobody to load the parser from: it is imported like the rest. */
const parserInside = {
  name: "parser-inside",
  setup(build) {
    build.onLoad({ filter: /closure[\\/]parser\.js$/ }, () => ({
      contents: 'export { parse } from "acorn";',
    }));
  },
};

async function forBundlers(from, to, names) {
  rmSync(to, { recursive: true, force: true });
  const worker = await build({
    ...common,
    stdin: { contents: INLINE_WORKER, resolveDir: from, sourcefile: "worker.js" },
    format: "cjs",
    minify: true,
    keepNames: true,
    write: false,
    plugins: [parserInside],
    logOverride: { "empty-import-meta": "silent" },
  });
  const text = JSON.stringify(worker.outputFiles[0].text);
  const workerInside = {
    name: "worker-inside",
    setup(build) {
      build.onLoad({ filter: /thread[\\/]inline-worker\.js$/ }, () => ({
        contents: `export const inlineWorker = ${text};`,
      }));
    },
  };
  await build({
    ...common,
    entryPoints: [join(from, "api/index.js"), join(from, `api/${SEPARATE}.js`)],
    outdir: to,
    format: "esm",
    splitting: true, // one heddle, and no processes in a program that starts none
    plugins: [parserInside, workerInside],
  });
  // The subpaths lead to the same file, or two of them in one bundle would be two heddles.
  for (const subpath of SUBPATHS.slice(1)) {
    writeFileSync(join(to, `${subpath}.js`), `export { ${names[subpath].join(", ")} } from "./index.js";\n`);
  }
}
