/** What a function has by its place in a file, made again for the same place. */
import { addressOf } from "../value/handle.ts";
import type { AnyFunction } from "../value/function-image.ts";
import { rememberRecipe } from "../value/known.ts";
import { importFrom, pathOf, urlOf } from "../value/platform.ts";
import { Recipe } from "../value/recipe.ts";
import { requireFrom } from "./platform.ts";

/** Stand for `import.meta` and `import` in rebuilt text: identifiers of the same length, so that columns stay. */
export const META = "import$meta";
export const IMPORT = "imp0rt";

const made = new Map<string, object>();

/** What the recipe makes: the same object each time in one isolate. */
export function make(recipe: Recipe): object {
  const key = `${recipe.kind} ${recipe.of}`;
  let result = made.get(key);
  if (result === undefined) {
    result = makers[recipe.kind](recipe.of);
    made.set(key, result);
    rememberRecipe(result, recipe);
  }
  return result;
}

const makers: Readonly<Record<Recipe["kind"], (of: string) => object>> = {
  require: (file) => requireFrom(pathOf(file)),
  meta: makeMeta,
  import: (url) => (specifier: string) => importFrom(String(specifier), urlOf(url)),
};

/** What is sent for a CommonJS `module`: its exports as they are now, not the other modules that it knows. */
export function moduleView(module: object, file: string): object {
  const { exports } = module as { exports: unknown };
  const filename = pathOf(file);
  const require = new Recipe("require", file);
  return {
    id: filename,
    filename,
    path: folderOf(filename),
    exports,
    loaded: true,
    children: [],
    paths: [],
    require,
  };
}

function folderOf(filename: string): string {
  return filename.replace(/[\\/][^\\/]*$/, "");
}

function makeMeta(url: string): object {
  const meta = Object.create(null) as Record<string, unknown>;
  if (url.startsWith("file:")) {
    const filename = pathOf(url);
    meta["dirname"] = folderOf(filename);
    meta["filename"] = filename;
  }
  meta["url"] = url;
  meta["resolve"] = (specifier: string): string => {
    if (/^(\.{0,2}\/|[a-z]+:)/i.test(specifier)) return new URL(specifier, url).href;
    const found = requireFrom(pathOf(url)).resolve(specifier);
    return found === specifier ? `node:${specifier.replace(/^node:/, "")}` : urlOf(found);
  };
  return meta;
}

/** Is this a `require` function, as Node makes them? */
export function isRequire(value: unknown): value is AnyFunction {
  return (
    typeof value === "function" &&
    value.name === "require" &&
    Object.hasOwn(value, "resolve") &&
    Object.hasOwn(value, "cache") &&
    Object.hasOwn(value, "extensions")
  );
}

/** Is this a CommonJS `module` object, as Node makes them? */
export function isModuleObject(value: unknown): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    addressOf(value) === undefined && // a local would make its attributes for being asked
    Object.hasOwn(value, "exports") &&
    Object.hasOwn(value, "filename") &&
    Object.hasOwn(value, "loaded") &&
    typeof (value as { require?: unknown }).require === "function"
  );
}
