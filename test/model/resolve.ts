/** The resolution hook of `hook.ts` for Node 20, where hooks run in a thread of their own. */
import { standInFor } from "./replaced.ts";

interface Resolution {
  url: string;
  format?: string | null | undefined;
}
type Next = (specifier: string, context: object) => Promise<Resolution>;

export async function resolve(specifier: string, context: object, next: Next): Promise<Resolution> {
  const found = await next(specifier, context);
  return { ...found, url: standInFor(found.url) ?? found.url };
}
