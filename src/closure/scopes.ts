/** Variables, references and functions of a script: what the analysis records. */

export type VariableKind =
  | "import"
  | "const"
  | "let"
  | "var"
  | "function"
  | "class"
  | "param"
  | "own"
  | "arguments";

/** A value that comes out of a module: `import { a } from`, `require("x").a`, `await import("x")`. */
export interface Loaded {
  readonly how: "import" | "require";
  readonly specifier: string;
  /** Exported name, `*` for the namespace; for require a path, empty: the module itself. */
  readonly member: string;
  /** Passed through a compiler's helper, `__toESM(require("x"))`. */
  readonly wrapped: boolean;
}

export class Variable {
  readonly name: string;
  readonly kind: VariableKind;
  readonly scope: Scope;
  /** Assignments other than its initialisation. */
  writes = 0;
  /** A declaration with a value was met. */
  initialised = false;
  loaded: Loaded | undefined;
  /** Where it is declared, as an offset. */
  readonly at: number;
  constructor(name: string, kind: VariableKind, scope: Scope, at: number) {
    this.name = name;
    this.kind = kind;
    this.scope = scope;
    this.at = at;
  }
}

export class Scope {
  readonly parent: Scope | undefined;
  /** The scope that `var` belongs to. */
  readonly home: Scope;
  /** Where it begins; -1 for the program, which lies outside every function. */
  readonly start: number;
  readonly variables: Map<string, Variable> = new Map();
  constructor(parent: Scope | undefined, start: number, isHome: boolean) {
    this.parent = parent;
    this.start = start;
    this.home = isHome || parent === undefined ? this : parent.home;
  }

  declare(name: string, kind: VariableKind, at: number): Variable {
    const scope = kind === "var" ? this.home : this;
    const known = scope.variables.get(name);
    if (known !== undefined) return known;
    const variable = new Variable(name, kind, scope, at);
    scope.variables.set(name, variable);
    return variable;
  }

  find(name: string): Variable | undefined {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const variable = scope.variables.get(name);
      if (variable !== undefined) return variable;
    }
    return undefined;
  }
}

export interface Reference {
  readonly name: string;
  readonly at: number;
  readonly scope: Scope;
  readonly writes: boolean;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What only classes have. */
export interface ClassShape {
  /** The expression after `extends`. */
  readonly superclass: (Span & { readonly identifier: string | undefined }) | undefined;
  /** Static state, which is copied as it is now instead of being made anew. */
  readonly blanks: Span[];
  /** #private members that each instance has. */
  readonly privateMembers: string[];
  /** Methods and accessors with computed keys: their text, and the key inside it. */
  readonly computed: { readonly element: Span; readonly key: Span }[];
  /** What still runs when the class is defined: computed keys, private static state. */
  readonly definition: Span[];
}

export type FunctionKind = "function" | "arrow" | "method" | "accessor" | "class";

/** A function or class in the script's text. */
export interface FunctionInfo extends Span {
  readonly kind: FunctionKind;
  readonly parent: FunctionInfo | undefined;
  /** References inside: a range of the script's list. */
  readonly firstReference: number;
  endReference: number;
  readonly strict: boolean;
  /** Its own name, where it declares a variable outside itself. */
  readonly declares: Variable | undefined;
  /** Of a method: its key, where it is computed. */
  readonly computedKey: Span | undefined;
  /** What it takes from the function around it: `this`, `super`, `new.target`. */
  outer: string | undefined;
  /** A #private name that a class around it declares. */
  outerPrivate: string | undefined;
  readonly classShape: ClassShape | undefined;
}
