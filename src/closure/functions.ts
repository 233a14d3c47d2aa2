/** The part of the walk that meets functions and classes. */
import { declareAll } from "./declare.ts";
import {
  type ClassShape,
  type FunctionInfo,
  type FunctionKind,
  Scope,
  type Span,
  type Variable,
} from "./scopes.ts";
import { isStrict, keySpan, kindOf, privateNames, type Syntax } from "./syntax.ts";
import { all, type Mutable, type Walk, within } from "./walk.ts";

/** A function; `whole` is what its text is: the method with its key, or the function itself. */
export function visitFunction(w: Walk, node: Syntax, whole: Syntax): void {
  const id = node["id"] as Syntax | null | undefined;
  const isArrow = node.type === "ArrowFunctionExpression";
  const isDeclaration = node.type === "FunctionDeclaration";
  const declares =
    isDeclaration && id ? w.scope.declare(id["name"] as string, "function", id.start) : undefined;
  const body = node["body"] as Syntax;
  const strict = w.strict || (body.type === "BlockStatement" && isStrict(body["body"] as Syntax[]));
  const info = openFunction(w, whole, kindOf(node, whole), strict, declares, undefined);
  const key = whole["key"] as Syntax | undefined;
  if (key?.type === "PrivateIdentifier") info.outerPrivate = `#${String(key["name"])}`;
  const outer = { strict: w.strict, loops: w.loops, scope: w.scope };
  w.strict = strict;
  w.loops = 0;
  w.scope = new Scope(outer.scope, whole.start, true);
  if (!isArrow) w.scope.declare("arguments", "arguments", node.start);
  if (id && !isDeclaration) w.scope.declare(id["name"] as string, "own", id.start);
  for (const param of node["params"] as Syntax[]) declareAll(w, param, "param");
  if (body.type === "BlockStatement") all(w, body["body"] as Syntax[]);
  else w.visit(body);
  w.scope = outer.scope;
  w.loops = outer.loops;
  w.strict = outer.strict;
  closeFunction(w, info);
}

export function openFunction(
  w: Walk,
  node: Syntax,
  kind: FunctionKind,
  strict: boolean,
  declares: Variable | undefined,
  classShape: ClassShape | undefined,
): Mutable<FunctionInfo> {
  const info: Mutable<FunctionInfo> = {
    start: node.start,
    end: node.end,
    kind,
    parent: w.fn,
    firstReference: w.references.length,
    endReference: 0,
    strict,
    declares,
    computedKey: node["computed"] === true ? keySpan(node) : undefined,
    outer: undefined,
    outerPrivate: undefined,
    classShape,
  };
  w.functions.push(info);
  w.fn = info;
  return info;
}

export function closeFunction(w: Walk, info: Mutable<FunctionInfo>): void {
  info.endReference = w.references.length;
  w.fn = info.parent;
}

export function visitClass(w: Walk, node: Syntax): void {
  const id = node["id"] as Syntax | null;
  const declares =
    node.type === "ClassDeclaration" && id
      ? w.scope.declare(id["name"] as string, "class", id.start)
      : undefined;
  const superclass = node["superClass"] as Syntax | null;
  const shape: ClassShape = {
    superclass:
      superclass === null
        ? undefined
        : {
            start: superclass.start,
            end: superclass.end,
            identifier: superclass.type === "Identifier" ? (superclass["name"] as string) : undefined,
          },
    blanks: [],
    privateMembers: [],
    computed: [],
    definition: [],
  };
  const info = openFunction(w, node, "class", true, declares, shape);
  const outer = { strict: w.strict, scope: w.scope, loops: w.loops };
  w.strict = true;
  w.loops = 0;
  w.scope = new Scope(outer.scope, node.start, true);
  if (id) w.scope.declare(id["name"] as string, "own", id.start);
  const elements = (node["body"] as Syntax)["body"] as Syntax[];
  w.classes.push({ names: privateNames(elements), fn: info });
  if (superclass !== null) w.visit(superclass);
  for (const element of elements) visitElement(w, element, shape);
  w.classes.pop();
  w.scope = outer.scope;
  w.strict = outer.strict;
  w.loops = outer.loops;
  closeFunction(w, info);
}

export function visitElement(w: Walk, element: Syntax, shape: ClassShape): void {
  const key = element["key"] as Syntax | undefined;
  if (key?.type === "PrivateIdentifier" && element["static"] !== true)
    shape.privateMembers.push(`#${String(key["name"])}`);
  const isStaticField =
    element.type === "PropertyDefinition" && element["static"] === true && key?.type !== "PrivateIdentifier";
  if (element["computed"] === true && key !== undefined) {
    if (!isStaticField) shape.definition.push(key);
    if (element.type === "MethodDefinition") shape.computed.push({ element, key });
    w.visit(key);
  }
  if (element.type === "MethodDefinition") return visitFunction(w, element["value"] as Syntax, element);
  if (isStaticField) shape.blanks.push(element);
  if (element.type === "StaticBlock") return visitStaticBlock(w, element, shape);
  const value = element["value"] as Syntax | null | undefined;
  if (value === null || value === undefined) return;
  if (element["static"] === true && !isStaticField) shape.definition.push(value);
  withOwnThis(w, value, () => w.visit(value));
}

/** A static block has run: it is left out, unless it may have made private state. */
export function visitStaticBlock(w: Walk, element: Syntax, shape: ClassShape): void {
  const privates = w.privates;
  withOwnThis(w, element, () => all(w, element["body"] as Syntax[]));
  if (w.privates > privates) shape.definition.push(element);
  else shape.blanks.push(element);
}

/** A stretch with a `this` of its own, as class fields and static blocks have. */
export function withOwnThis(w: Walk, node: Span, body: () => void): void {
  const outer = w.fn;
  w.fn = undefined;
  const first = w.functions.length;
  within(w, node, true, body);
  w.fn = outer;
  for (let i = first; i < w.functions.length; i++) {
    const inner = w.functions[i] as Mutable<FunctionInfo>;
    if (inner.parent === undefined) inner.parent = outer;
  }
}

/** Marks every arrow function around up to the function whose `this` it is. */
export function takesOuter(w: Walk, what: string): void {
  for (let fn = w.fn; fn !== undefined; fn = fn.parent) {
    if (fn.kind === "arrow") {
      fn.outer ??= what;
      continue;
    }
    if (what === "super" && fn.kind !== "class") fn.outer ??= what;
    return;
  }
}

export function privateName(w: Walk, name: string): void {
  w.privates++;
  const owner = w.classes.findLast((around) => around.names.has(name))?.fn;
  for (let fn = w.fn; fn !== undefined && fn !== owner; fn = fn.parent) {
    fn.outerPrivate ??= `#${name}`;
  }
}
