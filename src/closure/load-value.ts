/** Finds the name under which a variable's value can be loaded again in another isolate. */
import { registeredAs } from "../value/known.ts";
import { ModuleExport } from "../value/module-export.ts";
import { isBuiltin, isPlace, urlOf } from "../value/platform.ts";
import { Interop } from "../value/recipe.ts";
import { mainFile, requireFrom, threadsCanImport } from "./platform.ts";
import type { Loaded } from "./scopes.ts";

/** How the receiver gets the value: a name, a view of a module, or the value itself. */
export function loadedValue(loaded: Loaded, value: unknown, url: string): unknown {
  return loaded.how === "import" ? imported(loaded, value, url) : required(loaded, value, url);
}

function imported({ specifier, member }: Loaded, value: unknown, url: string): unknown {
  if (isBuiltin(specifier))
    return new ModuleExport(builtinName(specifier), member === "default" ? "" : member);
  // heddle must not be loaded a second time, whatever loader the program came through.
  const own = member === "*" ? registeredAs(value as object) : undefined;
  if (own !== undefined) return new ModuleExport(own, "*");
  if (/^heddle(\/|$)/.test(specifier)) return value;
  // Data: a copy is as good, and needs no import attribute.
  if (/\.json([?#].*)?$/.test(specifier)) return value;
  if (!isPlace(specifier)) return new ModuleExport(`esm:${specifier}\n${urlOf(url)}`, member);
  const target = new URL(specifier, urlOf(url)).href;
  // Importing the program's own main module would run the program again.
  return target === mainFile() || !threadsCanImport(target)
    ? value
    : new ModuleExport(`esm:${target}`, member);
}

function builtinName(specifier: string): string {
  return specifier.startsWith("node:") ? specifier : `node:${specifier}`;
}

function required({ specifier, member, wrapped }: Loaded, value: unknown, url: string): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return value;
  if (isBuiltin(specifier) && !wrapped) return new ModuleExport(builtinName(specifier), member);
  let module: ModuleExport;
  let exports: unknown;
  try {
    const require = requireFrom(url);
    const file = require.resolve(specifier);
    module = new ModuleExport(isBuiltin(specifier) ? builtinName(specifier) : `cjs:${urlOf(file)}`, "");
    exports = require(specifier);
  } catch {
    // Loaded in some way of its own: it travels as what it is.
    return value;
  }
  const own = typeof exports === "object" && exports !== null ? registeredAs(exports) : undefined;
  if (own !== undefined) module = new ModuleExport(own, "*");
  const target = walk(exports, member);
  if (own !== undefined && value === target) return member === "" ? module : value;
  if (value === target) return new ModuleExport(module.module, member);
  return wrapped && isViewOf(value, exports)
    ? new Interop(module, (value as { default?: unknown }).default === exports)
    : value;
}

function walk(start: unknown, path: string): unknown {
  let value = start;
  for (const name of path === "" ? [] : path.split("."))
    value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

/** Does this object show a module's exports, under their own names or as its default? */
function isViewOf(value: unknown, exports: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if ((value as { default?: unknown }).default === exports) return true;
  const names = Object.keys(value);
  return (
    names.length > 0 && names.every((name) => "get" in (Object.getOwnPropertyDescriptor(value, name) ?? {}))
  );
}
