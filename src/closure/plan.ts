/**
 * What capturing one function takes, worked out once: its code record, and where
 * each free variable's value comes from.
 */
import type { Addr } from "../core/word.ts";
import type { AnyFunction } from "../value/function-image.ts";
import { isProgramGlobal } from "../value/known.ts";
import { store } from "../value/message.ts";
import { Recipe } from "../value/recipe.ts";
import { Refusal } from "../value/refusal.ts";
import { recordOf } from "./code.ts";
import type { Inspected } from "./inspect.ts";
import { IMPORT, META } from "./recipes.ts";
import type { FunctionInfo, Loaded, Reference, Span, Variable } from "./scopes.ts";
import type { Script } from "./script.ts";
import { sourceMapAt } from "./source-map.ts";
import { classEdits, codeText, type Edit, KEYS } from "./text.ts";

/** Where the value of a free variable comes from. */
export interface Source {
  readonly name: string;
  /** Loaded from a module: taken from there again where that can be done. */
  readonly loaded: Loaded | undefined;
  /** Always this: `import.meta`, `import()`, a member's key. */
  readonly fixed: Recipe | symbol | undefined;
  /** A global variable of the program's own, which anybody may assign. */
  readonly isGlobal: boolean;
  /** It never changes once it has a value. */
  readonly steady: boolean;
}

export interface Plan {
  readonly script: Script;
  readonly code: Addr;
  readonly name: string;
  readonly names: readonly string[];
  readonly sources: readonly Source[];
  readonly isClass: boolean;
  readonly early: boolean;
}

const plans = new WeakMap<FunctionInfo, Plan>();
const sourceMaps = new WeakMap<Script, Addr>();

/** The plan for a function that was inspected. Throws {@link Refusal} where its text cannot be taken out of its place. */
export function planOf(fn: AnyFunction, text: string, inspected: Inspected): Plan {
  const { script } = inspected;
  const found = locate(script, text, script.offsetAt(inspected.line, inspected.column));
  const { info, start } = found;
  let plan = plans.get(info);
  if (plan === undefined) {
    checkOuter(script, info);
    plan = makePlan(fn, text, inspected, info, start);
    plans.set(info, plan);
  }
  return plan;
}

function locate(
  script: Script,
  text: string,
  offset: number,
): { readonly info: FunctionInfo; readonly start: number } {
  let found: ReturnType<Script["find"]>;
  try {
    found = script.find(text, offset);
  } catch (error) {
    throw new Refusal(`comes from ${script.url}, which could not be analysed (${String(error)})`);
  }
  if (found === undefined)
    throw new Refusal(`was not found in ${script.url}, so its free variables are not known`);
  return found;
}

/** Refuses what only makes sense where it was written. */
function checkOuter(script: Script, info: FunctionInfo): void {
  if (info.outerPrivate !== undefined) {
    throw new Refusal(
      `uses the private member ${info.outerPrivate} of the class around it (${script.describe(info.start)}); send the object's data instead`,
    );
  }
  if (info.kind === "class" || info.outer === undefined) return;
  if (info.outer === "this" && script.isModule && isTopLevel(info)) return;
  const place = script.describe(info.start);
  if (info.outer === "this") {
    throw new Refusal(
      `is an arrow function that uses the \`this\` around it (${place}), which cannot be read from outside; write \`const self = this\` before it and use self`,
    );
  }
  if (info.outer === "super") {
    throw new Refusal(
      `uses \`super\` (${place}), which belongs to the object or class around it; call it through that object instead`,
    );
  }
  throw new Refusal(
    `uses the \`${info.outer}\` of the function around it (${place}); keep it in a const before it`,
  );
}

function isTopLevel(info: FunctionInfo): boolean {
  for (let around = info.parent; around !== undefined; around = around.parent)
    if (around.kind !== "arrow") return false;
  return true;
}

function makePlan(
  fn: AnyFunction,
  text: string,
  inspected: Inspected,
  info: FunctionInfo,
  start: number,
): Plan {
  const { script } = inspected;
  const { edits, heritage, ignored, definition, keys } = classEdits(info, fn, text, start);
  const references = script.analysis.references
    .slice(info.firstReference, info.endReference)
    .filter(({ at }) => at >= start && !ignored.some((span) => at >= span.start && at < span.end));
  const sources = sourcesOf(references, inspected, info);
  const early = keys.length > 0 || isEarly(references, definition, sources, inspected);
  keys.forEach((key, index) => sources.push(fixed(`${KEYS}${index}`, key)));
  const rewrites = rewriteMeta(script, start, info.end, sources);
  const names = sources.map(({ name }) => name);
  const place = script.placeOf(start);
  const code = recordOf({
    kind: info.kind,
    name: fn.name,
    text: codeText(text, start, [...edits, ...rewrites], info, fn.name),
    url: script.url,
    line: place.line,
    column: place.column,
    strict: info.strict,
    names,
    heritage,
    early,
    exportedAs: exportedName(info, script),
    sourceMap: sourceMapOf(script),
  });
  return { script, code, name: fn.name, names, sources, isClass: info.kind === "class", early };
}

/** Puts variables in the place of `import.meta` and `import()`, which only a module's own text may have. */
function rewriteMeta(script: Script, start: number, end: number, sources: Source[]): Edit[] {
  const rewrite = (places: readonly number[], name: string, kind: Recipe["kind"]): Edit[] => {
    const inside = places.filter((at) => at >= start && at < end);
    if (inside.length > 0) sources.push(fixed(name, new Recipe(kind, script.url)));
    return inside.map((at) => ({ start: at, end: at + name.length, text: name }));
  };
  const { metas, imports } = script.analysis;
  return [...rewrite(metas, META, "meta"), ...rewrite(imports, IMPORT, "import")];
}

/** The name under which its module exports a declaration; empty: none. */
function exportedName({ declares }: FunctionInfo, script: Script): string {
  if (declares === undefined || declares.scope.parent !== undefined) return "";
  return script.analysis.exported.get(declares.name) ?? "";
}

/** Does defining the class read free variables? Refuses where one of them is gone by now. */
function isEarly(
  references: readonly Reference[],
  definition: readonly Span[],
  sources: readonly Source[],
  { scopes, script }: Inspected,
): boolean {
  let early = false;
  for (const { name, at } of references) {
    if (!definition.some((span) => at >= span.start && at < span.end)) continue;
    if (!sources.some((source) => source.name === name)) continue;
    early = true;
    if (scopes.some((scope) => Object.hasOwn(scope, name))) continue;
    throw new Refusal(
      `is a class whose definition reads ${name} (${script.describe(at)}), which is not kept for later; let one of its methods use ${name}, too`,
    );
  }
  return early;
}

function fixed(name: string, value: Recipe | symbol): Source {
  return { name, loaded: undefined, fixed: value, isGlobal: false, steady: true };
}

function sourceMapOf(script: Script): Addr {
  if (script.sourceMap === "") return sourceMapAt(script.url);
  let address = sourceMaps.get(script);
  if (address === undefined) {
    address = store(script.sourceMap, "a source map");
    sourceMaps.set(script, address);
  }
  return address;
}

/** The free variables among some references. */
function sourcesOf(references: readonly Reference[], inspected: Inspected, info: FunctionInfo): Source[] {
  const sources = new Map<string, Source>();
  for (const reference of references) {
    const { name } = reference;
    const variable = reference.scope.find(name);
    if (variable !== undefined && isInside(variable, info)) continue;
    // A declaration's own name is a name inside it, too, once its text stands alone.
    if (variable !== undefined && variable === info.declares && variable.writes === 0) continue;
    const isGlobal = isGlobalVariable(name, variable, inspected);
    if (variable === undefined && !isGlobal && !isCaptured(name, inspected)) continue;
    if (name === "arguments")
      throw new Refusal("uses the `arguments` of the function around it; keep them in a const before it");
    if (reference.writes) throw assigned(reference, inspected.script);
    if (sources.has(name)) continue;
    sources.set(name, { ...sourceOf(name, variable, inspected.script), isGlobal });
  }
  return [...sources.values()];
}

function isCaptured(name: string, { scopes }: Inspected): boolean {
  return scopes.some((scope) => Object.hasOwn(scope, name));
}

/** Outside modules and CommonJS files, a script's own `var` is a property of the global object. */
function isGlobalVariable(name: string, variable: Variable | undefined, inspected: Inspected): boolean {
  const mayBe = variable === undefined || (variable.scope.parent === undefined && !inspected.script.isModule);
  return mayBe && !isCaptured(name, inspected) && isProgramGlobal(name);
}

function isInside(variable: Variable, info: FunctionInfo): boolean {
  return variable.scope.start >= info.start && variable.scope.start < info.end;
}

function sourceOf(name: string, variable: Variable | undefined, script: Script): Omit<Source, "isGlobal"> {
  const steady = variable === undefined ? !script.analysis.assignedGlobals.has(name) : variable.writes === 0;
  return { name, loaded: variable?.loaded, fixed: undefined, steady };
}

function assigned({ name, at }: Reference, script: Script): Refusal {
  return new Refusal(
    `assigns the captured variable ${name} (${script.describe(at)}), and would change a copy of its own; ` +
      `share it instead: \`const state = shared({ ${name}: 0 })\` and \`state.${name}\`, or an AtomicInt; ` +
      "between processes a Value",
  );
}
