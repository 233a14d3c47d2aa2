/** Where closure/ plugs in: this layer moves functions without knowing how they are read or rebuilt. */
import type { Addr } from "../core/word.ts";
import { InternalError } from "../errors.ts";
import type { AnyFunction, FunctionImage } from "./function-image.ts";
import { platformName } from "./known.ts";
import type { ModuleExport } from "./module-export.ts";
import type { Recipe } from "./recipe.ts";
import { Refusal } from "./refusal.ts";

/** A function that exists and does not know its free variables yet. */
export interface FunctionShell {
  readonly value: AnyFunction;
  /** How many captured values it takes. */
  readonly size: number;
  /** Gives it its free variables; undefined where it was complete already (it came home, or was here before). */
  readonly link: ((values: unknown[]) => void) | undefined;
}

export interface FunctionCodec {
  /** Reads a function, or finds the name under which every isolate has it. Throws {@link Refusal}. */
  capture(fn: AnyFunction): FunctionImage | ModuleExport | Recipe;
  /** Makes a function from its code record. */
  build(code: Addr, origin: number): FunctionShell;
  /** Makes a class; `values` are there for a class that is early. */
  buildClass(code: Addr, origin: number, superclass: unknown, values: unknown[] | undefined): FunctionShell;
  /** Of a class that is early: how many captured values come before it. */
  earlyValues(code: Addr): number;
  /** The name of a #private member that instances of this class have, superclasses included. */
  privateMember(fn: AnyFunction): string | undefined;
  /** A code record as a text that can leave the process. */
  exportCode(code: Addr): string;
  /** The code record here of {@link exportCode}'s text from another process. */
  importCode(text: string): Addr;
  /** Makes again what a function has by its place: `require`, `module`, `import.meta`. */
  recipe(recipe: Recipe): object;
}

/** Until closure/ is loaded, functions cross that every isolate has, and no others. */
const namesOnly: FunctionCodec = {
  capture(fn) {
    const name = platformName(fn);
    if (name === undefined) throw new Refusal("is a function, and closures are not loaded", true);
    return name;
  },
  build: notLoaded,
  buildClass: notLoaded,
  earlyValues: notLoaded,
  privateMember: () => undefined,
  recipe: notLoaded,
  exportCode: notLoaded,
  importCode: notLoaded,
};

function notLoaded(): never {
  throw new InternalError("Cannot rebuild a function: closure/ is not loaded");
}

let installed = namesOnly;

/** Installs the codec of functions. */
export function registerFunctionCodec(codec: FunctionCodec): void {
  installed = codec;
}

export function functionCodec(): FunctionCodec {
  return installed;
}
