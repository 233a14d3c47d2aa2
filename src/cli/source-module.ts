/**
 * What compiled modules need at run time in order to believe that they are still their sources.
 * Nothing here is loaded unless a program uses it.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compiledUrlOf } from "./compile.ts";

/** A source's `require`. */
export function requireOf(url: string): NodeJS.Require {
  return createRequire(url);
}

/** A source's `import.meta`: what Node says about the compiled module, with the source's own place. */
export function metaOf(meta: ImportMeta, url: string): ImportMeta {
  const path = fileURLToPath(url);
  const resolve = (specifier: string): string => resolveFrom(url, specifier);
  return Object.assign(Object.create(null) as ImportMeta, meta, {
    url,
    filename: path,
    dirname: dirname(path),
    resolve,
  });
}

/** A source's `import()` of a specifier that the compiler could not read. */
export function importerOf(
  url: string,
): (specifier: unknown, options?: ImportCallOptions) => Promise<unknown> {
  return async (specifier, options) => {
    const found = resolveFrom(url, String(specifier));
    const target = found.startsWith("file:") ? await compiledUrlOf(fileURLToPath(found)) : found;
    return options === undefined ? import(target) : import(target, options);
  };
}

function resolveFrom(url: string, specifier: string): string {
  if (/^(?:node|data|https?):/.test(specifier)) return specifier;
  if (/^heddle(?:\/|$)/.test(specifier)) return import.meta.resolve(specifier);
  if (!/^(?:\.{0,2}\/|file:)/.test(specifier)) {
    const found = createRequire(url).resolve(specifier);
    return found === specifier ? `node:${specifier}` : pathToFileURL(found).href;
  }
  const target = new URL(specifier, url);
  if (existsSync(target)) return target.href;
  // `./x.js` may mean x.ts, as everywhere in TypeScript.
  const source = new URL(target.href.replace(/\.([cm]?)js$/, ".$1ts"));
  return existsSync(source) ? source.href : target.href;
}
