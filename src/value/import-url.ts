/**
 * Imports a module by its URL.
 *
 * A module of its own, because the library's code is compiled as a script, which has no `import()`:
 * there the build puts the loader's own in this one's place.
 */
export function importUrl(url: string): Promise<object> {
  return import(url) as Promise<object>;
}
