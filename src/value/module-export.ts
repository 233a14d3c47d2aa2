/** A value that the receiving isolate finds by name instead of being sent a copy. */

/**
 * Names a value: a module and what it exports.
 *
 * | module              | member                                              |
 * | ------------------- | --------------------------------------------------- |
 * | `global:`           | path from globalThis, `Math`, `Array.prototype.map` |
 * | `heddle`            | name of a public export                             |
 * | `node:fs`           | path from the module object, empty: itself          |
 * | `esm:file:///a.mjs` | name of an export, `*`: the namespace               |
 * | `esm:pkg⏎file:///a.mjs` | the same of a package, as that file finds it         |
 * | `cjs:file:///a.cjs` | path from module.exports, empty: itself             |
 */
export class ModuleExport {
  readonly module: string;
  readonly member: string;
  constructor(module: string, member: string) {
    this.module = module;
    this.member = member;
  }
}
