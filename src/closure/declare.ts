/** The part of the walk that meets names: declarations, assignments, imports and exports. */
import { loadedBy } from "./loaded.ts";
import type { Variable, VariableKind } from "./scopes.ts";
import { memberOf, nameOf, type Syntax } from "./syntax.ts";
import { refer, type Walk } from "./walk.ts";

/** An assignment's target: names in it are written, everything else is read. */
export function assign(w: Walk, target: Syntax, alsoReads: boolean): void {
  switch (target.type) {
    case "Identifier":
      if (alsoReads) refer(w, target, false);
      return refer(w, target, true);
    case "ObjectPattern":
      for (const property of target["properties"] as Syntax[]) {
        if (property["computed"] === true) w.visit(property["key"] as Syntax);
        assign(w, (property["value"] ?? property["argument"]) as Syntax, false);
      }
      return;
    case "ArrayPattern":
      for (const element of target["elements"] as (Syntax | null)[])
        if (element !== null) assign(w, element, false);
      return;
    case "AssignmentPattern":
      assign(w, target["left"] as Syntax, false);
      return w.visit(target["right"] as Syntax);
    case "RestElement":
      return assign(w, target["argument"] as Syntax, false);
    default:
      return w.visit(target);
  }
}

/** Declares the names of a pattern. */
export function declareAll(w: Walk, pattern: Syntax, kind: VariableKind): void {
  declare(w, pattern, kind, () => {}, undefined);
}

/** Declares the names of a pattern, and calls back with each and its place in the pattern. */
function declare(
  w: Walk,
  pattern: Syntax,
  kind: VariableKind,
  each: (variable: Variable, path: string | undefined) => void,
  path: string | undefined,
): void {
  switch (pattern.type) {
    case "Identifier":
      each(w.scope.declare(pattern["name"] as string, kind, pattern.start), path);
      return;
    case "ObjectPattern":
      for (const property of pattern["properties"] as Syntax[]) {
        const key = property["key"] as Syntax | undefined;
        if (property["computed"] === true) w.visit(key as Syntax);
        const name =
          property["computed"] === true
            ? undefined
            : ((key?.["name"] ?? key?.["value"]) as string | undefined);
        const inner =
          path === undefined || name === undefined ? undefined : path === "" ? name : `${path}.${name}`;
        declare(w, (property["value"] ?? property["argument"]) as Syntax, kind, each, inner);
      }
      return;
    case "ArrayPattern":
      for (const element of pattern["elements"] as (Syntax | null)[])
        if (element !== null) declare(w, element, kind, each, undefined);
      return;
    case "AssignmentPattern":
      declare(w, pattern["left"] as Syntax, kind, each, undefined);
      return w.visit(pattern["right"] as Syntax);
    default:
      return declare(w, pattern["argument"] as Syntax, kind, each, undefined);
  }
}

export function visitDeclaration(w: Walk, node: Syntax): void {
  const kind = node["kind"] as string;
  for (const declarator of node["declarations"] as Syntax[]) {
    const init = declarator["init"] as Syntax | null;
    const loaded = init === null ? undefined : loadedBy(init);
    declare(
      w,
      declarator["id"] as Syntax,
      kind === "var" || kind === "let" ? kind : "const",
      (variable, path) => {
        // A second `var x = …`, or one in a loop, changes what closures have seen.
        if (variable.kind === "var" && (w.loops > 0 || (init !== null && variable.initialised)))
          variable.writes++;
        if (init !== null) variable.initialised = true;
        if (loaded !== undefined && path !== undefined) variable.loaded = memberOf(loaded, path);
      },
      "",
    );
    if (init !== null) w.visit(init);
  }
}

export function visitImport(w: Walk, node: Syntax): void {
  const specifier = (node["source"] as Syntax)["value"] as string;
  for (const item of node["specifiers"] as Syntax[]) {
    const local = item["local"] as Syntax;
    const imported = item["imported"] as Syntax | undefined;
    const member =
      item.type === "ImportNamespaceSpecifier"
        ? "*"
        : item.type === "ImportDefaultSpecifier"
          ? "default"
          : nameOf(imported as Syntax);
    const variable = w.scope.declare(local["name"] as string, "import", local.start);
    variable.loaded = { how: "import", specifier, member, wrapped: false };
  }
}

export function visitExport(w: Walk, node: Syntax): void {
  const declaration = node["declaration"] as Syntax | null;
  if (declaration !== null && declaration !== undefined) {
    const id = declaration["id"] as Syntax | undefined;
    if (id?.type === "Identifier") w.exported.set(id["name"] as string, id["name"] as string);
    return w.visit(declaration);
  }
  if (node["source"] !== null) return;
  for (const item of node["specifiers"] as Syntax[]) {
    w.exported.set(nameOf(item["local"] as Syntax), nameOf(item["exported"] as Syntax));
  }
}
