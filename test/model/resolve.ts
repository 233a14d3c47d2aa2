/** The resolution hook of {@link file://./hook.ts} for Node 20, where hooks run in a thread of their own. */

interface Resolution {
  url: string;
  format?: string | null | undefined;
}
type Next = (specifier: string, context: object) => Promise<Resolution>;

const REAL = /\/src\/core\/word\.(js|ts)$/;

export async function resolve(specifier: string, context: object, next: Next): Promise<Resolution> {
  const found = await next(specifier, context);
  return REAL.test(found.url) ? { ...found, url: new URL("./word.js", import.meta.url).href } : found;
}
