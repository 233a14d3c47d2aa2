// What the package exports, found by name in the sources.
import { posix } from "node:path";
import ts from "typescript";
import type { SourceFile } from "./sources.ts";

/** One exported name and its declaration. */
export interface PublicName {
  readonly name: string;
  readonly source: SourceFile;
  readonly declaration: ts.Statement;
}

function declares(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.some(({ name: own }) => own.getText() === name);
  }
  const own = (statement as { readonly name?: ts.Node }).name;
  return own !== undefined && ts.isIdentifier(own) && own.text === name;
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

/** The names that a module exports, through `export … from` down to the declarations. */
export function publicNames(path: string, sources: ReadonlyMap<string, SourceFile>): PublicName[] {
  const source = sources.get(path);
  if (source === undefined) return [];
  return source.tree.statements.flatMap((statement): PublicName[] => {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) {
      const own = (statement as { readonly name?: ts.Node }).name;
      return isExported(statement) && own !== undefined
        ? [{ name: own.getText(source.tree), source, declaration: statement }]
        : [];
    }
    const target = posix.join(posix.dirname(path), (statement.moduleSpecifier as ts.StringLiteral).text);
    const { exportClause } = statement;
    if (exportClause === undefined) return publicNames(target, sources);
    if (!ts.isNamedExports(exportClause)) return [];
    const from = sources.get(target);
    return exportClause.elements.flatMap(({ name, propertyName }) => {
      const wanted = (propertyName ?? name).text;
      const declaration = from?.tree.statements.find((candidate) => declares(candidate, wanted));
      return declaration === undefined || from === undefined
        ? []
        : [{ name: name.text, source: from, declaration }];
    });
  });
}

/** The members of a class that users see and that carry no documentation comment. */
export function undocumentedMembers({ declaration, source, name }: PublicName): string[] {
  if (!ts.isClassDeclaration(declaration)) return [];
  const bare = declaration.members.filter((member) => {
    if (member.name === undefined || !ts.isIdentifier(member.name)) return false; // #private, [symbol], constructor
    if (member.name.text === "toString") return false;
    const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
    const hidden = [
      ts.SyntaxKind.PrivateKeyword,
      ts.SyntaxKind.ProtectedKeyword,
      ts.SyntaxKind.OverrideKeyword,
    ];
    if (modifiers.some(({ kind }) => hidden.includes(kind))) return false;
    return ts.getJSDocCommentsAndTags(member).length === 0 && !hasDocumentedTwin(declaration, member);
  });
  return bare.map((member) => `${source.path}: ${name}.${member.name?.getText(source.tree)}`);
}

/** A getter documents its setter, and one overload the others. */
function hasDocumentedTwin(declaration: ts.ClassDeclaration, member: ts.ClassElement): boolean {
  return declaration.members.some(
    (other) =>
      other.name?.getText() === member.name?.getText() && ts.getJSDocCommentsAndTags(other).length > 0,
  );
}
