/** Finds the #private members of classes: instances that have them cannot be read from outside. */
import { analyse } from "./analyse.ts";
import type { AnyFunction } from "../value/function-image.ts";

const found = new WeakMap<AnyFunction, string>();

/** The name of a #private member that each instance of this class has, its superclasses included. */
export function privateMember(fn: AnyFunction): string | undefined {
  for (
    let c: unknown = fn;
    typeof c === "function" && c !== Function.prototype;
    c = Object.getPrototypeOf(c)
  ) {
    const name = ownPrivate(c as AnyFunction);
    if (name !== "") return name;
  }
  return undefined;
}

function ownPrivate(fn: AnyFunction): string {
  let name = found.get(fn);
  if (name === undefined) {
    name = read(Function.prototype.toString.call(fn));
    found.set(fn, name);
  }
  return name;
}

function read(text: string): string {
  if (!text.startsWith("class") || !text.includes("#")) return "";
  const [shape] = analyse(`(${text})`, true).functions;
  return shape?.classShape?.privateMembers[0] ?? "";
}
