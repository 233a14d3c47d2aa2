/** Which sources the model replaces, and by what. */

const REPLACED = /\/src\/(?:core\/(word|platform|slot|span)|shared\/(text))\.(js|ts)$/;

/** The address of the stand-in for a module, or undefined: the module itself. */
export function standInFor(url: string): string | undefined {
  const found = REPLACED.exec(url);
  const name = found?.[1] ?? found?.[2];
  return name === undefined ? undefined : new URL(`./${name}.js`, import.meta.url).href;
}
