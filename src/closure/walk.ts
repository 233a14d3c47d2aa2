/** One walk over a script: what it has found so far, and where it is. */
import { type FunctionInfo, type Reference, Scope, type Span } from "./scopes.ts";
import type { Syntax } from "./syntax.ts";

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class Walk {
  /** Visits a node: the way back from the parts to the whole. */
  readonly visit: (node: Syntax) => void;
  readonly functions: Mutable<FunctionInfo>[] = [];
  readonly references: Reference[] = [];
  readonly metas: number[] = [];
  readonly imports: number[] = [];
  readonly exported: Map<string, string> = new Map();
  /** How many private names were met. */
  privates = 0;
  /** Classes around, innermost last, with the private names that they declare. */
  readonly classes: { names: Set<string>; fn: FunctionInfo }[] = [];
  scope: Scope = new Scope(undefined, -1, true);
  /** The function around. */
  fn: Mutable<FunctionInfo> | undefined;
  strict: boolean;
  /** Loops around, within the function. */
  loops = 0;

  constructor(isModule: boolean, visit: (walk: Walk, node: Syntax) => void) {
    this.strict = isModule;
    this.visit = (node) => visit(this, node);
  }
}

export function all(w: Walk, nodes: readonly (Syntax | null)[]): void {
  for (const node of nodes) if (node !== null) w.visit(node);
}

/** Visits whatever a node holds. */
export function children(w: Walk, node: Syntax): void {
  for (const field in node) {
    const value = node[field];
    if (value === null || typeof value !== "object") continue;
    if (Array.isArray(value)) for (const item of value as unknown[]) maybe(w, item);
    else maybe(w, value);
  }
}

export function maybe(w: Walk, value: unknown): void {
  if (typeof value === "object" && value !== null && typeof (value as Syntax).type === "string")
    w.visit(value as Syntax);
}

export function within(w: Walk, node: Span, isHome: boolean, body: () => void): void {
  const outer = w.scope;
  w.scope = new Scope(outer, node.start, isHome);
  body();
  w.scope = outer;
}

export function refer(w: Walk, node: Syntax, writes: boolean): void {
  w.references.push({ name: node["name"] as string, at: node.start, scope: w.scope, writes });
}
