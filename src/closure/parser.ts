/**
 * The parser, loaded when the first function is captured: most threads never
 * capture one, and loading it would make each of them start later.
 */
import type { Node, Options } from "acorn";
import { requireHere } from "./platform.ts";

type Parse = (source: string, options: Options) => Node;

let loaded: Parse | undefined;

/** Parses a script. */
export function parse(source: string, options: Options): Node {
  loaded ??= loadParser().parse;
  return loaded(source, options);
}

function loadParser(): { parse: Parse } {
  try {
    // A bundler finds this one and takes the parser along; in a plain ES module there is no `require`.
    return require("acorn") as { parse: Parse };
  } catch {
    return requireHere("acorn") as { parse: Parse };
  }
}
