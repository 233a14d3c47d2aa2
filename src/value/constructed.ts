/** Objects of the platform that are wholly described by what their constructor was given. */

const INTL = [
  "NumberFormat",
  "DateTimeFormat",
  "Collator",
  "PluralRules",
  "ListFormat",
  "RelativeTimeFormat",
  "Segmenter",
  "DisplayNames",
];

/** Its constructor's global name and arguments, where these make the same object again. */
export function constructedFrom(
  value: object,
): readonly [name: string, args: readonly unknown[]] | undefined {
  if (value instanceof URL) return ["URL", [value.href]];
  if (value instanceof URLSearchParams) return ["URLSearchParams", [value.toString()]];
  if (value instanceof TextEncoder) return ["TextEncoder", []];
  if (value instanceof TextDecoder) {
    return ["TextDecoder", [value.encoding, { fatal: value.fatal, ignoreBOM: value.ignoreBOM }]];
  }
  if (value instanceof DOMException) return ["DOMException", [value.message, value.name]];
  for (const name of INTL) {
    const kind = (Intl as unknown as Record<string, new () => { resolvedOptions(): { locale: string } }>)[
      name
    ];
    if (kind !== undefined && value instanceof kind) {
      const options = value.resolvedOptions();
      return [`Intl.${name}`, [options.locale, options]];
    }
  }
  return undefined;
}

/** The same object again. */
export function construct(name: string, args: readonly unknown[]): object {
  let constructor: unknown = globalThis;
  for (const part of name.split(".")) constructor = (constructor as Record<string, unknown>)[part];
  return Reflect.construct(constructor as new () => object, args) as object;
}
