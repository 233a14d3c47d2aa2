/**
 * The analyser: one walk over a script finds every function, what each refers
 * to, and which variables never change after they were initialised.
 *
 * It works on the script as the engine runs it, so compiled TypeScript, bundles
 * and plain JavaScript are all alike.
 */
import type { Options } from "acorn";
import { loadedBy } from "./loaded.ts";
import { parse } from "./parser.ts";
import { type ClassShape, type FunctionInfo, type FunctionKind, type Reference, Scope, type Span, type Variable, type VariableKind } from "./scopes.ts";

/** A syntax node, as acorn makes them. */
export interface Syntax {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** What is known about a script. */
export interface Analysis {
  readonly functions: readonly FunctionInfo[];
  readonly references: readonly Reference[];
  /** `import.meta` and `import(`: positions that the rebuilt source replaces. */
  readonly metas: readonly number[];
  readonly imports: readonly number[];
  /** Exported names by the local name of what is exported. */
  readonly exported: ReadonlyMap<string, string>;
  /** Names that are assigned and that the script does not declare. */
  readonly assignedGlobals: ReadonlySet<string>;
}

const OPTIONS: Partial<Options> = {
  ecmaVersion: "latest",
  allowHashBang: true,
  allowReturnOutsideFunction: true,
  allowSuperOutsideMethod: true,
  allowAwaitOutsideFunction: true,
};

/** Analyses a script. Throws SyntaxError where acorn does not know its syntax. */
export function analyse(source: string, isModule: boolean): Analysis {
  const walk = new Walk(isModule);
  walk.program(parseScript(source, isModule));
  return walk.finish();
}

function parseScript(source: string, isModule: boolean): Syntax {
  if (isModule) return parse(source, { ...OPTIONS, sourceType: "module" } as Options) as unknown as Syntax;
  try {
    return parse(source, { ...OPTIONS, allowAwaitOutsideFunction: false, sourceType: "script" } as Options) as unknown as Syntax;
  } catch {
    return parse(source, { ...OPTIONS, sourceType: "script" } as Options) as unknown as Syntax;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class Walk {
  readonly #functions: Mutable<FunctionInfo>[] = [];
  readonly #references: Reference[] = [];
  readonly #metas: number[] = [];
  readonly #imports: number[] = [];
  readonly #exported = new Map<string, string>();
  /** How many private names were met. */
  #privates = 0;
  /** Classes around, innermost last, with the private names that they declare. */
  readonly #classes: { names: Set<string>; fn: FunctionInfo }[] = [];
  #scope: Scope = new Scope(undefined, -1, true);
  #fn: Mutable<FunctionInfo> | undefined;
  #strict: boolean;
  #loops = 0;

  constructor(isModule: boolean) {
    this.#strict = isModule;
  }

  program(node: Syntax): void {
    const body = node["body"] as Syntax[];
    if (isStrict(body)) this.#strict = true;
    this.#all(body);
  }

  finish(): Analysis {
    const assignedGlobals = new Set<string>();
    for (const reference of this.#references) {
      if (!reference.writes) continue;
      const variable = reference.scope.find(reference.name);
      if (variable === undefined) assignedGlobals.add(reference.name);
      else variable.writes++;
    }
    return {
      functions: this.#functions,
      references: this.#references,
      metas: this.#metas,
      imports: this.#imports,
      exported: this.#exported,
      assignedGlobals,
    };
  }

  #all(nodes: readonly (Syntax | null)[]): void {
    for (const node of nodes) if (node !== null) this.#visit(node);
  }

  /** Visits whatever a node holds. */
  #children(node: Syntax): void {
    for (const field in node) {
      const value = node[field];
      if (value === null || typeof value !== "object") continue;
      if (Array.isArray(value)) for (const item of value as unknown[]) this.#maybe(item);
      else this.#maybe(value);
    }
  }

  #maybe(value: unknown): void {
    if (typeof value === "object" && value !== null && typeof (value as Syntax).type === "string") this.#visit(value as Syntax);
  }

  #visit(node: Syntax): void {
    switch (node.type) {
      case "Identifier":
        return this.#refer(node, false);
      case "MemberExpression":
        return this.#member(node);
      case "Property":
        return this.#property(node);
      case "VariableDeclaration":
        return this.#declaration(node);
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return this.#function(node, node);
      case "ClassDeclaration":
      case "ClassExpression":
        return this.#class(node);
      case "AssignmentExpression":
        this.#assigned(node["left"] as Syntax, node["operator"] !== "=");
        return this.#visit(node["right"] as Syntax);
      case "UpdateExpression":
        return this.#assigned(node["argument"] as Syntax, true);
      default:
        return this.#visitRarer(node);
    }
  }

  #visitRarer(node: Syntax): void {
    switch (node.type) {
      case "BlockStatement":
      case "SwitchStatement":
        return this.#within(node, false, () => this.#children(node));
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
      case "WhileStatement":
      case "DoWhileStatement":
        return this.#loop(node);
      case "CatchClause":
        return this.#within(node, false, () => {
          if (node["param"] !== null) this.#declare(node["param"] as Syntax, "let");
          this.#visit(node["body"] as Syntax);
        });
      case "ThisExpression":
        return this.#takesOuter("this");
      case "Super":
        return this.#takesOuter("super");
      case "MetaProperty":
        if ((node["meta"] as Syntax)["name"] === "new") return this.#takesOuter("new.target");
        this.#metas.push(node.start);
        return;
      case "ImportExpression":
        this.#imports.push(node.start);
        return this.#children(node);
      case "PrivateIdentifier":
        return this.#private(node["name"] as string);
      default:
        return this.#visitStatement(node);
    }
  }

  #visitStatement(node: Syntax): void {
    switch (node.type) {
      case "LabeledStatement":
        return this.#visit(node["body"] as Syntax);
      case "BreakStatement":
      case "ContinueStatement":
      case "ExportAllDeclaration":
        return;
      case "ImportDeclaration":
        return this.#import(node);
      case "ExportNamedDeclaration":
        return this.#export(node);
      case "ExportDefaultDeclaration": {
        const declaration = node["declaration"] as Syntax;
        const id = declaration["id"] as Syntax | null | undefined;
        if (id?.type === "Identifier") this.#exported.set(id["name"] as string, "default");
        return this.#visit(declaration);
      }
      default:
        return this.#children(node);
    }
  }

  #within(node: Span, isHome: boolean, body: () => void): void {
    const outer = this.#scope;
    this.#scope = new Scope(outer, node.start, isHome);
    body();
    this.#scope = outer;
  }

  #loop(node: Syntax): void {
    this.#within(node, false, () => {
      this.#loops++;
      const left = node["left"] as Syntax | undefined;
      if (left !== undefined && left.type !== "VariableDeclaration") {
        this.#assigned(left, false);
        this.#visit(node["right"] as Syntax);
        this.#visit(node["body"] as Syntax);
      } else {
        this.#children(node);
      }
      this.#loops--;
    });
  }

  #refer(node: Syntax, writes: boolean): void {
    this.#references.push({ name: node["name"] as string, at: node.start, scope: this.#scope, writes });
  }

  #member(node: Syntax): void {
    this.#visit(node["object"] as Syntax);
    const property = node["property"] as Syntax;
    if (node["computed"] === true || property.type === "PrivateIdentifier") this.#visit(property);
  }

  #property(node: Syntax): void {
    const key = node["key"] as Syntax;
    const value = node["value"] as Syntax;
    if (node["computed"] === true) this.#visit(key);
    if (node["method"] === true || node["kind"] !== "init") this.#function(value, node);
    else this.#visit(value);
  }

  /** An assignment's target: names in it are written, everything else is read. */
  #assigned(target: Syntax, alsoReads: boolean): void {
    switch (target.type) {
      case "Identifier":
        if (alsoReads) this.#refer(target, false);
        return this.#refer(target, true);
      case "ObjectPattern":
        for (const property of target["properties"] as Syntax[]) {
          if (property["computed"] === true) this.#visit(property["key"] as Syntax);
          this.#assigned((property["value"] ?? property["argument"]) as Syntax, false);
        }
        return;
      case "ArrayPattern":
        for (const element of target["elements"] as (Syntax | null)[]) if (element !== null) this.#assigned(element, false);
        return;
      case "AssignmentPattern":
        this.#assigned(target["left"] as Syntax, false);
        return this.#visit(target["right"] as Syntax);
      case "RestElement":
        return this.#assigned(target["argument"] as Syntax, false);
      default:
        return this.#visit(target);
    }
  }

  /** Declares the names of a pattern, and calls back with each and its place in the pattern. */
  #declare(pattern: Syntax, kind: VariableKind, each?: (variable: Variable, path: string | undefined) => void, path: string | undefined = ""): void {
    switch (pattern.type) {
      case "Identifier":
        each?.(this.#scope.declare(pattern["name"] as string, kind, pattern.start), path);
        return;
      case "ObjectPattern":
        for (const property of pattern["properties"] as Syntax[]) {
          const key = property["key"] as Syntax | undefined;
          if (property["computed"] === true) this.#visit(key as Syntax);
          const name = property["computed"] === true ? undefined : ((key?.["name"] ?? key?.["value"]) as string | undefined);
          const inner = path === undefined || name === undefined ? undefined : path === "" ? name : `${path}.${name}`;
          this.#declare((property["value"] ?? property["argument"]) as Syntax, kind, each, inner);
        }
        return;
      case "ArrayPattern":
        for (const element of pattern["elements"] as (Syntax | null)[]) if (element !== null) this.#declare(element, kind, each, undefined);
        return;
      case "AssignmentPattern":
        this.#declare(pattern["left"] as Syntax, kind, each, undefined);
        return this.#visit(pattern["right"] as Syntax);
      default:
        return this.#declare(pattern["argument"] as Syntax, kind, each, undefined);
    }
  }

  #declaration(node: Syntax): void {
    const kind = node["kind"] as string;
    for (const declarator of node["declarations"] as Syntax[]) {
      const init = declarator["init"] as Syntax | null;
      const loaded = init === null ? undefined : loadedBy(init);
      this.#declare(declarator["id"] as Syntax, kind === "var" || kind === "let" ? kind : "const", (variable, path) => {
        // A second `var x = …`, or one in a loop, changes what closures have seen.
        if (variable.kind === "var" && (this.#loops > 0 || (init !== null && variable.initialised))) variable.writes++;
        if (init !== null) variable.initialised = true;
        if (loaded !== undefined && path !== undefined) variable.loaded = memberOf(loaded, path);
      });
      if (init !== null) this.#visit(init);
    }
  }

  #import(node: Syntax): void {
    const specifier = (node["source"] as Syntax)["value"] as string;
    for (const item of node["specifiers"] as Syntax[]) {
      const local = item["local"] as Syntax;
      const imported = item["imported"] as Syntax | undefined;
      const member =
        item.type === "ImportNamespaceSpecifier" ? "*" : item.type === "ImportDefaultSpecifier" ? "default" : nameOf(imported as Syntax);
      const variable = this.#scope.declare(local["name"] as string, "import", local.start);
      variable.loaded = { how: "import", specifier, member, wrapped: false };
    }
  }

  #export(node: Syntax): void {
    const declaration = node["declaration"] as Syntax | null;
    if (declaration !== null && declaration !== undefined) {
      const id = declaration["id"] as Syntax | undefined;
      if (id?.type === "Identifier") this.#exported.set(id["name"] as string, id["name"] as string);
      return this.#visit(declaration);
    }
    if (node["source"] !== null) return;
    for (const item of node["specifiers"] as Syntax[]) {
      this.#exported.set(nameOf(item["local"] as Syntax), nameOf(item["exported"] as Syntax));
    }
  }

  /** A function; `whole` is what its text is: the method with its key, or the function itself. */
  #function(node: Syntax, whole: Syntax): void {
    const id = node["id"] as Syntax | null | undefined;
    const isArrow = node.type === "ArrowFunctionExpression";
    const isDeclaration = node.type === "FunctionDeclaration";
    const declares = isDeclaration && id ? this.#scope.declare(id["name"] as string, "function", id.start) : undefined;
    const body = node["body"] as Syntax;
    const strict = this.#strict || (body.type === "BlockStatement" && isStrict(body["body"] as Syntax[]));
    const info = this.#open(whole, kindOf(node, whole), strict, declares, undefined);
    const key = whole["key"] as Syntax | undefined;
    if (key?.type === "PrivateIdentifier") info.outerPrivate = `#${String(key["name"])}`;
    const outer = { strict: this.#strict, loops: this.#loops, scope: this.#scope };
    this.#strict = strict;
    this.#loops = 0;
    this.#scope = new Scope(outer.scope, whole.start, true);
    if (!isArrow) this.#scope.declare("arguments", "arguments", node.start);
    if (id && !isDeclaration) this.#scope.declare(id["name"] as string, "own", id.start);
    for (const param of node["params"] as Syntax[]) this.#declare(param, "param");
    if (body.type === "BlockStatement") this.#all(body["body"] as Syntax[]);
    else this.#visit(body);
    this.#scope = outer.scope;
    this.#loops = outer.loops;
    this.#strict = outer.strict;
    this.#close(info);
  }

  #open(node: Syntax, kind: FunctionKind, strict: boolean, declares: Variable | undefined, classShape: ClassShape | undefined): Mutable<FunctionInfo> {
    const info: Mutable<FunctionInfo> = {
      start: node.start,
      end: node.end,
      kind,
      parent: this.#fn,
      firstReference: this.#references.length,
      endReference: 0,
      strict,
      declares,
      computedKey: node["computed"] === true ? keySpan(node) : undefined,
      outer: undefined,
      outerPrivate: undefined,
      classShape,
    };
    this.#functions.push(info);
    this.#fn = info;
    return info;
  }

  #close(info: Mutable<FunctionInfo>): void {
    info.endReference = this.#references.length;
    this.#fn = info.parent as Mutable<FunctionInfo> | undefined;
  }

  #class(node: Syntax): void {
    const id = node["id"] as Syntax | null;
    const declares = node.type === "ClassDeclaration" && id ? this.#scope.declare(id["name"] as string, "class", id.start) : undefined;
    const superclass = node["superClass"] as Syntax | null;
    const shape: ClassShape = {
      superclass: superclass === null ? undefined : {
        start: superclass.start,
        end: superclass.end,
        identifier: superclass.type === "Identifier" ? (superclass["name"] as string) : undefined,
      },
      blanks: [],
      privateMembers: [],
      computed: [],
      definition: [],
    };
    const info = this.#open(node, "class", true, declares, shape);
    const outer = { strict: this.#strict, scope: this.#scope, loops: this.#loops };
    this.#strict = true;
    this.#loops = 0;
    this.#scope = new Scope(outer.scope, node.start, true);
    if (id) this.#scope.declare(id["name"] as string, "own", id.start);
    const elements = (node["body"] as Syntax)["body"] as Syntax[];
    this.#classes.push({ names: privateNames(elements), fn: info });
    if (superclass !== null) this.#visit(superclass);
    for (const element of elements) this.#element(element, shape);
    this.#classes.pop();
    this.#scope = outer.scope;
    this.#strict = outer.strict;
    this.#loops = outer.loops;
    this.#close(info);
  }

  #element(element: Syntax, shape: ClassShape): void {
    const key = element["key"] as Syntax | undefined;
    if (key?.type === "PrivateIdentifier" && element["static"] !== true) shape.privateMembers.push(`#${String(key["name"])}`);
    const isStaticField = element.type === "PropertyDefinition" && element["static"] === true && key?.type !== "PrivateIdentifier";
    if (element["computed"] === true && key !== undefined) {
      if (!isStaticField) shape.definition.push(key);
      if (element.type === "MethodDefinition") shape.computed.push({ element, key });
      this.#visit(key);
    }
    if (element.type === "MethodDefinition") return this.#function(element["value"] as Syntax, element);
    if (isStaticField) shape.blanks.push(element);
    if (element.type === "StaticBlock") return this.#staticBlock(element, shape);
    const value = element["value"] as Syntax | null | undefined;
    if (value === null || value === undefined) return;
    if (element["static"] === true && !isStaticField) shape.definition.push(value);
    this.#bound(value, () => this.#visit(value));
  }

  /** A static block has run: it is left out, unless it may have made private state. */
  #staticBlock(element: Syntax, shape: ClassShape): void {
    const privates = this.#privates;
    this.#bound(element, () => this.#all(element["body"] as Syntax[]));
    if (this.#privates > privates) shape.definition.push(element);
    else shape.blanks.push(element);
  }

  /** A stretch with a `this` of its own, as class fields and static blocks have. */
  #bound(node: Span, body: () => void): void {
    const outer = this.#fn;
    this.#fn = undefined;
    const first = this.#functions.length;
    this.#within(node, true, body);
    this.#fn = outer;
    for (let i = first; i < this.#functions.length; i++) {
      const inner = this.#functions[i] as Mutable<FunctionInfo>;
      if (inner.parent === undefined) inner.parent = outer;
    }
  }

  /** Marks every arrow function around up to the function whose `this` it is. */
  #takesOuter(what: string): void {
    for (let fn = this.#fn; fn !== undefined; fn = fn.parent as Mutable<FunctionInfo> | undefined) {
      if (fn.kind === "arrow") {
        fn.outer ??= what;
        continue;
      }
      if (what === "super" && fn.kind !== "class") fn.outer ??= what;
      return;
    }
  }

  #private(name: string): void {
    this.#privates++;
    const owner = this.#classes.findLast((around) => around.names.has(name))?.fn;
    for (let fn = this.#fn; fn !== undefined && fn !== owner; fn = fn.parent as Mutable<FunctionInfo> | undefined) {
      fn.outerPrivate ??= `#${name}`;
    }
  }
}

function kindOf(node: Syntax, whole: Syntax): FunctionKind {
  if (node.type === "ArrowFunctionExpression") return "arrow";
  if (whole === node) return "function";
  return whole["kind"] === "get" || whole["kind"] === "set" ? "accessor" : "method";
}

function nameOf(node: Syntax): string {
  return (node["name"] ?? node["value"]) as string;
}

function keySpan(node: Syntax): Span | undefined {
  const key = node["key"] as Syntax | undefined;
  return key === undefined ? undefined : { start: key.start, end: key.end };
}

function isStrict(body: readonly Syntax[]): boolean {
  for (const statement of body) {
    if (typeof statement["directive"] !== "string") return false;
    if (statement["directive"] === "use strict") return true;
  }
  return false;
}

function privateNames(elements: readonly Syntax[]): Set<string> {
  const names = new Set<string>();
  for (const element of elements) {
    const key = element["key"] as Syntax | undefined;
    if (key?.type === "PrivateIdentifier") names.add(key["name"] as string);
  }
  return names;
}

function memberOf(loaded: NonNullable<Variable["loaded"]>, path: string): NonNullable<Variable["loaded"]> | undefined {
  if (path === "") return loaded;
  if (loaded.wrapped) return undefined;
  if (loaded.how === "import") return loaded.member === "*" && !path.includes(".") ? { ...loaded, member: path } : undefined;
  return { ...loaded, member: loaded.member === "" ? path : `${loaded.member}.${path}` };
}
