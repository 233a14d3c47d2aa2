/** Constant functions: those that would be the same in a thread whenever they are sent. */
import { addressOf } from "../value/handle.ts";
import { type AnyFunction, FunctionImage } from "../value/function-image.ts";
import { knownAs } from "../value/known.ts";
import { ModuleExport } from "../value/module-export.ts";
import { Recipe } from "../value/recipe.ts";
import { capture, isSteady } from "./capture.ts";

/**
 * Does everything that the function uses stay as it is: its variables are never assigned again, and hold
 * plain values, heddle's objects, names, or functions of which the same is true?
 */
export function isConstant(fn: AnyFunction): boolean {
  try {
    return holds(fn, new Set());
  } catch {
    return false; // it cannot be captured: sending it says why
  }
}

function holds(value: unknown, seen: Set<unknown>): boolean {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return true;
  if (seen.has(value)) return true;
  seen.add(value);
  if (value instanceof ModuleExport || value instanceof Recipe) return true;
  if (addressOf(value) !== undefined || knownAs(value) !== undefined) return true;
  if (typeof value !== "function") return false;
  const image = capture(value as AnyFunction);
  if (!(image instanceof FunctionImage)) return true;
  if (!isSteady(value as AnyFunction) || image.own.length > 0 || image.prototype !== undefined) return false;
  return holds(image.superclass, seen) && image.values.every((captured) => holds(captured, seen));
}
