/**
 * Known values: what every isolate has already, or can load, under a name.
 *
 * They cross by name: heddle's own exports, the language's and the platform's
 * globals, Node's own modules, and the exports of modules that this isolate
 * loaded on behalf of a function.
 */
import { ModuleExport } from "./module-export.ts";
import { builtin, importFrom, isBuiltin, kinds, loadedBuiltins, requireFrom } from "./platform.ts";
import type { Recipe } from "./recipe.ts";

type Table = Readonly<Record<string, unknown>>;

const names = new WeakMap<object, ModuleExport | Recipe>();
const registered = new Map<string, Table>();
const loaded = new Map<string, object>();
/** Values of module exports that this isolate captured: found even while their module is still being evaluated. */
const bindings = new Map<string, WeakRef<object>>();

const GLOBAL = "global:";

function isReferable(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function remember(value: unknown, module: string, member: string): void {
  if (isReferable(value) && !names.has(value)) names.set(value, new ModuleExport(module, member));
}

/** The data properties of a table, without calling its getters. */
function* dataOf(table: object): Generator<[string, unknown]> {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(table))) {
    if ("value" in property) yield [name, property.value];
  }
}

/** A global that heddle has replaced crosses by its name, like the one that it stands for. */
export function rememberGlobal(name: string): void {
  remember((globalThis as Table)[name], GLOBAL, name);
}

/** Registers exports that every isolate has: they cross by name. */
export function registerExports(module: string, exports: Table): void {
  registered.set(module, Object.freeze({ ...registered.get(module), ...exports }));
  for (const name of Object.keys(exports)) remember(exports[name], module, name);
}

/** The registered module whose exports this object shows, a namespace or a compiler's view of one. */
export function registeredAs(value: object): string | undefined {
  for (const name of Object.keys(value)) {
    const member = (value as Table)[name];
    if (typeof member !== "function") continue;
    const known = names.get(member);
    return known instanceof ModuleExport && registered.has(known.module) ? known.module : undefined;
  }
  return undefined;
}

/**
 * Globals that Node makes when they are first looked at, even for their descriptor: `FormData` alone
 * loads all of `fetch`, 40 ms in each isolate. Functions among them are found by their own name instead.
 */
const MADE_ON_DEMAND: ReadonlySet<string> = new Set(
  (
    "FormData Headers Request Response MessageEvent WebSocket CloseEvent EventSource ErrorEvent TransformStream " +
    "TransformStreamDefaultController CompressionStream DecompressionStream Crypto CryptoKey SubtleCrypto crypto navigator Navigator " +
    "Storage localStorage sessionStorage Temporal"
  ).split(" "),
);

/** The platform's globals that can be listed; every other one that can was put there by the program. */
const LISTED: ReadonlySet<string> = new Set(
  (
    "global clearImmediate setImmediate clearInterval clearTimeout setInterval setTimeout queueMicrotask " +
    "structuredClone atob btoa performance fetch crypto navigator localStorage sessionStorage"
  ).split(" "),
);

/** Is this a global variable of the program's own, and not the platform's? */
export function isProgramGlobal(name: string): boolean {
  const property = Object.getOwnPropertyDescriptor(globalThis, name);
  if (property === undefined || property.enumerable !== true || !("value" in property)) return false;
  return !LISTED.has(name) || (isReferable(property.value) && !names.has(property.value));
}

/** The globals that cost nothing to look at. */
function* globals(): Generator<[string, unknown]> {
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (MADE_ON_DEMAND.has(name)) continue;
    const property = Object.getOwnPropertyDescriptor(globalThis, name);
    if (property === undefined || !("value" in property)) continue;
    if (property.enumerable !== true || LISTED.has(name)) yield [name, property.value];
  }
  yield ["process", process];
  yield ["Buffer", Buffer];
  yield ["performance", performance];
}

/** The constructors and namespaces of the language and the platform. */
function rememberGlobals(): void {
  remember(globalThis, GLOBAL, "");
  for (const [name, value] of globals()) remember(value, GLOBAL, name);
  const asyncFunction = (async () => {}).constructor;
  remember(asyncFunction, "hidden:", "AsyncFunction");
  hidden["AsyncFunction"] = asyncFunction;
  const typedArray = Object.getPrototypeOf(Uint8Array) as object;
  remember(typedArray, "hidden:", "TypedArray");
  hidden["TypedArray"] = typedArray;
}
const hidden: Record<string, unknown> = {};
rememberGlobals();

let membersRemembered = false;

/** The functions inside the globals, `Array.prototype.map` and `Math.max` and `console.log`. */
function rememberMembers(): void {
  if (membersRemembered) return;
  membersRemembered = true;
  const roots = [...globals()].filter(([, value]) => isReferable(value) && value !== globalThis);
  for (const name of ["stdout", "stderr"] as const) remember(process[name], GLOBAL, `process.${name}`);
  for (const [name, value] of roots) {
    const named = names.get(value as object);
    if (!(named instanceof ModuleExport) || named.member !== name) continue;
    for (const [key, member] of dataOf(value as object)) remember(member, GLOBAL, `${name}.${key}`);
    const prototype: unknown = typeof value === "function" ? value.prototype : undefined;
    if (!isReferable(prototype)) continue;
    for (const [key, member] of dataOf(prototype)) remember(member, GLOBAL, `${name}.prototype.${key}`);
  }
}

const builtinsRemembered = new Set<string>();

/** The modules of Node's that are loaded here, and what they export. */
function rememberBuiltins(): void {
  for (const specifier of loadedBuiltins()) {
    if (builtinsRemembered.has(specifier)) continue;
    builtinsRemembered.add(specifier);
    const exports = builtin(specifier);
    if (!isReferable(exports)) continue;
    const module = `node:${specifier}`;
    remember(exports, module, "");
    for (const [name, value] of dataOf(exports)) {
      remember(value, module, name);
      if (name === "promises" && isReferable(value)) {
        for (const [key, member] of dataOf(value)) remember(member, module, `${name}.${key}`);
      }
    }
  }
}

/** The name under which every isolate has this object, if it is known already. */
export function knownAs(value: object): ModuleExport | Recipe | undefined {
  return names.get(value);
}

/** Like {@link knownAs}, after looking at everything the platform has. For values that cannot cross otherwise. */
export function platformName(value: object): ModuleExport | Recipe | undefined {
  const found = names.get(value);
  if (found !== undefined) return found;
  rememberMembers();
  rememberBuiltins();
  if (value === crypto) remember(value, GLOBAL, "crypto");
  if (typeof value === "function" && (globalThis as unknown as Table)[value.name] === value) {
    remember(value, GLOBAL, value.name);
  }
  return names.get(value);
}

/** Notes that this object is made again by a recipe. */
export function rememberRecipe(value: object, recipe: Recipe): void {
  names.set(value, recipe);
}

/** Notes that a module's export has this value here, so that the name leads back to the same object. */
export function rememberBinding(binding: ModuleExport, value: unknown): void {
  if (!isReferable(value)) return;
  if (typeof value === "function") remember(value, binding.module, binding.member);
  const key = `${binding.module} ${binding.member}`;
  if (bindings.get(key)?.deref() !== value) bindings.set(key, new WeakRef(value));
}

/** Notes a module that this isolate loaded on behalf of a function: its functions and classes cross by name from now on. */
function rememberModule(module: string, exports: object): void {
  loaded.set(module, exports);
  const isNamespace = kinds.isModuleNamespaceObject(exports);
  if (isNamespace || typeof exports === "function") remember(exports, module, isNamespace ? "*" : "");
  // A namespace never runs code when it is read, but a binding may not be initialised yet.
  for (const name of Object.keys(exports)) {
    try {
      // Compiled ES modules export through getters that only read a variable; other getters may do anything.
      const readable = isNamespace || (exports as Table)["__esModule"] === true;
      if (!readable && !("value" in (Object.getOwnPropertyDescriptor(exports, name) ?? {}))) continue;
      const value = (exports as Table)[name];
      if (typeof value === "function") remember(value, module, name);
    } catch {
      // Not initialised: it is remembered when it is first captured.
    }
  }
}

/** The exports of a module that was loaded here, if it was. */
export function loadedModule(module: string): object | undefined {
  return loaded.get(module);
}

/** Must this module be loaded before a value of it can be found here? */
export function needsLoading(module: string): boolean {
  return module.startsWith("esm:") && !loaded.has(module);
}

/** What `import * as fs from "node:fs"` is. */
function builtinNamespace(module: string): object {
  const exports = builtin(module) as object;
  let namespace = loaded.get(module);
  if (namespace === undefined) {
    namespace = Object.freeze(Object.assign(Object.create(null) as object, exports, { default: exports }));
    loaded.set(module, namespace);
    remember(namespace, module, "*");
  }
  return namespace;
}

function walk(start: unknown, path: string): unknown {
  let value = start;
  if (path !== "") for (const name of path.split(".")) value = (value as Table)[name];
  return value;
}

/** The value that a name stands for in this isolate. Loads its module where that can be done at once. */
export function resolveExport(module: string, member: string): unknown {
  if (module === GLOBAL) return walk(globalThis, member);
  if (module === "hidden:") return hidden[member];
  const table = registered.get(module);
  if (table !== undefined) return member === "*" ? table : table[member];
  if (isBuiltin(module)) return member === "*" ? builtinNamespace(module) : walk(builtin(module), member);
  const bound = bindings.get(`${module} ${member}`)?.deref();
  if (bound !== undefined) return bound;
  const exports = loaded.get(module) ?? loadNow(module);
  if (module.startsWith("cjs:")) return walk(exports, member);
  return member === "*" ? exports : (exports as Table)[member];
}

/** Where a module's name says it is: a URL, or a package's name and the URL of the module that asked for it. */
function placeOf(module: string): readonly [specifier: string, from: string] {
  const [specifier, from] = module.slice("esm:".length).split("\n") as [string, string | undefined];
  return [specifier, from ?? specifier];
}

/** Imports an ES module on behalf of a function. */
export async function importModule(module: string): Promise<void> {
  if (!loaded.has(module)) rememberModule(module, await importFrom(...placeOf(module)));
}

function loadNow(module: string): object {
  const exports = requireFrom(...placeOf(module)) as object;
  if (isReferable(exports)) rememberModule(module, exports);
  return exports;
}
