/**
 * What V8 made of the library's code, for the workers of this process: the build puts it
 * here, from loader.ts. Where each module is a file of its own there is none.
 */
import type { Compiled } from "../loader.ts";

export const compiled: Compiled | undefined = none();

function none(): Compiled | undefined {
  return undefined;
}
