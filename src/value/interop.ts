/** The ES view of CommonJS exports that esbuild's and TypeScript's helpers make, made again. */
export function interopView(exports: object, defaultIsModule: boolean): object {
  const view = Object.create(Object.getPrototypeOf(exports) as object | null) as object;
  for (const name of Object.getOwnPropertyNames(exports)) {
    if (defaultIsModule && name === "default") continue;
    Object.defineProperty(view, name, {
      get: () => (exports as Record<string, unknown>)[name],
      enumerable: true,
    });
  }
  if (defaultIsModule) Object.defineProperty(view, "default", { value: exports, enumerable: true });
  return view;
}
