/** Teaches value/ to move functions. Loading this module is all it takes. */
import { registerFunctionCodec } from "../value/function-codec.ts";
import { capture } from "./capture.ts";
import { exportCode, importCode } from "./code.ts";
import { privateMember } from "./private.ts";
import { build, buildClass, earlyValues } from "./rebuild.ts";
import { make } from "./recipes.ts";

registerFunctionCodec({
  capture,
  build,
  buildClass,
  earlyValues,
  privateMember,
  recipe: make,
  exportCode,
  importCode,
});
