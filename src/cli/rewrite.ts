/**
 * Gives a compiled module back the place it came from: its imports lead where the source's did, and
 * `import.meta` speaks of the source. Lines stay where they are, so the source map stays true.
 */
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type AnyNode, parse } from "acorn";

export interface RewriteOptions {
  readonly path: string;
  readonly format: "esm" | "cjs";
  /** Whether the source may use `require`, `__filename` and `__dirname`. */
  readonly commonNames: boolean;
  /** Where a specifier leads now; `undefined` leaves it as written. */
  resolve(specifier: string, required: boolean): string | undefined;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface Findings {
  readonly edits: Edit[];
  /** `__filename` or `__dirname` where the source has a variable of that name. */
  readonly declared: ReadonlySet<string>;
  /** `import.meta` nodes and names that need no edit of their own. */
  readonly covered: Set<AnyNode>;
  /** The module has to ask for its `import.meta` at run time. */
  meta: boolean;
  /** The module imports something whose name is only known at run time. */
  importer: boolean;
}

const HELPERS: string = new URL("./source-module.js", import.meta.url).href;

/** Rewrites the text of one compiled module. */
export function rewriteModule(text: string, options: RewriteOptions): string {
  const tree = parse(text, {
    ecmaVersion: "latest",
    sourceType: options.format === "esm" ? "module" : "script",
    allowReturnOutsideFunction: true,
    allowHashBang: true,
  });
  const found: Findings = {
    edits: [],
    declared: declaredIn(text),
    covered: new Set<AnyNode>(),
    meta: false,
    importer: false,
  };
  visit(tree, (node) => rewriteNode(node, options, found));
  const rewritten = apply(text, found.edits);
  const start = rewritten.startsWith("#!") ? rewritten.indexOf("\n") + 1 : 0;
  return rewritten.slice(0, start) + headerFor(text, options, found) + rewritten.slice(start);
}

/** Walks every node without recursion: generated sources can be deep. */
function visit(root: AnyNode, see: (node: AnyNode) => void): void {
  const open: AnyNode[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    see(node);
    for (const value of Object.values(node) as unknown[]) {
      if (Array.isArray(value)) {
        for (const item of value as unknown[]) if (isNode(item)) open.push(item);
      } else if (isNode(value)) open.push(value);
    }
  }
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"
  );
}

function rewriteNode(node: AnyNode, options: RewriteOptions, found: Findings): void {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration":
      if (node.source) rewriteSpecifier(node.source, false, options, found, node.attributes.length === 0);
      return;
    case "ImportExpression":
      if (isText(node.source)) rewriteSpecifier(node.source, false, options, found, false);
      else if (options.format === "esm") {
        found.importer = true;
        found.edits.push({ start: node.start, end: node.start + "import".length, text: "__heddle_import" });
      }
      return;
    case "CallExpression": {
      const [argument] = node.arguments;
      if (argument !== undefined && isText(argument) && isRequire(node.callee)) {
        rewriteSpecifier(argument, true, options, found, false);
      }
      return;
    }
    case "MetaProperty":
      if (node.meta.name === "import" && !found.covered.has(node)) {
        found.meta = true;
        found.edits.push({ start: node.start, end: node.end, text: "__heddle_meta" });
      }
      return;
    case "MemberExpression":
      rewriteMeta(node, options, found);
      if (!node.computed) found.covered.add(node.property);
      return;
    case "Property":
      if (node.shorthand) rewritePlace(node.value, options, found, true);
      else if (!node.computed) found.covered.add(node.key);
      return;
    case "Identifier":
      rewritePlace(node, options, found);
  }
}

/** `import.meta.url` and its kin become plain text, which travels with a function to another thread. */
function rewriteMeta(
  node: AnyNode & { type: "MemberExpression" },
  options: RewriteOptions,
  found: Findings,
): void {
  if (node.object.type !== "MetaProperty" || node.computed || node.property.type !== "Identifier") return;
  const known = new Map([
    ["url", pathToFileURL(options.path).href],
    ["filename", options.path],
    ["dirname", dirname(options.path)],
  ]).get(node.property.name);
  if (known === undefined) return;
  found.covered.add(node.object);
  found.edits.push({ start: node.start, end: node.end, text: JSON.stringify(known) });
}

/** `__filename` and `__dirname` are the source's; as plain text they travel with a function, too. */
function rewritePlace(node: AnyNode, options: RewriteOptions, found: Findings, shorthand = false): void {
  if (node.type !== "Identifier" || !options.commonNames || found.covered.has(node)) return;
  if (node.name !== "__filename" && node.name !== "__dirname") return;
  if (found.declared.has(node.name)) return;
  found.covered.add(node);
  const text = JSON.stringify(node.name === "__filename" ? options.path : dirname(options.path));
  found.edits.push({ start: node.start, end: node.end, text: shorthand ? `${node.name}: ${text}` : text });
}

function isText(node: AnyNode): node is AnyNode & { type: "Literal"; value: string } {
  return node.type === "Literal" && typeof node.value === "string";
}

function isRequire(callee: AnyNode): boolean {
  if (callee.type === "Identifier") return callee.name === "require" || callee.name === "__require";
  return (
    callee.type === "MemberExpression" &&
    callee.object.type === "Identifier" &&
    callee.object.name === "require" &&
    callee.property.type === "Identifier" &&
    callee.property.name === "resolve"
  );
}

function rewriteSpecifier(
  source: AnyNode,
  required: boolean,
  options: RewriteOptions,
  found: Findings,
  bare: boolean,
): void {
  if (!isText(source)) return;
  const url = options.resolve(source.value, required);
  if (url === undefined) return;
  // Node asks for the attribute; compilers and bundlers let TypeScript sources leave it out.
  const attribute = bare && url.endsWith(".json") ? ' with { type: "json" }' : "";
  const place = required && url.startsWith("file:") ? fileURLToPath(url) : url;
  found.edits.push({ start: source.start, end: source.end, text: JSON.stringify(place) + attribute });
}

function declaredIn(text: string): Set<string> {
  const names = ["__filename", "__dirname"];
  return new Set(names.filter((name) => new RegExp(`\\b(?:const|let|var)\\s+${name}\\b`).test(text)));
}

function headerFor(text: string, options: RewriteOptions, found: Findings): string {
  if (options.format !== "esm") return "";
  const url = JSON.stringify(pathToFileURL(options.path).href);
  const lines: string[] = [];
  const names: string[] = [];
  if (found.meta) {
    names.push("metaOf as __heddle_metaOf");
    lines.push(`const __heddle_meta = __heddle_metaOf(import.meta, ${url});`);
  }
  if (found.importer) {
    names.push("importerOf as __heddle_importerOf");
    lines.push(`const __heddle_import = __heddle_importerOf(${url});`);
  }
  if (
    options.commonNames &&
    /\brequire\b/.test(text) &&
    !/\b(?:const|let|var|function)\s+require\b/.test(text)
  ) {
    names.push("requireOf as __heddle_requireOf");
    lines.push(`const require = __heddle_requireOf(${url});`);
  }
  if (names.length > 0) lines.unshift(`import { ${names.join(", ")} } from ${JSON.stringify(HELPERS)};`);
  return lines.length > 0 ? `${lines.join(" ")} ` : "";
}

/** Applies edits; where one lies within another, the outer one wins. */
function apply(text: string, edits: Edit[]): string {
  edits.sort((a, b) => a.start - b.start || b.end - a.end);
  let result = "";
  let done = 0;
  for (const edit of edits) {
    if (edit.start < done) continue;
    result += text.slice(done, edit.start) + edit.text;
    done = edit.end;
  }
  return result + text.slice(done);
}
