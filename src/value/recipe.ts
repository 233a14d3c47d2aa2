/** Something that a function has by its place and that is made again elsewhere: `require`, `import.meta`, `import()`. */
export class Recipe {
  readonly kind: "require" | "meta" | "import";
  readonly of: string;
  constructor(kind: "require" | "meta" | "import", of: string) {
    this.kind = kind;
    this.of = of;
  }
}

/** A compiler's ES view of a CommonJS module (`__toESM(require("x"))`), made again from the module. */
export class Interop {
  /** The name of the module's exports. */
  readonly exports: object;
  /** Is `default` the module itself? */
  readonly defaultIsModule: boolean;
  constructor(exports: object, defaultIsModule: boolean) {
    this.exports = exports;
    this.defaultIsModule = defaultIsModule;
  }
}
