// The examples in the sources' documentation comments, as programs.
import ts from "typescript";
import { placeOf, type SourceFile, walk } from "./sources.ts";

/** One ```ts block of a documentation comment. */
export interface DocExample {
  readonly place: string;
  readonly program: string;
}

/** Adds the import of whatever the example names without importing it. */
function withImports(code: string, exported: readonly string[]): string {
  if (/from "heddle/.test(code)) return code;
  const named = exported.filter((name) => new RegExp(`(?<![.\\w])${name}\\b`).test(code));
  return named.length === 0 ? code : `import { ${named.join(", ")} } from "heddle"; ${code}`;
}

/** Every example in the documentation comments of a source; `exported` are the names that heddle exports. */
export function docExamples(source: SourceFile, exported: readonly string[]): DocExample[] {
  const examples: DocExample[] = [];
  const seen = new Set<number>();
  walk(source.tree, (node) => {
    for (const { pos, end } of ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? []) {
      const comment = source.text.slice(pos, end);
      if (!comment.startsWith("/**") || seen.has(pos)) continue;
      seen.add(pos);
      const text = comment.replace(/^\s*\* ?/gm, "");
      for (const [, code] of text.matchAll(/```ts\n(.*?)```/gs)) {
        examples.push({ place: placeOf(source, node), program: withImports(String(code), exported) });
      }
    }
  });
  return examples;
}
