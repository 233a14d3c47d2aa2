/** Properties of a function that its text does not make: they travel as data. */
import type { FunctionImage } from "../value/function-image.ts";

/** What every function may have of its own. */
const USUAL: ReadonlySet<PropertyKey> = new Set(["length", "name", "prototype", "arguments", "caller"]);
const NONE: readonly PropertyKey[] = [];

export interface Extras {
  readonly own: readonly PropertyKey[];
  /** Of its prototype; undefined: there is nothing, and the prototype's parent is the usual one. */
  readonly prototype: readonly PropertyKey[] | undefined;
}

/** What was added to a function or class, or to its prototype. */
export function extraProperties(
  { fn, isClass, superclass }: FunctionImage,
  text: string,
  name: string,
): Extras {
  let own = NONE;
  const keys = Reflect.ownKeys(fn);
  if (keys.length > 2 || keys[0] !== "length" || keys[1] !== "name" || fn.name !== name) {
    own = keys.filter((key) => {
      if (key === "name") return isRenamed(fn, name);
      return !USUAL.has(key) && !(isClass && isFromText(fn, key, text));
    });
  }
  const prototype: unknown = (fn as { prototype?: unknown }).prototype;
  if (typeof prototype !== "object" || prototype === null || !Object.hasOwn(prototype, "constructor"))
    return { own, prototype: undefined };
  const added = Reflect.ownKeys(prototype).filter(
    (key) => key !== "constructor" && !(isClass && isFromText(prototype, key, text)),
  );
  const parent: unknown = Object.getPrototypeOf(prototype);
  const isUsual = isClass ? parent === usualParent(superclass) : parent === Object.prototype;
  return { own, prototype: added.length === 0 && isUsual ? undefined : added };
}

function usualParent(superclass: unknown): unknown {
  return superclass === null ? Object.prototype : (superclass as { prototype?: unknown }).prototype;
}

function isRenamed(fn: object, name: string): boolean {
  return Object.getOwnPropertyDescriptor(fn, "name")?.value !== name;
}

/** Methods and accessors that the class's own text defines. */
function isFromText(target: object, key: PropertyKey, text: string): boolean {
  const property = Object.getOwnPropertyDescriptor(target, key);
  if (property === undefined || property.enumerable === true) return false;
  const made: unknown = property.get ?? property.set ?? property.value;
  return typeof made === "function" && text.includes(Function.prototype.toString.call(made));
}
