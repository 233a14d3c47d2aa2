/**
 * Captures functions: from a function object to its code record and the values
 * that it closes over, now.
 *
 * What cannot change is worked out once: a script's analysis, a function's plan,
 * and, where every free variable is steady, the values themselves, so that the
 * next start of the same function does not ask the inspector again.
 */
import { type AnyFunction, FunctionImage } from "../value/function-image.ts";
import { knownAs, platformName, rememberBinding } from "../value/known.ts";
import { ModuleExport } from "../value/module-export.ts";
import { isBuiltin } from "../value/platform.ts";
import { Recipe } from "../value/recipe.ts";
import { Refusal } from "../value/refusal.ts";
import { extraProperties } from "./extras.ts";
import { inspect, type Inspected } from "./inspect.ts";
import { loadedValue } from "./load-value.ts";
import { planOf, type Plan, type Source } from "./plan.ts";
import { codeAt } from "./code.ts";
import { isModuleObject, isRequire, moduleView } from "./recipes.ts";
import { rebuiltAs } from "./rebuild.ts";

interface Captured {
  readonly text: string;
  readonly image: FunctionImage;
}

/** Captures that stay true: every free variable is steady and has its value. */
const steady = new WeakMap<AnyFunction, Captured>();

/** Is what this function captured known not to change? Asked after {@link capture}. */
export function isSteady(fn: AnyFunction): boolean {
  return steady.has(fn);
}

/** Reads a function, or finds the name under which every isolate has it. Throws {@link Refusal}. */
export function capture(fn: AnyFunction): FunctionImage | ModuleExport | Recipe {
  const cached = steady.get(fn);
  if (cached !== undefined) return withExtras(cached);
  const known = knownAs(fn);
  if (known !== undefined) return known;
  const again = recapture(fn);
  if (again !== undefined) return withExtras(again);
  const text = Function.prototype.toString.call(fn);
  const inspected = text.endsWith("{ [native code] }") ? undefined : inspect(fn);
  if (inspected === undefined || inspected.script.url.startsWith("node:")) return platformFunction(fn);
  return withExtras(read(fn, text, inspected));
}

/** A function that was rebuilt here is known already: nothing in it has been assigned since. */
function recapture(fn: AnyFunction): Captured | undefined {
  const entry = rebuiltAs(fn);
  if (entry === undefined) return undefined;
  const code = codeAt(entry.code);
  const shape = code.kind === "class" ? { superclass: superclassOf(fn), early: code.early } : undefined;
  const image = new FunctionImage(fn, entry.code, code.names, entry.values, shape);
  image.origin = entry.origin;
  const captured = { text: Function.prototype.toString.call(fn), image };
  steady.set(fn, captured);
  return captured;
}

function platformFunction(fn: AnyFunction): ModuleExport | Recipe {
  const name = platformName(fn);
  if (name !== undefined) return name;
  if (fn.name.startsWith("bound ")) {
    throw new Refusal(
      `is a bound function, whose target cannot be read; send the function and its arguments, or wrap the call in an arrow function`,
    );
  }
  throw new Refusal("is a native function, which belongs to the thread that it was made in", true);
}

function superclassOf(fn: AnyFunction): unknown {
  const parent: unknown = Object.getPrototypeOf(fn);
  if (parent !== Function.prototype) return parent;
  return null;
}

function read(fn: AnyFunction, text: string, inspected: Inspected): Captured {
  const plan = planOf(fn, text, inspected);
  let isSteady = true;
  const values = plan.sources.map((source) => {
    const value = valueIn(inspected, source);
    const mayChange =
      !source.steady || source.isGlobal || (value === undefined && source.fixed === undefined);
    if (mayChange || isModuleObject(value)) isSteady = false;
    return valueOf(source, value, plan);
  });
  const shape = plan.isClass ? { superclass: superclassOf(fn), early: plan.early } : undefined;
  const captured = { text, image: new FunctionImage(fn, plan.code, plan.names, values, shape) };
  if (isSteady) steady.set(fn, captured);
  return captured;
}

function valueIn({ scopes }: Inspected, { name, isGlobal }: Source): unknown {
  if (isGlobal) return (globalThis as Record<string, unknown>)[name];
  const scope = scopes.find((around) => Object.hasOwn(around, name));
  try {
    return scope?.[name];
  } catch {
    // Declared, and not initialised yet: newer engines throw here.
    return undefined;
  }
}

/** What is sent for a free variable: its value, or how the receiver finds it. */
function valueOf(source: Source, value: unknown, { script }: Plan): unknown {
  if (source.fixed !== undefined) return source.fixed;
  if (isRequire(value)) return new Recipe("require", script.url);
  if (isModuleObject(value)) return moduleView(value, script.url);
  if (source.loaded === undefined || isKnown(value)) return value;
  const loaded = loadedValue(source.loaded, value, script.url);
  if (loaded instanceof ModuleExport && !isBuiltin(loaded.module)) rememberBinding(loaded, value);
  return loaded;
}

function isKnown(value: unknown): boolean {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    knownAs(value) !== undefined
  );
}

/** What was added to a function since it was made may change at any time. */
function withExtras({ text, image }: Captured): FunctionImage {
  const { own, prototype } = extraProperties(image, text, codeAt(image.code).name);
  image.own = own;
  image.prototype = prototype;
  return image;
}
