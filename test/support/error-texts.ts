// Reads the texts of errors out of the sources, templates too, and judges them.
import ts from "typescript";
import { placeOf, type SourceFile, walk } from "./sources.ts";

/** `Cannot <verb> <object>: <reason>`: what went wrong, to what, why. Verbs without an object are listed. */
const SHAPE = /^Cannot (?:wait|block|sleep|…|(?:[a-z]+|…) [^:].*?): \S/s;
const CONTRACTION = /\b\w+n['’]t\b|\b(?:it|that|there|what)['’]s\b|['’](?:re|ve|ll)\b/i;

/** What stands for a value in a template. */
const VALUE = "…";

/** The texts that an expression can give; undefined where only running it would tell. */
function textsOf(node: ts.Expression): string[] | undefined {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isParenthesizedExpression(node)) return textsOf(node.expression);
  if (ts.isTemplateExpression(node)) {
    return [node.head.text + node.templateSpans.map(({ literal }) => VALUE + literal.text).join("")];
  }
  if (ts.isConditionalExpression(node)) {
    const [yes, no] = [textsOf(node.whenTrue), textsOf(node.whenFalse)];
    return yes === undefined || no === undefined ? undefined : [...yes, ...no];
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const left = textsOf(node.left);
    const right = textsOf(node.right) ?? [VALUE];
    return left?.flatMap((start) => right.map((end) => start + end));
  }
  return undefined;
}

/** Why a text is not one of ours, or undefined when it is. */
export function faultOf(text: string): string | undefined {
  if (!SHAPE.test(text)) return "is not of the form 'Cannot <verb> <object>: <reason>'";
  if (/[.!]$/.test(text)) return "ends with a full stop";
  if (CONTRACTION.test(text)) return "contains a contraction";
  return undefined;
}

/** Every faulty text of a `new SomethingError(…)` in a source; `count` is how many texts could be read. */
export function errorTextProblems(source: SourceFile): { problems: string[]; count: number } {
  const problems: string[] = [];
  let count = 0;
  walk(source.tree, (node) => {
    if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression)) return;
    const name = node.expression.text;
    const ours = name !== "InvalidArgumentError"; // commander's, which frames the text itself
    const list = ours && /^(Empty|Full|ShutDown)$|Error$/.test(name) ? node.arguments : undefined;
    if (name === "Error" && !ts.isThrowStatement(node.parent)) return; // made for its stack
    const first = name === "AggregateError" ? list?.[1] : list?.[0];
    if (first === undefined) return;
    for (const text of textsOf(first) ?? []) {
      count += 1;
      const fault = faultOf(text);
      if (fault !== undefined) problems.push(`${placeOf(source, node)} ${name}: "${text}" ${fault}`);
    }
  });
  return { problems, count };
}
