/**
 * The analyser: one walk over a script finds every function, what each refers
 * to, and which variables never change after they were initialised.
 *
 * It works on the script as the engine runs it, so compiled TypeScript, bundles
 * and plain JavaScript are all alike.
 */
import type { Options } from "acorn";
import { parse } from "./parser.ts";
import type { FunctionInfo, Reference } from "./scopes.ts";
import { isStrict, type Syntax } from "./syntax.ts";
import { visit } from "./visit.ts";
import { all, Walk } from "./walk.ts";

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
  const walk = new Walk(isModule, visit);
  const body = parseScript(source, isModule)["body"] as Syntax[];
  if (isStrict(body)) walk.strict = true;
  all(walk, body);
  const { functions, references, metas, imports, exported } = walk;
  return { functions, references, metas, imports, exported, assignedGlobals: countWrites(walk) };
}

/** Tells each variable how often it is assigned, and returns the assigned names that nobody declares. */
function countWrites({ references }: Walk): ReadonlySet<string> {
  const assignedGlobals = new Set<string>();
  for (const reference of references) {
    if (!reference.writes) continue;
    const variable = reference.scope.find(reference.name);
    if (variable === undefined) assignedGlobals.add(reference.name);
    else variable.writes++;
  }
  return assignedGlobals;
}

function parseScript(source: string, isModule: boolean): Syntax {
  if (isModule) return parse(source, { ...OPTIONS, sourceType: "module" } as Options) as unknown as Syntax;
  try {
    return parse(source, {
      ...OPTIONS,
      allowAwaitOutsideFunction: false,
      sourceType: "script",
    } as Options) as unknown as Syntax;
  } catch {
    return parse(source, { ...OPTIONS, sourceType: "script" } as Options) as unknown as Syntax;
  }
}
