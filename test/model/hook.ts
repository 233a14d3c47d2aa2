/**
 * Puts the modelled word and platform in place of core's for every module that is imported from now on.
 *
 * A model test imports this file first, statically, and the sources under test after it, dynamically
 * (`core.ts` does): static imports are resolved before any module runs, and would find the real word.
 */
import * as nodeModule from "node:module";
import { standInFor } from "./replaced.ts";

interface Resolution {
  url: string;
  format?: string | null | undefined;
}
type Next = (specifier: string, context: object) => Resolution;
type Resolve = (specifier: string, context: object, next: Next) => Resolution;

/** Node 22.15 and later: hooks in the same thread. Node 20 knows only `register`, in a thread of its own. */
const { registerHooks } = nodeModule as { registerHooks?: (hooks: { resolve: Resolve }) => void };

if (registerHooks === undefined) {
  nodeModule.register(new URL("./resolve.js", import.meta.url));
} else {
  registerHooks({
    resolve: (specifier, context, next) => {
      const found = next(specifier, context);
      return { ...found, url: standInFor(found.url) ?? found.url };
    },
  });
}
