// Bundles the compiled library, twice:
//   dist/lib     for Node: a few files that share chunks. A thread starts three times faster than from a hundred modules.
//   dist/inline  for bundlers (the "module" condition): one file that carries its workers' sources as texts,
//                because beside a bundled program there is no file to start a worker from.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const EXPORTS = ["index", "threading", "shared"];
const LIBRARY = [
  ...EXPORTS.map((name) => `api/${name}`),
  "api/carrier",
  "api/program",
  "thread/run",
  "thread/supervisor-entry",
];
/** Workers of a bundled program, by the name that thread/workers.ts asks for. */
const INLINE_WORKERS = {
  carrier: ["carry", "thread/carry"],
  supervisor: ["superviseFirst", "thread/supervisor"],
};

const common = {
  bundle: true,
  platform: "node",
  target: "node20",
  logLevel: "warning",
  // The package's own sideEffects field speaks to other people's bundlers.
  ignoreAnnotations: true,
};

/** Compiled output is in `dist/src` of `root`. */
export async function bundle(root) {
  const from = join(root, "dist/src");
  const lib = join(root, "dist/lib");
  rmSync(lib, { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: LIBRARY.map((name) => join(from, `${name}.js`)),
    outdir: lib,
    outbase: from,
    chunkNames: "thread/chunk-[hash]",
    format: "esm",
    splitting: true,
    external: ["acorn"],
    sourcemap: true,
    sourcesContent: false,
  });
  await inline(from, join(root, "dist/inline"));
}

/** In one file there is nobody to load the parser from: it is imported like the rest. */
const parserInside = {
  name: "parser-inside",
  setup(build) {
    build.onLoad({ filter: /closure\/parser\.js$/ }, () => ({ contents: 'export { parse } from "acorn";' }));
  },
};

async function inline(from, to) {
  const workers = {};
  for (const [name, [start, module]] of Object.entries(INLINE_WORKERS)) {
    const lines = [
      `import { inheritance } from "./thread/inherit.js";`,
      `import "./api/index.js";`,
      `import { ${start} } from "./${module}.js";`,
      `void ${start}(inheritance);`,
    ];
    const result = await build({
      ...common,
      stdin: { contents: lines.join("\n"), resolveDir: from, sourcefile: `${name}.js` },
      format: "cjs",
      minify: true,
      keepNames: true,
      write: false,
      plugins: [parserInside],
      logOverride: { "empty-import-meta": "silent" },
    });
    workers[name] = result.outputFiles[0].text;
  }
  const texts = {
    name: "worker-texts",
    setup(build) {
      build.onLoad({ filter: /thread\/inline-workers\.js$/ }, () => ({
        contents: `export const inlineWorkers = ${JSON.stringify(workers)};`,
      }));
    },
  };
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  await build({
    ...common,
    entryPoints: [join(from, "api/index.js")],
    outdir: to,
    format: "esm",
    plugins: [parserInside, texts],
    sourcemap: true,
    sourcesContent: false,
  });
  // The subpaths are the same file, or two of them in one bundle would be two heddles.
  for (const name of EXPORTS.slice(1)) {
    const names = [...readFileSync(join(from, `api/${name}.js`), "utf8").matchAll(/export \{([^}]*)\}/g)]
      .flatMap(([, list]) => list.split(","))
      .map((item) => item.trim())
      .filter((item) => item !== "");
    const star = readFileSync(join(from, `api/${name}.js`), "utf8").includes("export *");
    const list = star ? "*" : `{ ${names.join(", ")} }`;
    writeFileSync(join(to, `${name}.js`), `export ${list} from "./index.js";\n`);
  }
}
