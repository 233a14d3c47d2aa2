/** Syntax nodes, and small questions about them. */
import type { FunctionKind, Loaded, Span } from "./scopes.ts";

/** A syntax node, as acorn makes them. */
export interface Syntax {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export function kindOf(node: Syntax, whole: Syntax): FunctionKind {
  if (node.type === "ArrowFunctionExpression") return "arrow";
  if (whole === node) return "function";
  return whole["kind"] === "get" || whole["kind"] === "set" ? "accessor" : "method";
}

export function nameOf(node: Syntax): string {
  return (node["name"] ?? node["value"]) as string;
}

export function keySpan(node: Syntax): Span | undefined {
  const key = node["key"] as Syntax | undefined;
  return key === undefined ? undefined : { start: key.start, end: key.end };
}

export function isStrict(body: readonly Syntax[]): boolean {
  for (const statement of body) {
    if (typeof statement["directive"] !== "string") return false;
    if (statement["directive"] === "use strict") return true;
  }
  return false;
}

export function privateNames(elements: readonly Syntax[]): Set<string> {
  const names = new Set<string>();
  for (const element of elements) {
    const key = element["key"] as Syntax | undefined;
    if (key?.type === "PrivateIdentifier") names.add(key["name"] as string);
  }
  return names;
}

export function memberOf(loaded: Loaded, path: string): Loaded | undefined {
  if (path === "") return loaded;
  if (loaded.wrapped) return undefined;
  if (loaded.how === "import")
    return loaded.member === "*" && !path.includes(".") ? { ...loaded, member: path } : undefined;
  return { ...loaded, member: loaded.member === "" ? path : `${loaded.member}.${path}` };
}
