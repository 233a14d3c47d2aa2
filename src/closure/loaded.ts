/** Recognises an expression that loads a module, so that its value is loaded again instead of copied. */
import type { Syntax } from "./syntax.ts";
import type { Loaded } from "./scopes.ts";

/** What `require("x")`, `require("x").y`, `helper(require("x"))` and `await import("x")` load. */
export function loadedBy(node: Syntax): Loaded | undefined {
  switch (node.type) {
    case "AwaitExpression": {
      const call = node["argument"] as Syntax;
      const specifier = call.type === "ImportExpression" ? textOf(call["source"]) : undefined;
      return specifier === undefined ? undefined : { how: "import", specifier, member: "*", wrapped: false };
    }
    case "MemberExpression": {
      const inner = loadedBy(node["object"] as Syntax);
      if (inner === undefined || inner.how !== "require" || inner.wrapped || node["computed"] === true)
        return undefined;
      const name = (node["property"] as Syntax)["name"] as string;
      return { ...inner, member: inner.member === "" ? name : `${inner.member}.${name}` };
    }
    case "CallExpression":
      return loadedByCall(node);
    default:
      return undefined;
  }
}

function loadedByCall(node: Syntax): Loaded | undefined {
  const callee = node["callee"] as Syntax;
  const args = node["arguments"] as Syntax[];
  const [first] = args;
  if (first === undefined) return undefined;
  if (callee.type === "Identifier" && (callee["name"] === "require" || callee["name"] === "__require")) {
    const specifier = args.length === 1 ? textOf(first) : undefined;
    return specifier === undefined ? undefined : { how: "require", specifier, member: "", wrapped: false };
  }
  // A compiler's helper around it, whatever its name: the value will tell whether it is a view of the module.
  if (first.type !== "CallExpression") return undefined;
  const inner = loadedByCall(first);
  return inner === undefined || inner.how !== "require" || inner.wrapped
    ? undefined
    : { ...inner, wrapped: true };
}

function textOf(node: unknown): string | undefined {
  const value = (node as Syntax | undefined)?.["value"];
  return typeof value === "string" ? value : undefined;
}
