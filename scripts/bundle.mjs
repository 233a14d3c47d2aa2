// Bundles the compiled library, twice:
//   dist/lib     for Node: all of heddle in one script, and a small file for each subpath and each worker.
//                A thread starts three times faster than from a hundred modules, and none but the first compiles it.
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
const INTERNAL = {
  "thread/inherit": ["inheritance", "programUrl"],
  "thread/carry": ["carry"],
  "thread/program": ["runMain"],
  "thread/run": ["runProgram"],
  "thread/supervisor": ["superviseFirst"],
  "process/child": ["runChild"],
};
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
  "api/child":
    'globalThis[Symbol.for("heddle.child")] = true;\nconst { runChild } = await import("../thread/heddle.js");\nawait runChild();\n',
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

/** What only a module has, the script is given by the one who compiles it, as a parameter. */
const hostInside = {
  name: "host-inside",
  setup(build) {
    build.onLoad({ filter: /value[\\/]import-url\.js$/ }, () => ({
      contents: "export const importUrl = __heddle.import;",
    }));
    build.onLoad({ filter: /thread[\\/]compiled\.js$/ }, () => ({
      contents: "export const compiled = __heddle.compiled;",
    }));
  },
};

async function forNode(from, to, names) {
  rmSync(to, { recursive: true, force: true });
  const contents = [
    'import "./thread/inherit.js";', // before anything that looks for the memory
    'import "./api/register.js";',
    ...Object.entries(INTERNAL).map(([file, list]) => `export { ${list.join(", ")} } from "./${file}.js";`),
    'export * as multiprocessing from "./api/multiprocessing.js";',
    'export * from "./api/all.js";',
  ].join("\n");
  await build({
    ...common,
    stdin: { contents, resolveDir: from, sourcefile: "heddle.js" },
    format: "cjs",
    external: ["acorn"],
    plugins: [hostInside],
    outfile: join(to, "thread/heddle.cjs"),
    define: { "import.meta.url": "__heddle.url" },
    banner: { js: '(function (__heddle, exports, require, module) { "use strict";' },
    footer: { js: "})" },
    sourcemap: true,
    sourcesContent: false,
  });
  const all = new Set([...SUBPATHS.flatMap((subpath) => names[subpath]), ...Object.values(INTERNAL).flat()]);
  await build({
    ...common,
    stdin: {
      contents: `import { loadLibrary } from "./loader.js";
const library = loadLibrary(new URL("heddle.cjs", import.meta.url).href, (url) => import(url));
export const { multiprocessing, ${[...all].join(", ")} } = library;`,
      resolveDir: from,
    },
    format: "esm",
    outfile: join(to, "thread/heddle.js"),
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
