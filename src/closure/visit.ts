/** The walk's dispatch: what to do with each kind of node. */
import { assign, declareAll, visitDeclaration, visitExport, visitImport } from "./declare.ts";
import { privateName, takesOuter, visitClass, visitFunction } from "./functions.ts";
import type { Syntax } from "./syntax.ts";
import { children, refer, type Walk, within } from "./walk.ts";

export function visit(w: Walk, node: Syntax): void {
  switch (node.type) {
    case "Identifier":
      return refer(w, node, false);
    case "MemberExpression":
      return visitMember(w, node);
    case "Property":
      return visitProperty(w, node);
    case "VariableDeclaration":
      return visitDeclaration(w, node);
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return visitFunction(w, node, node);
    case "ClassDeclaration":
    case "ClassExpression":
      return visitClass(w, node);
    case "AssignmentExpression":
      assign(w, node["left"] as Syntax, node["operator"] !== "=");
      return visit(w, node["right"] as Syntax);
    case "UpdateExpression":
      return assign(w, node["argument"] as Syntax, true);
    default:
      return visitRarer(w, node);
  }
}

export function visitRarer(w: Walk, node: Syntax): void {
  switch (node.type) {
    case "BlockStatement":
    case "SwitchStatement":
      return within(w, node, false, () => children(w, node));
    case "ForStatement":
    case "ForInStatement":
    case "ForOfStatement":
    case "WhileStatement":
    case "DoWhileStatement":
      return visitLoop(w, node);
    case "CatchClause":
      return within(w, node, false, () => {
        if (node["param"] !== null) declareAll(w, node["param"] as Syntax, "let");
        visit(w, node["body"] as Syntax);
      });
    case "ThisExpression":
      return takesOuter(w, "this");
    case "Super":
      return takesOuter(w, "super");
    case "MetaProperty":
      if ((node["meta"] as Syntax)["name"] === "new") return takesOuter(w, "new.target");
      w.metas.push(node.start);
      return;
    case "ImportExpression":
      w.imports.push(node.start);
      return children(w, node);
    case "PrivateIdentifier":
      return privateName(w, node["name"] as string);
    default:
      return visitStatement(w, node);
  }
}

export function visitStatement(w: Walk, node: Syntax): void {
  switch (node.type) {
    case "LabeledStatement":
      return visit(w, node["body"] as Syntax);
    case "BreakStatement":
    case "ContinueStatement":
    case "ExportAllDeclaration":
      return;
    case "ImportDeclaration":
      return visitImport(w, node);
    case "ExportNamedDeclaration":
      return visitExport(w, node);
    case "ExportDefaultDeclaration": {
      const declaration = node["declaration"] as Syntax;
      const id = declaration["id"] as Syntax | null | undefined;
      if (id?.type === "Identifier") w.exported.set(id["name"] as string, "default");
      return visit(w, declaration);
    }
    default:
      return children(w, node);
  }
}

export function visitLoop(w: Walk, node: Syntax): void {
  within(w, node, false, () => {
    w.loops++;
    const left = node["left"] as Syntax | undefined;
    if (left !== undefined && left.type !== "VariableDeclaration") {
      assign(w, left, false);
      visit(w, node["right"] as Syntax);
      visit(w, node["body"] as Syntax);
    } else {
      children(w, node);
    }
    w.loops--;
  });
}

export function visitMember(w: Walk, node: Syntax): void {
  visit(w, node["object"] as Syntax);
  const property = node["property"] as Syntax;
  if (node["computed"] === true || property.type === "PrivateIdentifier") visit(w, property);
}

export function visitProperty(w: Walk, node: Syntax): void {
  const key = node["key"] as Syntax;
  const value = node["value"] as Syntax;
  if (node["computed"] === true) visit(w, key);
  if (node["method"] === true || node["kind"] !== "init") visitFunction(w, value, node);
  else visit(w, value);
}
