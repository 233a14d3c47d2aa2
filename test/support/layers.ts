// Checks the house's architecture, written as a text, against sources: who imports whom, who names what.
import { posix } from "node:path";
import ts from "typescript";
import { placeOf, type SourceFile, walk } from "./sources.ts";

/** An import as written: type imports, re-exports and dynamic imports of a literal are imports too. */
interface Import {
  readonly specifier: string;
  readonly node: ts.Node;
  /** `import type …`: nothing is left of it when the program runs. */
  readonly typeOnly: boolean;
}

/** The policy text, read. A layer in a later group than another may import it; its equals in a group it may not. */
export interface Policy {
  readonly rankOf: ReadonlyMap<string, number>;
  /** name (a global, or `node:…`) → who may use it: a file, a layer `x/`, or a file's last word in any layer (any/x.ts) */
  readonly namers: ReadonlyMap<string, readonly string[]>;
}

/** Reads a policy: one line of layers joined by `<`, lines `name: who, who`, comments after `#`. */
export function readPolicy(text: string): Policy {
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim());
  const order = lines.find((line) => line.includes("<")) ?? "";
  const words = (list: string): string[] => list.split(",").map((word) => word.trim());
  const rankOf = new Map(
    order.split("<").flatMap((group, rank) => words(group).map((layer) => [layer, rank] as const)),
  );
  const namers = new Map<string, readonly string[]>();
  for (const line of lines) {
    const rule = /^(\S.*?): (.+)$/.exec(line);
    if (rule?.[1] !== undefined && rule[2] !== undefined) namers.set(rule[1], words(rule[2]));
  }
  return { rankOf, namers };
}

/** `errors` for src/errors.ts, `core` for src/core/word.ts, undefined outside of src. */
export function layerOf(path: string): string | undefined {
  return /^src\/([^/.]+)/.exec(path)?.[1];
}

function importsOf(source: SourceFile): Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node | undefined, typeOnly = false): void => {
    if (node === undefined || !ts.isStringLiteralLike(node)) return;
    found.push({ specifier: node.text, node, typeOnly });
  };
  walk(source.tree, (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0]);
    }
  });
  return found;
}

function mayName(path: string, who: readonly string[]): boolean {
  return who.some((one) => {
    if (one.endsWith("/")) return path.startsWith(`src/${one}`);
    if (one.startsWith("any/")) return `-${posix.basename(path)}`.endsWith(`-${one.slice(4)}`);
    return path === `src/${one}`;
  });
}

/** Whether an identifier stands for a global of that name: not a property's name, not a key, not a type. */
function isGlobalUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false;
  if (ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent)) return false;
  if (ts.isNamedTupleMember(parent) || ts.isImportSpecifier(parent)) return false;
  return !("name" in parent && parent.name === node && !ts.isShorthandPropertyAssignment(parent));
}

function namingProblems(source: SourceFile, policy: Policy): string[] {
  const problems: string[] = [];
  const refuse = (name: string, node: ts.Node): void => {
    const who = policy.namers.get(name) ?? [];
    if (mayName(source.path, who)) return;
    problems.push(`${placeOf(source, node)} names ${name}, which only ${who.join(", ")} may`);
  };
  walk(source.tree, (node) => {
    if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) {
      const name = `new ${node.expression.text}`;
      if (policy.namers.has(name)) refuse(name, node);
    }
    if (ts.isIdentifier(node) && policy.namers.has(node.text) && isGlobalUse(node)) refuse(node.text, node);
  });
  for (const { specifier, node } of importsOf(source)) {
    if (!specifier.startsWith("node:")) continue;
    refuse(policy.namers.has(specifier) ? specifier : "node:*", node);
  }
  return problems;
}

function layerProblems(source: SourceFile, policy: Policy): string[] {
  const from = layerOf(source.path) ?? "";
  const fromRank = policy.rankOf.get(from);
  if (fromRank === undefined) return [`${source.path} is in no known layer ('${from}')`];
  return importsOf(source).flatMap(({ specifier, node }) => {
    if (!specifier.startsWith(".")) return [];
    const target = posix.join(posix.dirname(source.path), specifier);
    const to = layerOf(target);
    const toRank = to === undefined ? undefined : policy.rankOf.get(to);
    if (to === from || (toRank !== undefined && toRank < fromRank)) return [];
    return [
      `${placeOf(source, node)} imports ${target}: ${from} may not import ${to ?? "what is outside src"}`,
    ];
  });
}

function cycleProblems(sources: readonly SourceFile[]): string[] {
  const targets = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source)
        .filter(({ specifier, typeOnly }) => specifier.startsWith(".") && !typeOnly)
        .map(({ specifier }) => posix.join(posix.dirname(source.path), specifier)),
    ]),
  );
  const done = new Set<string>();
  const problems: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) problems.push(`import cycle: ${[...trail.slice(at), path].join(" -> ")}`);
    if (at >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return problems;
}

/** Every way in which production sources break the policy, as `file:line` and a sentence each. */
export function layerViolations(sources: readonly SourceFile[], policy: Policy): string[] {
  const production = sources.filter(({ path }) => !/\.test\.(m|c)?ts$/.test(path));
  return [
    ...production.flatMap((source) => [...layerProblems(source, policy), ...namingProblems(source, policy)]),
    ...cycleProblems(production),
  ];
}
